/** Arrangements: all that there are, or so many different ones. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { choicesOfEach, orders, subsets } from "../../../../src/runtime/prompt/arrangements";

const seed = fc.nat();
const different = (all: readonly (readonly unknown[])[]) => new Set(all.map((one) => JSON.stringify(one))).size;
const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

describe("arrangements", () => {
  it("gives all K! orders when they are few, otherwise as many different ones as asked, the given one first", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 150 }), seed, (count, samples, seed) => {
        const values = Array.from({ length: count }, (_, i) => i * 10);
        const { all, exhaustive } = orders(values, samples, seed);
        assert.equal(all.length, Math.min(samples, factorial(count)));
        assert.equal(exhaustive, factorial(count) <= samples);
        assert.equal(different(all), all.length);
        assert.deepEqual(all[0], values);
        for (const one of all)
          assert.deepEqual(
            [...one].sort((a, b) => a - b),
            values,
          );
        assert.deepEqual(orders(values, samples, seed).all, all);
      }),
    );
  });

  it("gives every subset, or as many different ones as asked", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.nat(10),
        fc.integer({ min: 1, max: 60 }),
        seed,
        (n, k, samples, seed) => {
          const size = Math.min(n, k);
          const total = Math.round(factorial(n) / factorial(size) / factorial(n - size));
          const { all, exhaustive } = subsets(n, k, samples, seed);
          assert.equal(all.length, Math.min(samples, total));
          assert.equal(exhaustive, total <= samples);
          assert.equal(different(all), all.length);
          for (const one of all) {
            assert.equal(one.length, size);
            assert.ok(one.every((place, i) => place < n && place > (one[i - 1] ?? -1)));
          }
        },
      ),
    );
  });

  it("draws from pools of any size, and takes all of one that is no larger than K", () => {
    const { all, exhaustive } = subsets(100_000, 16, 50, 7);
    assert.equal(different(all), 50);
    assert.equal(exhaustive, false);
    assert.equal(subsets(1000, 1000, 5, 0).all.length, 1);
  });

  it("takes one of each list in every way", () => {
    const lists = [["a", "b"], ["x"], ["1", "2", "3"]];
    const { all, exhaustive } = choicesOfEach(lists, 6, 0);
    assert.deepEqual(
      all.map((one) => one.join("")),
      ["ax1", "ax2", "ax3", "bx1", "bx2", "bx3"],
    );
    assert.equal(exhaustive, true);
    const some = choicesOfEach(lists, 4, 0);
    assert.equal(different(some.all), 4);
    assert.deepEqual([some.exhaustive, some.all[0]], [false, ["a", "x", "1"]]);
  });
});
