import assert from "node:assert/strict";
import fc from "fast-check";
import { bootstrap, pairedBootstrap, quantile } from "../../../../src/runtime/evaluation/bootstrap";
import { seededRandom } from "../../../../src/runtime/random";
import { close } from "./close";

/**
 * n, seed of the data, their kind, resamples, seed, level; scipy.stats.bootstrap's interval by `percentile` and by `BCa` and its standard
 * error, and the mean difference. SciPy 1.17.1, called with `n_resamples=0` and, as `bootstrap_result`, the resamples that xoshiro128**
 * draws, ported to Python: so the intervals can agree in all digits.
 */
const scipy: readonly (readonly [
  ...[number, number, Kind, number, number, number],
  ...[number, number, number, number, number, number],
])[] = [
  [40, 1, "acc", 999, 0, 0.95, 0.2, 0.55, 0.2, 0.55, 0.09016511511919344, 0.375],
  [
    25,
    2,
    "exp",
    1000,
    7,
    0.9,
    0.325976056,
    0.9182980079999999,
    0.3561600970420145,
    0.9687214408221165,
    0.18752038798517046,
    0.61548348,
  ],
  [
    60,
    3,
    "exp",
    500,
    42,
    0.99,
    0.44278156783333333,
    0.9288421411666665,
    0.4466228223398427,
    0.9526283750043553,
    0.09775884546742468,
    0.6894627500000001,
  ],
  [
    12,
    4,
    "acc",
    400,
    3,
    0.95,
    0.16666666666666666,
    0.6666666666666666,
    0.16666666666666666,
    0.6666666666666665,
    0.1446806696521101,
    0.4166666666666667,
  ],
  [
    30,
    5,
    "exp",
    1999,
    123456,
    0.95,
    0.3479173050000001,
    1.0542055983333332,
    0.4021228227101826,
    1.1565659169572282,
    0.17893548578204216,
    0.6659631,
  ],
];

type Kind = "acc" | "exp";

/** The paired scores of the cases: answers right with 0.8 and 0.6, or exponential and uniform scores, to six decimals. */
function data(n: number, seed: number, kind: Kind): readonly [number[], number[]] {
  const random = seededRandom(seed);
  const draw = (one: () => number) => Array.from({ length: n }, one);
  if (kind === "acc") return [draw(() => (random() < 0.8 ? 1 : 0)), draw(() => (random() < 0.6 ? 1 : 0))];
  const six = (value: number) => Math.round(value * 1e6) / 1e6;
  return [draw(() => six(-Math.log(1 - random()))), draw(() => six(0.5 * random()))];
}

describe("the paired bootstrap", () => {
  for (const [n, dataSeed, kind, resamples, seed, level, ...expected] of scipy) {
    it(`gives SciPy's intervals: ${n} ${kind} items, ${resamples} resamples, level ${level}`, () => {
      const [first, second] = data(n, dataSeed, kind);
      const options = { resamples, seed, level };
      const percentile = pairedBootstrap(first, second, { ...options, method: "percentile" });
      const bca = pairedBootstrap(first, second, options);
      const found = [...percentile.interval, ...bca.interval, bca.standardError, bca.estimate];
      for (const [i, value] of found.entries()) close(value, expected[i] ?? Number.NaN, `figure ${i}`);
    });
  }

  it("gives SciPy's intervals of a ratio of means", () => {
    const [first, second] = data(30, 5, "exp");
    const sum = (of: readonly number[], items: Int32Array) => items.reduce((total, i) => total + (of[i] ?? 0), 0);
    const ratio = (items: Int32Array) => sum(first, items) / sum(second, items);
    // SciPy 1.17.1, as above: data of 30 exponential items, seed 5; 800 resamples, seed 9.
    const expected = [2.2053109387353986, 5.394534138184141, 2.45152231051469, 6.047568703432205];
    const percentile = bootstrap(30, ratio, { resamples: 800, seed: 9, method: "percentile" });
    const found = [...percentile.interval, ...bootstrap(30, ratio, { resamples: 800, seed: 9 }).interval];
    for (const [i, value] of found.entries()) close(value, expected[i] ?? Number.NaN, `figure ${i}`);
  });

  const scores = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })), {
    minLength: 1,
    maxLength: 25,
  });
  const apart = (pairs: readonly (readonly [number, number])[]) =>
    [pairs.map(([a]) => a), pairs.map(([, b]) => b)] as const;

  it("lies within the differences, and is the same for the same seed", () => {
    fc.assert(
      fc.property(scores, fc.constantFrom("percentile", "bca"), (pairs, method) => {
        const [first, second] = apart(pairs);
        const found = pairedBootstrap(first, second, { resamples: 200, method });
        const differences = pairs.map(([a, b]) => a - b);
        const [low, high] = found.interval;
        assert.ok(low <= high && low >= Math.min(...differences) && high <= Math.max(...differences));
        assert.ok(found.pValue > 0 && found.pValue <= 1);
        assert.deepEqual(pairedBootstrap(first, second, { resamples: 200, method }), found);
      }),
      { numRuns: 50 },
    );
  });

  it("turns round with the arms, and moves with a constant", () => {
    fc.assert(
      fc.property(scores, (pairs) => {
        const [first, second] = apart(pairs);
        const { interval, pValue } = pairedBootstrap(first, second, { resamples: 200 });
        const turned = pairedBootstrap(second, first, { resamples: 200 });
        close(turned.interval[0], -interval[1], "turned, low");
        close(turned.interval[1], -interval[0], "turned, high");
        assert.equal(turned.pValue, pValue);
        const moved = pairedBootstrap(
          first.map((score) => score + 64),
          second,
          { resamples: 200 },
        );
        close(moved.interval[0], interval[0] + 64, "moved, low");
      }),
      { numRuns: 50 },
    );
  });

  it("says a point where all items differ alike", () => {
    const found = pairedBootstrap([2, 3, 4], [1, 2, 3], { resamples: 100 });
    assert.deepEqual([found.estimate, found.interval, found.standardError], [1, [1, 1], 0]);
    assert.deepEqual(pairedBootstrap([1], [0], { resamples: 10 }).interval, [1, 1]);
  });

  it("refuses what it cannot draw from", () => {
    const invalid = { code: "invalidRequest" };
    assert.throws(() => pairedBootstrap([], []), invalid);
    assert.throws(() => pairedBootstrap([1], [1, 2]), invalid);
    assert.throws(() => pairedBootstrap([1], [1], { level: 0 }), invalid);
    assert.throws(() => pairedBootstrap([1], [1], { resamples: 0 }), invalid);
    // A macro-F1 without any item of a class, say.
    assert.throws(() => bootstrap(3, (items) => (items.includes(0) ? 1 : Number.NaN)), invalid);
  });

  it("takes quantiles as NumPy does", () => {
    // NumPy 2.4.6: np.quantile([1, 2, 4, 8], [0, 0.1, 0.5, 0.9, 1]).
    const values = Float64Array.of(1, 2, 4, 8);
    const found = [0, 0.1, 0.5, 0.9, 1].map((share) => quantile(values, share));
    for (const [i, wanted] of [1, 1.3, 3, 6.8, 8].entries()) close(found[i] ?? Number.NaN, wanted, `quantile ${i}`);
  });
});
