/** How sure the model is of a suggestion. Knows nothing of VS Code. */
import type { GeneratedToken } from "../../runtime/protocol";

/** How many equal parts of 0 to 1 confidences are counted in. */
export const bucketCount = 10;

/** Geometric mean of the probabilities of the tokens that touch `start` to `end` of the generated text; 0 without any. */
export function confidenceOf(tokens: readonly GeneratedToken[], start: number, end: number): number {
  const shown = tokens.filter((token) => token.start < end && token.end > start);
  if (shown.length === 0) return 0;
  const sum = shown.reduce((total, { prediction }) => total + prediction.logprob, 0);
  return Math.min(1, Math.exp(sum / shown.length));
}

/** The part of 0 to 1 that a confidence lies in, from 0; 1 belongs to the last. */
export function bucketOf(confidence: number): number {
  return Math.min(bucketCount - 1, Math.max(0, Math.floor(confidence * bucketCount)));
}
