/** The most probable tokens at a place, named. */
import type { Alternative } from "../protocol";
import type { Predictions } from "./forward";

/** Text, and bytes where they are no whole characters, of a token. */
export type TokenDescriber = (id: number) => Pick<Alternative, "id" | "text" | "bytes">;

/** The best `topK` of row `row`. */
export function alternatives(
  predictions: Predictions,
  row: number,
  { topK, describe }: { readonly topK: number; readonly describe: TokenDescriber },
): Alternative[] {
  const width = predictions.topIds.length / predictions.entropy.length;
  const count = Math.min(topK, width);
  return Array.from({ length: count }, (_, k) => ({
    ...describe(predictions.topIds[row * width + k] ?? 0),
    logprob: Math.min(0, predictions.topLogprobs[row * width + k] ?? 0),
  }));
}
