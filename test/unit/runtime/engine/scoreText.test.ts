import assert from "node:assert/strict";
import fc from "fast-check";
import type { LoadedModel } from "../../../../src/runtime/engine/loadedModel";
import { scoreTokens } from "../../../../src/runtime/engine/score";
import { ScoreMemo, type TokenPredictions } from "../../../../src/runtime/engine/scoreMemo";
import { scoreText, scoreWindows } from "../../../../src/runtime/engine/scoreText";
import { CancelledError, RuntimeError } from "../../../../src/runtime/errors";
import { loadStarter, sampleText } from "./starter";
import { loadTiny } from "./tinyModel";

const describeToken = (id: number) => ({ id, text: String(id) });
const { signal } = new AbortController();
const options = { topK: 3, describe: describeToken, signal };

function assertAlike(found: TokenPredictions, expected: TokenPredictions): void {
  assert.equal(found.length, expected.length);
  for (const [i, prediction] of found.entries()) {
    const other = expected[i];
    assert.equal(prediction === null, other === null, `token ${i}`);
    if (!prediction || !other) continue;
    assert.ok(Math.abs(prediction.logprob - other.logprob) < 1e-4, `token ${i}: ${prediction.logprob}`);
    assert.ok(Math.abs(prediction.entropy - other.entropy) < 1e-4, `entropy at ${i}`);
    for (const [k, { logprob }] of prediction.top.entries())
      assert.ok(Math.abs(logprob - (other.top[k]?.logprob ?? 0)) < 1e-4, `alternative ${k} at ${i}`);
  }
}

/** Every window by itself, from its start: what the text is scored like when nothing is kept. */
async function windowByWindow(model: LoadedModel, ids: readonly number[], context: number): Promise<TokenPredictions> {
  const all: TokenPredictions[number][] = [null];
  const half = Math.max(1, Math.floor(context / 2));
  for (let start = 0; all.length < ids.length; start += context + 1 - half) {
    // The last token of the slice is only predicted: one more than the context.
    const scored = await scoreTokens(model, ids.slice(start, start + context + 1), options);
    all.push(...scored.slice(all.length - start));
  }
  return all;
}

describe("scoring a text from memory", () => {
  let model: LoadedModel;
  let free: () => Promise<void>;
  before(async () => {
    ({ model, free } = await loadTiny(11));
  });
  after(() => free());

  it("gives what scoring afresh gives, whatever was scored before and however it was edited", async () => {
    const ids = fc.array(fc.nat(10), { minLength: 1, maxLength: 110 });
    const edit = fc.record({ at: fc.nat(110), cut: fc.nat(4), put: fc.array(fc.nat(10), { maxLength: 4 }) });
    await fc.assert(
      fc.asyncProperty(ids, fc.array(edit, { maxLength: 8 }), async (first, edits) => {
        let text = first;
        for (const { at, cut, put } of [{ at: 0, cut: 0, put: [] }, ...edits]) {
          text = [...text.slice(0, at), ...put, ...text.slice(at + cut)];
          if (text.length === 0) text = [0];
          const { predictions, read, reused, slides } = await scoreText(model, text, options);
          assertAlike(predictions, await windowByWindow(model, text, 48));
          assert.equal(slides, Math.max(0, scoreWindows(text.length, 48).length - 1));
          assert.ok(reused < text.length && (reused < text.length - 1 || read === 0));
        }
      }),
      { numRuns: 30, seed: 5 },
    );
  });

  it("keeps what was scored when it is cancelled", async () => {
    const starter = await loadStarter();
    try {
      const ids = Array.from({ length: 200 }, (_, i) => (i * 31) % 900);
      const controller = new AbortController();
      const cancelled = scoreText(starter, ids, {
        ...options,
        signal: controller.signal,
        onProgress: (done) => done > 100 && controller.abort(),
      });
      await assert.rejects(cancelled, CancelledError);
      const { reused, read, predictions } = await scoreText(starter, ids, options);
      assert.deepEqual([reused, read], [128, 199 - 128]);
      assertAlike(predictions, await scoreTokens(starter, ids, options));
    } finally {
      await starter.dispose();
    }
  });

  it("reads one token for a letter at the end of a text of 400, and a few for one before", async () => {
    const starter = await loadStarter();
    try {
      const whole = starter.tokenizer?.encode(sampleText.repeat(3)).slice(0, 400) ?? [];
      assert.equal((await scoreText(starter, whole, options)).read, 399);
      const longer = await scoreText(starter, [...whole, 17], options);
      assert.deepEqual([longer.read, longer.reused], [1, 399]);
      const changed = await scoreText(starter, [...whole.slice(0, 390), 5, ...whole.slice(391)], options);
      assert.deepEqual([changed.read, changed.reused], [399 - 389, 389]);
      const again = await scoreText(starter, whole.slice(0, 380), options);
      assert.deepEqual([again.read, again.reused], [0, 379]);
      const other = { ...options, topK: 4 };
      assert.equal((await scoreText(starter, whole.slice(0, 300), other)).reused, 0);
    } finally {
      await starter.dispose();
    }
  });

  it("refuses ids outside the vocabulary, and then remembers nothing", async () => {
    await assert.rejects(scoreText(model, [1, 2, 99], options), RuntimeError);
    assert.equal((await scoreText(model, [1], options)).predictions.length, 1);
  });
});

describe("the windows of a long text", () => {
  it("predict every token but the first once, see at least half a context, and never more than one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 64 }), (length, context) => {
        const windows = scoreWindows(length, context);
        const predicted = windows.flatMap(({ first, last }) =>
          Array.from({ length: last - first + 1 }, (_, i) => first + i),
        );
        assert.deepEqual(
          predicted,
          Array.from({ length: length - 1 }, (_, i) => i + 1),
        );
        for (const [i, { start, first, last }] of windows.entries()) {
          assert.ok(last - start <= context && first > start);
          assert.ok(i === 0 || first - start >= Math.max(1, Math.floor(context / 2)));
        }
      }),
    );
  });
});

describe("the memory of scored texts", () => {
  const predictions = (count: number): TokenPredictions =>
    Array.from({ length: count }, (_, i) => (i === 0 ? null : { logprob: -i, rank: 1, entropy: 0, top: [] }));

  it("gives the longest beginning, of the same number of alternatives", () => {
    const memo = new ScoreMemo();
    memo.keep([1, 2, 3, 4, 5], 0, predictions(5));
    memo.keep([1, 2, 9, 9, 9, 9, 9], 0, predictions(7));
    assert.equal(memo.shared([1, 2, 3, 7], 0).length, 3);
    assert.deepEqual(memo.shared([1, 2, 9], 0), predictions(3));
    assert.deepEqual(memo.shared([1, 2, 9], 1), [null]);
    assert.deepEqual(memo.shared([5], 0), [null]);
  });

  it("replaces a text by its edit, and forgets what is oldest and what is too much", () => {
    const memo = new ScoreMemo();
    memo.keep([7, 7], 0, predictions(2));
    for (let length = 1; length < 20; length++) memo.keep(Array(length).fill(1), 0, predictions(length));
    assert.equal(memo.shared([7, 7], 0).length, 2);
    for (let first = 10; first < 14; first++) memo.keep([first, 0], 0, predictions(2));
    assert.equal(memo.shared([7, 7], 0).length, 1);
    const long = Array.from({ length: 3000 }, () => 5);
    memo.keep(long, 100, predictions(3000));
    assert.equal(memo.shared(long, 100).length, 1);
  });
});
