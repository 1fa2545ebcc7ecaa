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
    assert.deepEqual([seen.length, seen.at(-1)], [40, 40]);
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
