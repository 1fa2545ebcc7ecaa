import assert from "node:assert/strict";
import fc from "fast-check";
import {
  holmAdjusted,
  mcnemarTest,
  pairedCounts,
  wilsonInterval,
} from "../../../../src/runtime/evaluation/significance";
import { close } from "./close";

/** statsmodels 0.15.0: k, n, level, proportion_confint(k, n, alpha=1 - level, method="wilson"). */
const wilson: readonly (readonly [number, number, number, number, number])[] = [
  [0, 10, 0.95, 0.0, 0.2775327998628892],
  [10, 10, 0.95, 0.7224672001371107, 0.9999999999999999],
  [1, 1, 0.95, 0.20654931437723745, 1.0],
  [7, 20, 0.9, 0.202260040056761, 0.5334873111515284],
  [150, 300, 0.95, 0.4437795161339169, 0.5562204838660831],
  [271, 300, 0.95, 0.8646182980304887, 0.9318497051817106],
  [299, 300, 0.99, 0.9722312837288788, 0.9996085274056757],
  [18, 1000, 0.95, 0.011415740009567788, 0.028273255170507345],
  [3, 7, 0.5, 0.3106034777497514, 0.5552572159915451],
  [99999, 100000, 0.999, 0.9998725225937289, 0.999999215632193],
];

/**
 * b, c, p-value of statsmodels 0.15.0's mcnemar(exact=True), and mid-p by its definition: the sum of SciPy 1.17.1's binom.pmf(k, b + c, ½)
 * over all less likely k, and half of that over the equally likely.
 */
const mcnemar: readonly (readonly [number, number, number, number])[] = [
  [0, 0, 1.0, 0.5],
  [1, 0, 1.0, 0.5],
  [0, 5, 0.0625, 0.031249999999999986],
  [3, 3, 1.0, 0.8437500000000001],
  [5, 12, 0.143463134765625, 0.09625244140624999],
  [12, 5, 0.143463134765625, 0.09625244140624999],
  [20, 41, 0.009853448195259268, 0.007148733833163067],
  [0, 25, 2 ** -24, 2 ** -25],
  [103, 97, 0.7237710263128071, 0.672249977204818],
  [210, 290, 0.00040041553683977163, 0.00034201797447899534],
  [1500, 1391, 0.044557851624330264, 0.04265643869395563],
  [7, 8, 1.0, 0.8036193847656254],
];

/** statsmodels 0.15.0: p-values, multipletests(p, method="holm")[1]. */
const holm: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [0.01, 0.04, 0.03, 0.005],
    [0.03, 0.06, 0.06, 0.02],
  ],
  [[0.5], [0.5]],
  [
    [0.2, 0.2, 0.2],
    [0.6000000000000001, 0.6000000000000001, 0.6000000000000001],
  ],
  [
    [1, 0, 0.5],
    [1.0, 0.0, 1.0],
  ],
  [
    [0.049, 0.0001, 0.9, 0.012, 0.03, 0.012],
    [0.098, 0.0006000000000000001, 0.9, 0.06, 0.09, 0.06],
  ],
  [[], []],
];

const invalid = { code: "invalidRequest" };

describe("Wilson's interval", () => {
  it("is statsmodels's", () => {
    for (const [k, n, level, low, high] of wilson) {
      const found = wilsonInterval(k, n, level);
      close(found[0], low, `${k} of ${n}, low`);
      close(found[1], high, `${k} of ${n}, high`);
    }
  });

  it("holds the rate, mirrors, narrows with items and widens with the level", () => {
    const rate = fc
      .integer({ min: 1, max: 500 })
      .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));
    fc.assert(
      fc.property(rate, ([k, n]) => {
        const [low, high] = wilsonInterval(k, n);
        assert.ok(low >= 0 && low <= k / n && k / n <= high && high <= 1);
        close(wilsonInterval(n - k, n)[0], 1 - high, "mirrored");
        const narrower = wilsonInterval(4 * k, 4 * n);
        assert.ok(narrower[1] - narrower[0] < high - low);
        const wider = wilsonInterval(k, n, 0.99);
        assert.ok(wider[0] <= low && wider[1] >= high);
      }),
    );
  });

  it("refuses what is no rate and no level", () => {
    assert.throws(() => wilsonInterval(0, 0), invalid);
    assert.throws(() => wilsonInterval(3, 2), invalid);
    assert.throws(() => wilsonInterval(1, 2, 1), invalid);
  });
});

describe("McNemar's test", () => {
  it("is statsmodels's exact test, and mid-p by its definition", () => {
    for (const [firstOnly, secondOnly, exact, midP] of mcnemar) {
      const counts = { firstOnly, secondOnly };
      close(mcnemarTest(counts).pValue, exact, `exact ${firstOnly}, ${secondOnly}`);
      close(mcnemarTest(counts, "midP").pValue, midP, `mid-p ${firstOnly}, ${secondOnly}`);
    }
  });

  it("does not care which arm is first, and mid-p is below the exact p-value", () => {
    const count = fc.nat({ max: 400 });
    fc.assert(
      fc.property(count, count, (firstOnly, secondOnly) => {
        const { pValue, discordant } = mcnemarTest({ firstOnly, secondOnly });
        assert.equal(mcnemarTest({ firstOnly: secondOnly, secondOnly: firstOnly }).pValue, pValue);
        assert.equal(discordant, firstOnly + secondOnly);
        assert.ok(pValue > 0 && pValue <= 1);
        assert.ok(mcnemarTest({ firstOnly, secondOnly }, "midP").pValue < pValue);
      }),
    );
  });

  it("counts pairs", () => {
    const first = [true, true, false, false, true];
    const second = [true, false, true, false, false];
    assert.deepEqual(pairedCounts(first, second), { bothRight: 1, firstOnly: 2, secondOnly: 1, bothWrong: 1 });
    assert.throws(() => pairedCounts(first, [true]), invalid);
    assert.throws(() => pairedCounts([], []), invalid);
  });
});

describe("Holm's adjustment", () => {
  it("is statsmodels's", () => {
    for (const [pValues, expected] of holm) {
      for (const [i, found] of holmAdjusted(pValues).entries()) close(found, expected[i] ?? Number.NaN, `${pValues}`);
    }
  });

  it("never lowers a p-value, keeps their order, and is Bonferroni's for the smallest", () => {
    const probability = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(probability, { minLength: 1, maxLength: 12 }), (pValues) => {
        const adjusted = holmAdjusted(pValues);
        for (const [i, p] of pValues.entries()) {
          const own = adjusted[i] ?? Number.NaN;
          assert.ok(own >= p && own <= 1);
          for (const [j, q] of pValues.entries()) assert.ok(p > q || own <= (adjusted[j] ?? Number.NaN));
        }
        close(Math.min(...adjusted), Math.min(1, pValues.length * Math.min(...pValues)), "smallest");
      }),
    );
    assert.throws(() => holmAdjusted([0.5, 1.5]), invalid);
  });
});
