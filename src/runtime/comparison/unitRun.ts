/** What a unit of work gives, whatever the arm's kind. */
import type { Prediction, UnitCost } from "../comparisonRecord";

/** What came of a unit. */
export interface UnitRun {
  /** One for each item of the part, in their order. */
  readonly predictions: readonly Prediction[];
  readonly cost: UnitCost;
  /** Prompts that were cut or lost demonstrations, or items that were truncated. */
  readonly cut: number;
}

/** Tells how far a unit is: items answered or steps trained, of all. */
export type OnUnitProgress = (stage: "training" | "answering", done: number, total: number) => unknown;

/** Milliseconds between two looks at the memory. Passes of the model block the process: it looks between them. */
const lookEvery = 50;

/** Does `work`, and tells the most bytes of memory (resident set) that the process had at any look meanwhile. */
export async function withPeakMemory<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly peakBytes: number }> {
  let peakBytes = 0;
  const look = () => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  };
  look();
  const timer = setInterval(look, lookEvery);
  try {
    const result = await work();
    look();
    return { result, peakBytes };
  } finally {
    clearInterval(timer);
  }
}

/** The middle of the sorted values, the mean of the middle two of an even number; 0 for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = 0, high = 0] = sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1);
  return (low + high) / 2;
}

/** Their arithmetic mean; 0 for none. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
