/** What the strip's colours can stand for: each a scale of levels, from what was expected to what was not. */
import { fromOklch, toOklch } from "./color";
import { levelPalette, type ScaleTheme, type Swatch, surprisalBounds } from "./surprisalScale";

/** Every mode. `rank` has GLTR's buckets (Gehrmann et al. 2019 §4). */
export const colorModes = ["surprisal", "probability", "rank", "entropy"] as const;

/** What colours stand for. */
export type ColorMode = (typeof colorModes)[number];

/** What is known of a token at its place. */
export interface Predicted {
  /** ln p. */
  readonly logprob: number;
  /** 1 for the most probable. */
  readonly rank: number;
  /** Bits. */
  readonly entropy: number;
}

/**
 * Bounds between levels: of surprisal and entropy in bits, of probability 0 to 1, falling. A value on a bound belongs to the level behind
 * it; a rank to the one before.
 */
export const levelBounds: Readonly<Record<ColorMode, readonly number[]>> = {
  surprisal: surprisalBounds,
  probability: [0.9, 0.5, 0.25, 0.1, 0.01, 0.001],
  rank: [1, 10, 100, 1000],
  entropy: [0.5, 1, 2, 3, 5, 7],
};

/** Number of levels. */
export function levelCount(mode: ColorMode): number {
  return levelBounds[mode].length + 1;
}

/** Level of a token, 0 for what was expected most. */
export function levelOf(mode: ColorMode, predicted: Predicted): number {
  return levelBounds[mode].filter((bound) => isBeyond(mode, predicted, bound)).length;
}

/** One swatch per level. Every mode has a hue of its own; lightness alone tells levels apart, whoever sees them. */
export function modePalette(mode: ColorMode, theme: ScaleTheme): readonly Swatch[] {
  const { lightness, chroma, hue } = toOklch(theme.accent);
  const accent = fromOklch({ lightness, chroma: Math.max(0.1, chroma), hue: hue + hueTurns[mode] });
  return levelPalette(mode === "surprisal" ? theme : { ...theme, accent }, levelCount(mode));
}

/** Degrees from the accent's hue, an orange: to blue, violet and green. */
const hueTurns: Readonly<Record<ColorMode, number>> = { surprisal: 0, probability: 180, rank: 240, entropy: 100 };

function isBeyond(mode: ColorMode, { logprob, rank, entropy }: Predicted, bound: number): boolean {
  switch (mode) {
    case "surprisal":
      return Math.max(0, -logprob / Math.LN2) >= bound;
    case "probability":
      return Math.exp(logprob) <= bound;
    case "rank":
      return rank > bound;
    case "entropy":
      return entropy >= bound;
    default:
      return mode satisfies never;
  }
}
