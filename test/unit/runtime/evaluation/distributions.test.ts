import assert from "node:assert/strict";
import fc from "fast-check";
import * as of from "../../../../src/runtime/evaluation/distributions";
import { close } from "./close";

/** SciPy 1.17.1: x, scipy.stats.norm.cdf(x). */
const cdf: readonly (readonly [number, number])[] = [
  [-37.0, 5.7255712225239266e-300],
  [-10.0, 7.61985302416047e-24],
  [-5.5, 1.898956246588768e-8],
  [-3.0001, 0.0013494549132607172],
  [-3.0, 0.0013498980316300933],
  [-2.999, 0.0013543365337271057],
  [-1.0, 0.15865525393145707],
  [-0.1, 0.460172162722971],
  [0.0, 0.5],
  [1e-8, 0.5000000039894228],
  [0.5, 0.6914624612740131],
  [1.96, 0.9750021048517795],
  [2.999, 0.9986456634662729],
  [3.5, 0.9997673709209645],
  [6.0, 0.9999999990134123],
  [9.0, 1.0],
];

/** SciPy 1.17.1: p, scipy.stats.norm.ppf(p). */
const ppf: readonly (readonly [number, number])[] = [
  [1e-300, -37.0470962993612],
  [1e-50, -14.933337534788487],
  [1e-12, -7.034483825301131],
  [1e-5, -4.264890793922825],
  [0.001, -3.090232306167813],
  [0.025, -1.9599639845400545],
  [0.3, -0.5244005127080409],
  [0.4999, -0.0002506628300880075],
  [0.5, 0.0],
  [0.7, 0.5244005127080407],
  [0.8, 0.8416212335729143],
  [0.975, 1.959963984540054],
  [0.9999, 3.719016485455709],
  [0.9999999999, 6.361340889697422],
];

/** SciPy 1.17.1: x, a, b, scipy.special.betainc(a, b, x). */
const beta: readonly (readonly [number, number, number, number])[] = [
  [0.5, 0.5, 0.5, 0.5000000000000001],
  [0.1, 2, 3, 0.05230000000000001],
  [0.9, 2, 30, 1.0],
  [0.3, 100, 250, 0.7265414741433196],
  [0.999, 0.01, 5, 1.0],
  [0.02, 1, 1, 0.02],
  [0.5, 5000, 5100, 0.8401528708121381],
  [1e-6, 0.5, 2, 0.0014999994999999996],
  [0.7, 100000.0, 43000, 0.7177487022750186],
];

/** SciPy 1.17.1: k, n, p, scipy.stats.binom.pmf(k, n, p), .cdf, .sf. */
const binomial: readonly (readonly [number, number, number, number, number, number])[] = [
  [0, 10, 0.3, 0.0282475249, 0.028247524900000005, 0.9717524751],
  [3, 10, 0.3, 0.2668279319999998, 0.6496107184000002, 0.3503892815999998],
  [10, 10, 0.3, 5.9048999999999975e-6, 1.0, 0.0],
  [40, 1000, 0.05, 0.020821694204787782, 0.080636573256691, 0.919363426743309],
  [500, 1000, 0.5, 0.025225018178360804, 0.5126125090891802, 0.48738749091081973],
  [17, 300, 0.001, 1.723589285985422e-24, 1.0, 2.7534530767488533e-26],
  [9, 9, 0.999, 0.991035916125874, 1.0, 0.0],
  [5000, 10000, 0.49, 0.0010793603893894633, 0.9777976478701199, 0.022202352129880063],
];

/** SciPy 1.17.1: q, n, p, scipy.stats.binom.ppf(q, n, p). */
const binomialQuantiles: readonly (readonly [number, number, number, number])[] = [
  [0.0005, 1000, 0.05, 29],
  [0.9995, 1000, 0.05, 74],
  [0.5, 7, 0.5, 3],
  [0.025, 300, 0.9, 259],
  [0.975, 20, 0.01, 1],
];

describe("distributions", () => {
  it("have SciPy's normal probabilities and quantiles", () => {
    for (const [x, p] of cdf) close(of.normalProbability(x), p, `Φ(${x})`);
    for (const [p, x] of ppf) close(of.normalQuantile(p), x, `Φ⁻¹(${p})`);
    assert.equal(of.normalQuantile(0), Number.NEGATIVE_INFINITY);
    assert.equal(of.normalQuantile(1), Number.POSITIVE_INFINITY);
  });

  it("have SciPy's incomplete beta function", () => {
    for (const [x, a, b, p] of beta) close(of.incompleteBeta(x, 1 - x, a, b), p, `I_${x}(${a}, ${b})`);
  });

  it("have SciPy's binomial probabilities and quantiles", () => {
    for (const [k, n, p, density, below, above] of binomial) {
      close(of.binomialProbability(k, n, p), density, `P(X = ${k}), n = ${n}`);
      close(of.binomialCumulative(k, n, p), below, `P(X ≤ ${k}), n = ${n}`);
      // That more than k succeed is that at most n − k − 1 fail.
      close(of.binomialCumulative(n - k - 1, n, 1 - p), above, `P(X > ${k}), n = ${n}`);
    }
    for (const [q, n, p, k] of binomialQuantiles) assert.equal(of.binomialQuantile(q, n, p), k);
  });

  it("add up, and undo each other", () => {
    const share = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });
    fc.assert(
      fc.property(share, (p) => close(of.normalProbability(of.normalQuantile(p)), p, `Φ(Φ⁻¹(${p}))`)),
      { numRuns: 50 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), share, (n, p) => {
        let sum = 0;
        for (let k = 0; k <= n; k++) {
          sum += of.binomialProbability(k, n, p);
          close(of.binomialCumulative(k, n, p), sum, `P(X ≤ ${k}), n = ${n}, p = ${p}`);
        }
      }),
      { numRuns: 50 },
    );
  });
});
