import assert from "node:assert/strict";
import fc from "fast-check";
import { forward } from "../../../../src/runtime/engine/forward";
import type { LoadedModel } from "../../../../src/runtime/engine/loadedModel";
import { processScores } from "../../../../src/runtime/engine/logitsProcessors";
import { createSampler } from "../../../../src/runtime/engine/sampler";
import { loadTiny } from "./tinyModel";

/** Logits as the engine hands them out. */
function scoresOf(logits: readonly number[]) {
  const max = Math.max(...logits);
  const lastLogSumExp = max + Math.log(logits.reduce((total, x) => total + Math.exp(x - max), 0));
  return { lastLogprobs: Float32Array.from(logits, (x) => x - lastLogSumExp), lastLogSumExp };
}

function assertLogits(found: Float32Array, lastLogSumExp: number, expected: readonly number[]) {
  assert.equal(found.length, expected.length);
  for (const [i, x] of expected.entries())
    assert.ok(
      Math.abs((found[i] ?? 0) + lastLogSumExp - x) < 1e-5,
      `${i}: ${(found[i] ?? 0) + lastLogSumExp}, not ${x}`,
    );
}

const nothing = { prompt: [0, 1], generated: [2, 2, 3] };

describe("processScores", () => {
  const logits = [3, -2, 1.5, -0.5, 4];
  const scores = scoresOf(logits);

  it("hands the very scores back where nothing is set", () => {
    assert.equal(processScores(scores, {}, nothing), scores.lastLogprobs);
    const off = { repetitionPenalty: 1, frequencyPenalty: 0, presencePenalty: 0 };
    assert.equal(processScores(scores, off, nothing), scores.lastLogprobs);
  });

  it("divides positive and multiplies negative logits of prompt and generated tokens, once each", () => {
    const found = processScores(scores, { repetitionPenalty: 2 }, nothing);
    assertLogits(found, scores.lastLogSumExp, [1.5, -4, 0.75, -1, 4]);
  });

  it("takes frequency times count and presence from generated tokens only", () => {
    const found = processScores(scores, { frequencyPenalty: 0.5, presencePenalty: 0.25 }, nothing);
    assertLogits(found, scores.lastLogSumExp, [3, -2, 1.5 - 2 * 0.5 - 0.25, -0.5 - 0.5 - 0.25, 4]);
  });

  it("adds the bias last, and leaves what it was given as it was", () => {
    const before = scores.lastLogprobs.slice();
    const found = processScores(scores, { repetitionPenalty: 2, logitBias: { 1: 10, 4: -100 } }, nothing);
    assertLogits(found, scores.lastLogSumExp, [1.5, 6, 0.75, -1, -96]);
    assert.deepEqual(scores.lastLogprobs, before);
  });

  it("does what the formulas written out over all logits do", () => {
    const ids = fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 12 });
    const config = fc.record({
      repetitionPenalty: fc.double({ min: 0.5, max: 2, noNaN: true }),
      frequencyPenalty: fc.double({ min: -2, max: 2, noNaN: true }),
      presencePenalty: fc.double({ min: -2, max: 2, noNaN: true }),
    });
    const list = fc.array(fc.double({ min: -8, max: 8, noNaN: true }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(list, ids, ids, config, (logits, prompt, generated, settings) => {
        const expected = logits.map((logit, id) => {
          let x = logit;
          if (prompt.includes(id) || generated.includes(id))
            x = x < 0 ? x * settings.repetitionPenalty : x / settings.repetitionPenalty;
          const count = generated.filter((other) => other === id).length;
          return x - settings.frequencyPenalty * count - (count > 0 ? settings.presencePenalty : 0);
        });
        const given = scoresOf(logits);
        const found = processScores(given, settings, { prompt, generated });
        // A logit within rounding of 0 may be taken for one on its other side: nearly 0 either way.
        assertLogits(found, given.lastLogSumExp, expected);
      }),
    );
  });
});

describe("createSampler", () => {
  it("counts the tokens it has chosen", () => {
    const sampler = createSampler(
      { maxNewTokens: 9, temperature: 0, topK: 0, topP: 1, seed: 0, frequencyPenalty: 2 },
      [0],
    );
    const scores = scoresOf([3, 2.5, 2]);
    assert.deepEqual(
      Array.from({ length: 6 }, () => sampler.fromAll(scores).id),
      [0, 1, 2, 0, 1, 2],
    );
  });
});

describe("the log of the sum of exponentials that the graph gives", () => {
  let model: LoadedModel;
  let free: () => Promise<void>;
  before(async () => ({ model, free } = await loadTiny(23)));
  after(() => free());

  it("makes logits of log-probabilities: those of the trace graph", async () => {
    const { trace } = await import("../../../../src/runtime/engine/trace");
    const ids = [3, 1, 22, 7];
    const cache = model.newCache(8);
    const read = await forward(model, cache, { ids, rows: [3], targets: [0], topK: 1 });
    const [lastLogprobs, { lastLogSumExp }] = [await read.lastLogprobs(), read];
    cache.dispose();
    const traced = await trace(await model.traceSession(), model.config, { ids: [ids] });
    const expected = traced.logits.slice(-23);
    for (const [i, logit] of expected.entries())
      assert.ok(Math.abs((lastLogprobs[i] ?? 0) + lastLogSumExp - logit) < 1e-4 * Math.max(1, Math.abs(logit)));
  });
});
