/** Student's t distribution: how sure a mean of few values is. */

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
  let [low, high] = [0, 1];
  while (bothTails(high, freedom) > tail) [low, high] = [high, high * 2];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (bothTails(middle, freedom) > tail) low = middle;
    else high = middle;
  }
}

/** P(|t| > x). */
function bothTails(x: number, freedom: number): number {
  return incompleteBeta(freedom / (freedom + x * x), (x * x) / (freedom + x * x), freedom / 2, 0.5);
}

/**
 * I_x(a, b), with y = 1 − x given apart, which near 1 would lose digits. By its continued fraction (Abramowitz & Stegun 26.5.8), which
 * converges fast below (a + 1) / (a + b + 2), and above that by I_x(a, b) = 1 − I_y(b, a).
 */
function incompleteBeta(x: number, y: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(y));
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(x, a, b)) / a;
  return 1 - (front * betaFraction(y, b, a)) / b;
}

/** The continued fraction, from its beginning (Lentz 1976). */
function betaFraction(x: number, a: number, b: number): number {
  const safe = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / safe(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let factor = 1;
    for (const term of [even, odd]) {
      d = 1 / safe(1 + term * d);
      c = safe(1 + term / c);
      factor = c * d;
      fraction *= factor;
    }
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return fraction;
}

/** ln Γ(x) for x > 0 (Lanczos 1964, with g = 7 and nine terms). */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  const sum = lanczos.reduce((total, term, i) => total + (i === 0 ? term : term / (z + i)), 0);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
