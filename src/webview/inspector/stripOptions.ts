/** How the strip is drawn: the user's choice. Pure. */
import { type ColorMode, colorModes } from "../shared/colorModes";

/** The choice. */
export interface StripOptions {
  readonly mode: ColorMode;
  /** A hairline between tokens. */
  readonly boundaries: boolean;
  /** Each token's id below it. */
  readonly ids: boolean;
  /** Each token's bytes below it. */
  readonly bytes: boolean;
}

/** What can be switched on and off. */
export const stripToggles = ["boundaries", "ids", "bytes"] as const;

/** Where nothing was chosen. */
export const defaultStripOptions: StripOptions = { mode: "surprisal", boundaries: false, ids: false, bytes: false };

/** Reads what was kept; what is none of ours is at its default. */
export function readStripOptions(kept: unknown): StripOptions {
  if (typeof kept !== "object" || kept === null) return defaultStripOptions;
  const on = new Map(Object.entries(kept));
  return {
    mode: colorModes.find((mode) => mode === on.get("mode")) ?? defaultStripOptions.mode,
    boundaries: on.get("boundaries") === true,
    ids: on.get("ids") === true,
    bytes: on.get("bytes") === true,
  };
}
