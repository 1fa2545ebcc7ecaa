import assert from "node:assert/strict";
import fc from "fast-check";
import { fastExp } from "../../../../src/runtime/engine/fastExp";
import { type SamplingConfig, sampleToken } from "../../../../src/runtime/engine/sampling";

/** Every token that can be drawn, with its probability: a draw in the middle of each share finds it. */
function distribution(scores: Float32Array, config: SamplingConfig): Map<number, number> {
  const found = new Map<number, number>();
  for (let below = 0; below < 1 - 1e-6; ) {
    const sample = sampleToken(scores, config, () => below + 1e-9);
    assert.ok(!found.has(sample.id), `${sample.id} comes twice`);
    found.set(sample.id, sample.truncatedProbability);
    below += sample.truncatedProbability;
  }
  return found;
}

const scores = fc
  .uniqueArray(fc.integer({ min: -300, max: 300 }), { minLength: 1, maxLength: 40 })
  .map((list) => Float32Array.from(list, (x) => x / 100));
const config = fc.record({
  temperature: fc.double({ min: 0.5, max: 3, noNaN: true }),
  topK: fc.integer({ min: 0, max: 50 }),
  topP: fc.oneof(fc.constant(1), fc.double({ min: 0.1, max: 0.99, noNaN: true })),
  minP: fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 1, noNaN: true })),
});

describe("min-p", () => {
  it("leaves probabilities that sum to 1 and are in proportion to the full ones", () => {
    fc.assert(
      fc.property(scores, config, (values, settings) => {
        const left = distribution(values, settings);
        const sum = [...left.values()].reduce((a, b) => a + b, 0);
        assert.ok(Math.abs(sum - 1) < 1e-6, `sum ${sum}`);
        const [first] = left.keys();
        for (const [id, p] of left) {
          const ratio = Math.exp(((values[id] ?? 0) - (values[first ?? 0] ?? 0)) / settings.temperature);
          assert.ok(Math.abs(p / (left.get(first ?? 0) ?? 1) - ratio) < 1e-6 * Math.max(1, ratio));
        }
      }),
    );
  });

  it("keeps exactly the tokens at least that fraction as probable as the best, after temperature", () => {
    fc.assert(
      fc.property(
        scores,
        fc.double({ min: 0.5, max: 3 }),
        fc.double({ min: 0.001, max: 1 }),
        (values, temperature, minP) => {
          const best = Math.max(...values);
          const relative = Array.from(values, (x) => Math.exp((x - best) / temperature));
          fc.pre(relative.every((r) => Math.abs(r - minP) > 1e-9));
          const expected = relative.flatMap((r, id) => (r >= minP ? [id] : []));
          const left = distribution(values, { temperature, topK: 0, topP: 1, minP });
          assert.deepEqual(
            [...left.keys()].sort((a, b) => a - b),
            expected,
          );
        },
      ),
    );
  });

  it("comes after top-k and top-p: it only takes away from what they leave", () => {
    fc.assert(
      fc.property(scores, config, (values, settings) => {
        const without = distribution(values, { ...settings, minP: 0 });
        const best = Math.max(...without.values());
        const expected = [...without].filter(([, p]) => p >= settings.minP * best * (1 + 1e-9)).map(([id]) => id);
        const left = distribution(values, settings);
        for (const id of expected) assert.ok(left.has(id));
        for (const id of left.keys()) assert.ok((without.get(id) ?? 0) >= settings.minP * best * (1 - 1e-6));
      }),
    );
  });
});

describe("fastExp", () => {
  it("is e^x to eleven digits", () => {
    fc.assert(
      fc.property(fc.double({ min: -690, max: 0, noNaN: true }), (x) => {
        assert.ok(Math.abs(fastExp(x) / Math.exp(x) - 1) < 1e-11);
      }),
      { numRuns: 2000 },
    );
    assert.deepEqual([fastExp(0), fastExp(-1e12), fastExp(Number.NEGATIVE_INFINITY)], [1, 0, 0]);
  });
});
