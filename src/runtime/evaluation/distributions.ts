/** The special functions and distributions that significance tests are made of. */

/**
 * Φ(x): the probability that a standard normal variable does not exceed `x`. Near 0 by its series (Abramowitz & Stegun 26.2.11), in the
 * tails by its continued fraction (26.2.14), so that small probabilities keep their digits.
 */
export function normalProbability(x: number): number {
  const size = Math.abs(x);
  if (size > 3) {
    const tail = normalDensity(size) / normalTailFraction(size);
    return x < 0 ? tail : 1 - tail;
  }
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > 1e-18; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + normalDensity(x) * sum;
}

/** φ(x), the standard normal density. */
function normalDensity(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/** x + 1 / (x + 2 / (x + 3 / …)), from its end: 80 terms give all digits from x = 3 on. */
function normalTailFraction(x: number): number {
  let fraction = x;
  for (let k = 80; k > 0; k--) fraction = x + k / fraction;
  return fraction;
}

/**
 * Φ⁻¹(p): the value that a standard normal variable does not exceed with probability `p`, from 0 (−∞) to 1 (∞). Halves towards
 * `normalProbability` in the lower half, where that keeps its digits; the upper half is its mirror image.
 */
export function normalQuantile(p: number): number {
  if (p === 0.5) return 0;
  // Adding 0 makes −0 of the mirror image a 0.
  if (p > 0.5) return 0 - normalQuantile(1 - p);
  if (p === 0) return Number.NEGATIVE_INFINITY;
  return bisect((x) => normalProbability(x) > p, -40, 0);
}

/** Where `above` turns from false to true between `low` and `high`, to the last digit. */
export function bisect(above: (x: number) => boolean, low: number, high: number): number {
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (above(middle)) high = middle;
    else low = middle;
  }
}

/** P(X = k) of the binomial distribution: `k` successes in `n` trials that each succeed with probability `p` (0 to 1). */
export function binomialProbability(k: number, n: number, p: number): number {
  if (k < 0 || k > n) return 0;
  if (p <= 0) return k === 0 ? 1 : 0;
  if (p >= 1) return k === n ? 1 : 0;
  const ways = logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  return Math.exp(ways + k * Math.log(p) + (n - k) * Math.log1p(-p));
}

/** P(X ≤ k) of the binomial distribution, which is I of 1 − p with n − k and k + 1 (Abramowitz & Stegun 26.5.24). */
export function binomialCumulative(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return incompleteBeta(1 - p, p, n - k, k + 1);
}

/** The smallest `k` with P(X ≤ k) ≥ `q` of the binomial distribution, where rounding of the probability does not count. */
export function binomialQuantile(q: number, n: number, p: number): number {
  let [low, high] = [-1, n];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (binomialCumulative(middle, n, p) >= q * (1 - 1e-13)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * I_x(a, b), the regularized incomplete beta function, with y = 1 − x given apart, which near 1 would lose digits. By its continued
 * fraction (Abramowitz & Stegun 26.5.8), which converges fast below (a + 1) / (a + b + 2), and above that by I_x(a, b) = 1 − I_y(b, a).
 */
export function incompleteBeta(x: number, y: number, a: number, b: number): number {
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
export function logGamma(x: number): number {
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
