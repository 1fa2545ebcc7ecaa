import assert from "node:assert/strict";
import fc from "fast-check";
import { clusteredStandardError, seedSpread, standardError } from "../../../../src/runtime/evaluation/spread";
import { close } from "./close";

const scores = [0.2, 0.9, 1, 0, 0.5, 0.5, 0.7, 0.1, 0.3, 1, 0, 0.8];
const clusters = ["a", "a", "b", "b", "b", "c", "d", "d", "e", "f", "f", "f"];
/** [seeds, items] */
const bySeed = [
  [0.5116, 0.5799, 0.7081, 0.7402, 1.0508, 0.788],
  [0.38, 0.8805, 1.0077, 0.9003, 0.98, 1.3935],
  [1.02, 1.3202, 1.3815, 0.9108, 0.9785, 1.1261],
  [1.2959, 1.327, 1.5825, 1.1775, 1.6971, 1.7265],
];
const score = fc.double({ min: 0, max: 1, noNaN: true });

describe("standard errors", () => {
  it("are SciPy's and statsmodels's", () => {
    // SciPy 1.17.1: stats.sem(scores).
    close(standardError(scores), 0.10940611029415574, "plain");
    // statsmodels 0.15.0: OLS on a constant, cov_type="cluster", use_correction=False, gives 0.035355339059327376 with Σ (s − s̄)² / n²
    // for the items' own part; Miller's has Σ (s − s̄)² / (n − 1) / n, that is sem², there.
    close(clusteredStandardError(scores, clusters), 0.047407538930793976, "clustered");
  });

  it("are plain where every item is its own cluster, and follow the double sum where not", () => {
    const items = fc.array(fc.tuple(score, fc.constantFrom("a", "b", "c")), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(items, (list) => {
        const values = list.map(([value]) => value);
        const of = list.map(([, cluster]) => cluster);
        const own = values.map((_, i) => String(i));
        close(clusteredStandardError(values, own), standardError(values), "own clusters");
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const product = (i: number, j: number) => ((values[i] ?? 0) - mean) * ((values[j] ?? 0) - mean);
        const pairs = values.flatMap((_, i) => values.map((__, j) => (i !== j && of[i] === of[j] ? product(i, j) : 0)));
        const together = pairs.reduce((sum, value) => sum + value, 0) / values.length ** 2;
        // Compared before the root, which makes much of rounding near 0.
        const expected = Math.max(0, standardError(values) ** 2 + together);
        close(clusteredStandardError(values, of) ** 2 + 1, expected + 1, "clusters");
      }),
    );
  });

  it("refuse a single score and unequal lengths", () => {
    const invalid = { code: "invalidRequest" };
    assert.throws(() => standardError([1]), invalid);
    assert.throws(() => clusteredStandardError([1, 0], ["a"]), invalid);
    assert.throws(() => seedSpread([[1, 0], [1]]), invalid);
    assert.throws(() => seedSpread([]), invalid);
  });
});

describe("the spread over seeds", () => {
  it("is that of SciPy's and statsmodels's two-way analysis", () => {
    const found = seedSpread(bySeed);
    close(found.mean, 1.0610083333333333, "mean");
    // SciPy 1.17.1: stats.sem of the items' means. NumPy 2.4.6: std(ddof=1) of the seeds'.
    close(found.itemError, 0.07050948005607317, "items");
    close(found.seedDeviation ?? 0, 0.31509096584837093, "seeds");
    close(found.seedError ?? 0, 0.31509096584837093 / 2, "seeds' mean");
    // statsmodels 0.15.0: anova_lm(ols("y ~ C(s) + C(i)")): √((MS_s + MS_i − MS_residual) / (S n)).
    close(found.totalError, 0.16805401053927074, "total");
    assert.equal(found.lowest, Math.min(...found.seedMeans));
    assert.equal(found.highest, Math.max(...found.seedMeans));
  });

  it("knows nothing of seeds from one, and adds nothing where all seeds agree", () => {
    const one = seedSpread([scores]);
    assert.deepEqual([one.seedDeviation, one.seedError, one.totalError], [null, null, standardError(scores)]);
    const same = seedSpread([scores, scores, scores]);
    close(same.seedDeviation ?? 1, 0, "deviation");
    close(same.totalError, standardError(scores), "total");
  });

  it("is at least that over items and that over seeds, and at most their sum of squares", () => {
    const runs = fc.array(fc.array(score, { minLength: 5, maxLength: 5 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(runs, (all) => {
        const { itemError, seedError, totalError } = seedSpread(all);
        assert.ok(totalError >= Math.max(itemError, seedError ?? 0));
        assert.ok(totalError <= Math.hypot(itemError, seedError ?? 0) + 1e-12);
      }),
    );
  });
});
