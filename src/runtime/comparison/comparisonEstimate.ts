/** What a comparison takes of time and memory, before it is started. */
import type { ComparisonPlan } from "../comparisonRecord";
import type { ComparisonInput } from "./comparisonInput";

/** How fast an arm is, where it was measured: from units that are done. */
export interface MeasuredRate {
  /** Number of the arm. */
  readonly arm: number;
  /** Milliseconds for an item, and for a training. */
  readonly itemMs: number;
  readonly trainMs: number | null;
}

/** Units, time and memory of a comparison. Loads each model once, to measure how fast it is. */
export function planComparison(
  _input: ComparisonInput,
  _options: { readonly signal: AbortSignal; readonly onProgress?: (done: number, total: number) => void },
): Promise<ComparisonPlan> {
  throw new Error("follows");
}
