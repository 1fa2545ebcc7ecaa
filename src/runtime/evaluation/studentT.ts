/** Student's t distribution: how sure a mean of few values is. */
import { bisect, incompleteBeta } from "./distributions";

/** A mean of values and where it may be. */
export interface MeanInterval {
  readonly mean: number;
  /** 95 % confidence interval of the mean; null for fewer than two values. */
  readonly interval: readonly [number, number] | null;
}

/** Mean and interval of `values`, one at least. */
export function meanInterval(values: readonly number[]): MeanInterval {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, interval: null };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = studentQuantile(0.975, n - 1) * Math.sqrt(variance / n);
  return { mean, interval: [mean - half, mean + half] };
}

/**
 * The t that is not exceeded with probability `p` (½ to 1, exclusive), for `freedom` degrees of freedom: P(|t| > x) is the regularized
 * incomplete beta function I of freedom / (freedom + x²) with freedom / 2 and ½ (Abramowitz & Stegun 26.7.1), which is halved towards.
 */
export function studentQuantile(p: number, freedom: number): number {
  const tail = 2 * (1 - p);
  let high = 1;
  while (bothTails(high, freedom) > tail) high *= 2;
  return bisect((x) => bothTails(x, freedom) <= tail, 0, high);
}

/** P(|t| > x). */
function bothTails(x: number, freedom: number): number {
  return incompleteBeta(freedom / (freedom + x * x), (x * x) / (freedom + x * x), freedom / 2, 0.5);
}
