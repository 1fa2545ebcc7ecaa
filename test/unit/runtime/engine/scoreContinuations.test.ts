import assert from "node:assert/strict";
import fc from "fast-check";
import type { LoadedModel } from "../../../../src/runtime/engine/loadedModel";
import { scoreTokens } from "../../../../src/runtime/engine/score";
import { type Continuation, scoreContinuations } from "../../../../src/runtime/engine/scoreContinuations";
import { CancelledError, RuntimeError } from "../../../../src/runtime/errors";
import { loadStarter } from "./starter";

const { signal } = new AbortController();

/** From scratch: the whole text scored by itself. */
async function alone(model: LoadedModel, { ids, start }: Continuation) {
  const scored = await scoreTokens(model, ids, { topK: 0, describe: (id) => ({ id, text: "" }), signal });
  const tokens = scored.slice(start);
  return {
    logprob: tokens.reduce((sum, token) => sum + (token?.logprob ?? 0), 0),
    isGreedy: tokens.every((token) => token?.rank === 1),
  };
}

async function check(model: LoadedModel, items: readonly Continuation[]): Promise<number> {
  const { scores, computed } = await scoreContinuations(model, items, { signal });
  assert.equal(scores.length, items.length);
  for (const [i, item] of items.entries()) {
    const expected = await alone(model, item);
    assert.ok(Math.abs((scores[i]?.logprob ?? 0) - expected.logprob) < 1e-4, `item ${i}`);
    assert.equal(scores[i]?.isGreedy, expected.isGreedy);
  }
  return computed;
}

describe("scoring continuations", () => {
  let model: LoadedModel;
  before(async () => {
    model = await loadStarter();
  });
  after(() => model.dispose());

  it("gives what scoring each text from scratch gives, for texts that share anything", async () => {
    // Few different tokens, so that texts branch everywhere, end inside each other and repeat.
    const ids = fc.array(fc.nat(1), { minLength: 2, maxLength: 12 });
    const item = ids.chain((all) =>
      fc.record({ ids: fc.constant(all), start: fc.integer({ min: 1, max: all.length - 1 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 12 }), async (items) => {
        const computed = await check(model, items);
        assert.ok(computed <= items.reduce((sum, { ids }) => sum + ids.length - 1, 0));
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  it("reads a few-shot prompt once, and labels' tokens only", async () => {
    const prompt = Array.from({ length: 300 }, (_, i) => (i * 37) % 500);
    const labels = [[1, 2], [1, 3], [4], [5, 6, 7]];
    const items = Array.from({ length: 5 }, (_, i) => [600 + i, 601, 602]).flatMap((query) =>
      labels.map((label) => ({ ids: [...prompt, ...query, ...label], start: 303 })),
    );
    const { computed } = await scoreContinuations(model, items, { signal });
    // The prompt, five queries, and after each: one token of two labels, none of the third, two of the fourth.
    assert.equal(computed, 300 + 5 * (3 + 1 + 0 + 2));
    assert.equal(await check(model, items.slice(0, 4)), 1 + 3 + 1 + 2 - 1);
  });

  it("reads branches that are too long for one pass too, beside small ones", async () => {
    const long = (first: number) => [5, 6, ...Array.from({ length: 150 }, (_, i) => (first * i) % 700)];
    const items = [
      { ids: long(3), start: 100 },
      { ids: [5, 6, 800, 801], start: 2 },
      { ids: long(11), start: 2 },
      { ids: [5, 6, 900, 801, 17], start: 3 },
      { ids: [...long(3), 40], start: 152 },
    ];
    await check(model, items);
  });

  it("leaves in the cache only what is a text: what is generated afterwards is what it would have been", async () => {
    const { generateTokens } = await import("../../../../src/runtime/engine/generate");
    const prompt = [5, 6, 9, 20, 21, 22, 9, 23];
    const generate = async (on: LoadedModel) => {
      const config = { maxNewTokens: 8, temperature: 0, topK: 0, topP: 1, seed: 0 };
      const options = { config, endOfText: null, topK: 1, describe: (id: number) => ({ id, text: "" }), signal };
      const ids: number[] = [];
      for await (const { id } of generateTokens(on, prompt, options)) ids.push(id);
      return ids;
    };
    const fresh = await loadStarter();
    const expected = await generate(fresh);
    await fresh.dispose();
    const branches = [20, 23, 30].map((id) => ({ ids: [5, 6, 9, id, 21, 22, 9, 23, 4], start: 3 }));
    await scoreContinuations(model, branches, { signal });
    assert.deepEqual(await generate(model), expected);
  });

  it("asks for more tokens after one place than a pass gives", async () => {
    const items = Array.from({ length: 150 }, (_, i) => ({ ids: [10, 11, 12, 100 + i, 7], start: 3 }));
    await check(model, items.slice(0, 100));
    const { computed } = await scoreContinuations(model, items, { signal });
    assert.ok(computed < 150 + 10, `${computed}`);
  });

  it("tells how far it is, and stops when cancelled", async () => {
    const items = Array.from({ length: 40 }, (_, i) => ({ ids: [i, ...Array(20).fill(3)], start: 1 }));
    const seen: number[] = [];
    await scoreContinuations(model, items, { signal, onProgress: (done) => seen.push(done) });
    assert.ok(seen.length > 5 && seen.at(-1) === 40, `${seen}`);
    assert.deepEqual(
      seen,
      [...new Set(seen)].sort((a, b) => a - b),
    );
    const controller = new AbortController();
    const stopped = scoreContinuations(model, items, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await assert.rejects(stopped, CancelledError);
  });

  it("refuses ids and places that are none", async () => {
    const wrong = (item: Continuation) => scoreContinuations(model, [item], { signal });
    await assert.rejects(wrong({ ids: [1, 99_999], start: 1 }), RuntimeError);
    await assert.rejects(wrong({ ids: [1, 2], start: 0 }), RangeError);
    await assert.rejects(wrong({ ids: [1, 2], start: 2 }), RangeError);
    assert.deepEqual(await scoreContinuations(model, [], { signal }), { scores: [], computed: 0 });
  });
});
