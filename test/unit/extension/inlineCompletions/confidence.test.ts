import assert from "node:assert/strict";
import { bucketCount, bucketOf, confidenceOf } from "../../../../src/extension/inlineCompletions/confidence";
import { generated } from "./support";

describe("confidenceOf", () => {
  const tokens = generated([
    ["a", 0.5],
    [" b", 0.125],
    ["cd", 1],
  ]);

  it("is the geometric mean of the probabilities", () => {
    assert.ok(Math.abs(confidenceOf(tokens, 0, 3) - 0.25) < 1e-12);
    assert.ok(Math.abs(confidenceOf(tokens, 0, 5) - 0.0625 ** (1 / 3)) < 1e-12);
  });

  it("counts tokens that are shown in part, and no others", () => {
    assert.ok(Math.abs(confidenceOf(tokens, 0, 2) - 0.25) < 1e-12);
    assert.equal(confidenceOf(tokens, 4, 5), 1);
    assert.equal(confidenceOf(tokens, 3, 3), 0);
    assert.equal(confidenceOf([], 0, 10), 0);
  });
});

describe("bucketOf", () => {
  it("splits 0 to 1 into ten", () => {
    assert.deepEqual([0, 0.05, 0.1, 0.99, 1, 2, -1].map(bucketOf), [0, 0, 1, 9, 9, 9, 0]);
    assert.equal(bucketCount, 10);
  });
});
