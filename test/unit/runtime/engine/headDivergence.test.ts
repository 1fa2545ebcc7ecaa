import assert from "node:assert/strict";
import fc from "fast-check";
import { type AlignedRange, AlignedTokenPairs } from "../../../../src/runtime/engine/headDivergence";

/** Tokens one by one, all the same. */
const identity = (tokens: number): AlignedRange[] =>
  Array.from({ length: tokens }, (_, i) => ({ same: true, a: [i, i + 1], b: [i, i + 1] }));

/** [T, T]: rows of the given weights, made to sum to 1; NaN in the future. */
function attention(weights: readonly (readonly number[])[]): Float32Array {
  const tokens = weights.length;
  return Float32Array.from(
    weights.flatMap((row, i) => {
      const seen = row.slice(0, i + 1);
      const sum = seen.reduce((a, b) => a + b, 0);
      return Array.from({ length: tokens }, (_, j) => (j <= i ? (seen[j] ?? 0) / sum : Number.NaN));
    }),
  );
}

/** ½ KL(p ‖ m) + ½ KL(q ‖ m), m the mean, over the whole support. */
function jensenShannon(p: readonly number[], q: readonly number[]): number {
  return p.reduce((sum, x, i) => {
    const y = q[i] ?? 0;
    const m = (x + y) / 2;
    return sum + (x > 0 ? x * Math.log2(x / m) : 0) / 2 + (y > 0 ? y * Math.log2(y / m) : 0) / 2;
  }, 0);
}

describe("how differently a head attends", () => {
  const weights = (tokens: number) =>
    fc.array(fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: tokens, maxLength: tokens }), {
      minLength: tokens,
      maxLength: tokens,
    });

  it("is the mean of the Jensen–Shannon divergences of all queries, and exactly 0 for the same attention", () => {
    fc.assert(
      fc.property(weights(5), weights(5), (first, second) => {
        const [a, b] = [attention(first), attention(second)];
        const pairs = new AlignedTokenPairs(identity(5));
        assert.equal(pairs.divergence({ a, b: a }), 0);
        const row = (matrix: Float32Array, i: number) => [...matrix.subarray(i * 5, i * 5 + i + 1)];
        const expected = [0, 1, 2, 3, 4].reduce((sum, i) => sum + jensenShannon(row(a, i), row(b, i)) / 5, 0);
        assert.ok(Math.abs(pairs.divergence({ a, b }) - expected) < 1e-6);
      }),
    );
  });

  it("counts keys that only one text has for that text alone", () => {
    // a: x y z; b: x w y z. The query z sees x, w, y, z.
    const alignment: AlignedRange[] = [
      { same: true, a: [0, 1], b: [0, 1] },
      { same: false, a: [1, 1], b: [1, 2] },
      { same: true, a: [1, 3], b: [2, 4] },
    ];
    const pairs = new AlignedTokenPairs(alignment);
    assert.deepEqual(pairs.queries, [
      [0, 0],
      [1, 2],
      [2, 3],
    ]);
    const a = attention([[1], [1, 1], [2, 1, 1]]);
    const b = attention([[1], [1, 1], [1, 1, 2], [1, 1, 1, 1]]);
    const expected =
      (0 +
        jensenShannon([0.5, 0, 0.5], [0.25, 0.25, 0.5]) +
        jensenShannon([0.5, 0, 0.25, 0.25], [0.25, 0.25, 0.25, 0.25])) /
      3;
    assert.ok(Math.abs(pairs.divergence({ a, b }) - expected) < 1e-6);
  });

  it("is 1 bit for heads that look at nothing in common, and takes runs of tokens together", () => {
    const runs: AlignedRange[] = [
      { same: true, a: [0, 2], b: [0, 1] },
      { same: true, a: [2, 3], b: [1, 2] },
    ];
    const pairs = new AlignedTokenPairs(runs);
    assert.deepEqual(pairs.queries, [
      [1, 0],
      [2, 1],
    ]);
    const a = attention([[1], [1, 1], [1, 3, 0]]);
    const b = attention([[1], [0, 1]]);
    assert.ok(Math.abs(pairs.divergence({ a, b }) - (0 + 1) / 2) < 1e-6);
  });
});
