/** Natural logarithms of the probabilities that `logits` stand for, in float64. */
export function logSoftmax(logits: Float32Array): number[] {
  const max = logits.reduce((a, b) => Math.max(a, b));
  const sum = logits.reduce((total, x) => total + Math.exp(x - max), 0);
  return Array.from(logits, (x) => x - max - Math.log(sum));
}
