/** Defaults and limits of `gptw generate`'s numbers: those of the extension's `gptWorkbench.generation` settings. */
import type { NumberRange } from "./usage";

/** By the option's name. */
export const generationDefaults = {
  "max-new-tokens": { min: 1, max: 100_000, whole: true, default: 64 },
  temperature: { min: 0, max: 100, whole: false, default: 0.8 },
  "top-k": { min: 0, max: 1_000_000, whole: true, default: 40 },
  "top-p": { min: Number.MIN_VALUE, max: 1, whole: false, default: 1 },
  "min-p": { min: 0, max: 1, whole: false, default: 0 },
  "repetition-penalty": { min: 0.01, max: 100, whole: false, default: 1 },
  "frequency-penalty": { min: -100, max: 100, whole: false, default: 0 },
  "presence-penalty": { min: -100, max: 100, whole: false, default: 0 },
  seed: { min: 0, max: 0xffffffff, whole: true, default: 0 },
} as const satisfies Readonly<Record<string, NumberRange>>;
