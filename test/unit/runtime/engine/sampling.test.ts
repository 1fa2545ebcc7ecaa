import assert from "node:assert/strict";
import fc from "fast-check";
import { argmax, type SamplingConfig, sampleToken, sampleTop } from "../../../../src/runtime/engine/sampling";
import { seededRandom } from "../../../../src/runtime/random";

/** A distribution from arbitrary scores. */
function logprobs(scores: readonly number[]): Float32Array {
  const max = Math.max(...scores);
  const sum = scores.reduce((total, x) => total + Math.exp(x - max), 0);
  return Float32Array.from(scores, (x) => x - max - Math.log(sum));
}

/** Hugging Face's order written plainly: temperature, softmax, top-k, renormalize, top-p, renormalize. */
function plainDistribution(values: Float32Array, { temperature, topK, topP }: SamplingConfig): Map<number, number> {
  const weights = Array.from(values, (x, id) => ({ id, p: Math.exp(x / temperature) }));
  weights.sort((a, b) => b.p - a.p || a.id - b.id);
  const afterTopK = normalize(topK > 0 ? weights.slice(0, topK) : weights);
  let sum = 0;
  const nucleus = afterTopK.filter(({ p }) => {
    const keep = sum < topP;
    sum += p;
    return keep;
  });
  return new Map(normalize(topP >= 1 ? afterTopK : nucleus).map(({ id, p }) => [id, p]));
}

function normalize(list: readonly { id: number; p: number }[]) {
  const mass = list.reduce((sum, { p }) => sum + p, 0);
  return list.map(({ id, p }) => ({ id, p: p / mass }));
}

const scores = fc.array(fc.float({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 60 });
const config = fc.record({
  temperature: fc.double({ min: 0.2, max: 3, noNaN: true }),
  topK: fc.integer({ min: 0, max: 70 }),
  topP: fc.oneof(fc.constant(1), fc.double({ min: 0.05, max: 0.99, noNaN: true })),
});

describe("sampleToken", () => {
  it("draws only what temperature, top-k and top-p leave, with its probability there", () => {
    fc.assert(
      fc.property(
        scores,
        config,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (list, settings, u) => {
          const values = logprobs(list);
          const { id, truncatedProbability } = sampleToken(values, settings, () => u);
          const expected = plainDistribution(values, settings).get(id);
          // A nucleus may end one token sooner or later where its sum meets topP within rounding.
          assert.ok(expected !== undefined || truncatedProbability < 0.999, `${id} was not kept`);
          if (expected !== undefined) assert.ok(Math.abs(expected - truncatedProbability) < 0.05 * expected + 1e-6);
        },
      ),
      { seed: 7 },
    );
  });

  it("is greedy at temperature 0, with k = 1, and with a tiny p", () => {
    fc.assert(
      fc.property(scores, (list) => {
        const values = logprobs(list);
        const random = seededRandom(1);
        const best = argmax(values);
        assert.equal(sampleToken(values, { temperature: 0, topK: 0, topP: 1 }, random).id, best);
        assert.equal(sampleToken(values, { temperature: 1, topK: 1, topP: 1 }, random).id, best);
        assert.equal(sampleToken(values, { temperature: 1, topK: 0, topP: 1e-9 }, random).id, best);
      }),
    );
  });

  it("draws as often as the probabilities say", () => {
    const values = logprobs([2, 1, 0, -1, -3]);
    const settings = { temperature: 0.8, topK: 4, topP: 0.97 };
    const expected = plainDistribution(values, settings);
    const random = seededRandom(42);
    const draws = 20_000;
    const counts = new Map<number, number>();
    for (let i = 0; i < draws; i++) {
      const { id } = sampleToken(values, settings, random);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    assert.deepEqual(new Set(counts.keys()), new Set(expected.keys()));
    for (const [id, p] of expected) {
      const deviation = Math.abs((counts.get(id) ?? 0) / draws - p) / Math.sqrt((p * (1 - p)) / draws);
      assert.ok(deviation < 4, `token ${id} deviates by ${deviation} standard errors`);
    }
  });

  it("gives the same tokens for the same seed, and others for another", () => {
    const values = logprobs(Array.from({ length: 50 }, (_, i) => Math.sin(i)));
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return Array.from({ length: 20 }, () => sampleToken(values, { temperature: 1, topK: 0, topP: 1 }, random).id);
    };
    assert.deepEqual(draw(3), draw(3));
    assert.notDeepEqual(draw(3), draw(4));
  });
});

describe("seededRandom", () => {
  it("gives numbers in [0, 1) with the mean and spread of a uniform", () => {
    const random = seededRandom(123);
    const numbers = Array.from({ length: 50_000 }, random);
    assert.ok(numbers.every((x) => x >= 0 && x < 1));
    const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
    const variance = numbers.reduce((a, b) => a + (b - mean) ** 2, 0) / numbers.length;
    assert.ok(Math.abs(mean - 0.5) < 0.005 && Math.abs(variance - 1 / 12) < 0.002);
  });
});

describe("sampleTop", () => {
  it("draws what sampleToken draws, with the same probability, from the most probable tokens alone", () => {
    const some = fc.record({
      temperature: fc.oneof(fc.constant(0), fc.double({ min: 0.2, max: 3, noNaN: true })),
      topK: fc.integer({ min: 1, max: 70 }),
      topP: fc.oneof(fc.constant(1), fc.double({ min: 0.05, max: 0.99, noNaN: true })),
      minP: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 0.5, noNaN: true })),
    });
    const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const more = fc.integer({ min: 0, max: 10 });
    fc.assert(
      fc.property(scores, some, draws, more, (list, settings, u, extra) => {
        const values = logprobs(list);
        const best = Array.from(values, (_, id) => id).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
        // More may be known than is drawn from: the alternatives that are shown.
        const ids = best.slice(0, settings.topK + extra);
        const top = { ids, scores: Float32Array.from(ids, (id) => values[id] ?? 0) };
        assert.deepEqual(
          sampleTop(top, settings, () => u),
          sampleToken(values, settings, () => u),
        );
      }),
      { seed: 11 },
    );
  });
});
