/** Whether a model fits this machine. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { MemoryNeed, ModelDescription } from "../../runtime/modelsProtocol";
import { type Device, type DeviceChoice, hasOwnMemory } from "../../runtime/protocol";
import type { ModelState } from "../states";
import { byteText } from "./modelTexts";

/** Main memory, bytes. */
export interface MachineMemory {
  readonly total: number;
  /** What programs may still take; null where the system counts memory that it would give back at once as used. */
  readonly free: number | null;
}

/** How a model's need compares with what there is. */
export type Fit =
  | { readonly kind: "fits" }
  | { readonly kind: "notFree"; readonly needed: number; readonly free: number }
  | { readonly kind: "tooBig"; readonly needed: number; readonly total: number }
  /** A graphics card does not tell how much memory it has. */
  | { readonly kind: "unknown"; readonly needed: number };

/** The device that a model would run on: the chosen one; with `auto` the one in use, else the processor. */
export function expectedDevice(choice: DeviceChoice, state: ModelState): Device {
  if (choice !== "auto") return choice;
  return state.kind === "loaded" ? state.info.device : "cpu";
}

/** Compares a model's need on `device` with the memory of this machine. */
export function fitOn(device: Device, memory: ModelDescription["memory"], machine: MachineMemory): Fit {
  const need: MemoryNeed = memory[device];
  const needed = need.total;
  if (hasOwnMemory[device]) return { kind: "unknown", needed };
  if (needed > machine.total) return { kind: "tooBig", needed, total: machine.total };
  if (machine.free !== null && needed > machine.free) return { kind: "notFree", needed, free: machine.free };
  return { kind: "fits" };
}

/** The comparison in words. */
export function fitText(fit: Fit): string {
  switch (fit.kind) {
    case "fits":
      return l10n.t("fits");
    case "notFree":
      return l10n.t("needs {0}, this machine has {1} free", byteText(fit.needed), byteText(fit.free));
    case "tooBig":
      return l10n.t("needs {0}, this machine has {1} in all", byteText(fit.needed), byteText(fit.total));
    case "unknown":
      return l10n.t("needs {0} of graphics memory", byteText(fit.needed));
    default:
      return fit satisfies never;
  }
}
