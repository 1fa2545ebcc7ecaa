import assert from "node:assert/strict";
import { type BeamSearchOptions, beamSearch } from "../../../../src/runtime/engine/beamSearch";
import { generateTokens } from "../../../../src/runtime/engine/generate";
import type { LoadedModel } from "../../../../src/runtime/engine/loadedModel";
import { scoreTokens } from "../../../../src/runtime/engine/score";
import { CancelledError } from "../../../../src/runtime/errors";
import { loadTiny, withoutForks } from "./tinyModel";

const vocabSize = 4;
const endOfText = 0;
const prompt = [1, 2, 3, 1];
const describe_ = (id: number) => ({ id, text: String(id) });
const { signal } = new AbortController();

/** Everything that can follow: up to `length` tokens, shorter only with an end of text. */
function continuations(length: number): number[][] {
  if (length === 0) return [[]];
  const ids = Array.from({ length: vocabSize }, (_, id) => id);
  return ids.flatMap((id) => (id === endOfText ? [[id]] : continuations(length - 1).map((rest) => [id, ...rest])));
}

for (const seed of [1, 2, 3]) {
  describe(`beam search on a tiny model (seed ${seed})`, () => {
    let model: LoadedModel;
    let free: () => Promise<void>;
    before(async () => ({ model, free } = await loadTiny(vocabSize, seed)));
    after(() => free());

    const options = (more: Partial<BeamSearchOptions>): BeamSearchOptions => {
      const standard = {
        numBeams: 4,
        lengthPenalty: 0.6,
        earlyStopping: false,
        maxNewTokens: 3,
        endOfText,
        signal,
      } as const;
      return { ...standard, ...more };
    };

    async function logprob(ids: readonly number[]): Promise<number> {
      const scored = await scoreTokens(model, [...prompt, ...ids], { topK: 1, describe: describe_, signal });
      return scored.slice(prompt.length).reduce((sum, token) => sum + (token?.logprob ?? 0), 0);
    }

    /** The best by scoring every one. */
    async function bestOfAll(length: number, lengthPenalty: number, count: number) {
      const all: { ids: number[]; score: number }[] = [];
      for (const ids of continuations(length))
        all.push({ ids, score: (await logprob(ids)) / ids.length ** lengthPenalty });
      return all.sort((a, b) => b.score - a.score).slice(0, count);
    }

    for (const lengthPenalty of [0, 0.6, 1]) {
      it(`finds the best of all when it is wide enough, α = ${lengthPenalty}`, async () => {
        const width = vocabSize ** 2;
        const found = await beamSearch(
          model,
          prompt,
          options({ numBeams: width, lengthPenalty, earlyStopping: "never" }),
        );
        const expected = await bestOfAll(3, lengthPenalty, 5);
        for (const [i, { ids, score }] of expected.entries()) {
          assert.deepEqual(found[i]?.ids, ids);
          assert.ok(Math.abs((found[i]?.score ?? 0) - score) < 1e-4);
        }
      });
    }

    it("is greedy with width 1", async () => {
      const config = { maxNewTokens: 12, temperature: 0, topK: 0, topP: 1, seed: 0 };
      const greedy: number[] = [];
      const steps = generateTokens(model, prompt, { config, endOfText: null, topK: 1, describe: describe_, signal });
      for await (const { id } of steps) greedy.push(id);
      const [found] = await beamSearch(model, prompt, options({ numBeams: 1, maxNewTokens: 12, endOfText: null }));
      assert.deepEqual(found?.ids, greedy);
      assert.equal(found?.finishReason, "maxNewTokens");
    });

    it("tells each one's log-probability and score as scoring does", async () => {
      const found = await beamSearch(model, prompt, options({ numBeams: 4, maxNewTokens: 10 }));
      assert.equal(found.length, 4);
      for (const { ids, logprob: told, score, finishReason } of found) {
        assert.ok(Math.abs(told - (await logprob(ids))) < 1e-3);
        assert.equal(score, told / ids.length ** 0.6);
        assert.equal(finishReason, ids.at(-1) === endOfText ? "endOfText" : "maxNewTokens");
      }
      assert.deepEqual(
        [...found].sort((a, b) => b.score - a.score),
        found,
      );
      assert.equal(new Set(found.map(({ ids }) => ids.join())).size, 4);
    });

    it("completes what the caller says is complete", async () => {
      const isComplete = (generated: readonly number[]) => generated.join().endsWith("2,3");
      const found = await beamSearch(model, prompt, options({ maxNewTokens: 6, endOfText: null, isComplete }));
      for (const { ids, finishReason } of found) {
        assert.equal(isComplete(ids), finishReason === "stop");
        for (let end = 1; end < ids.length; end++) assert.ok(!isComplete(ids.slice(0, end)));
      }
    });

    it("gives the same where caches cannot be copied, and frees every cache", async () => {
      const device = withoutForks(model);
      const settings = options({ maxNewTokens: 8 });
      const [found, expected] = [
        await beamSearch(device.model, prompt, settings),
        await beamSearch(model, prompt, settings),
      ];
      assert.deepEqual(
        found.map(({ ids }) => ids),
        expected.map(({ ids }) => ids),
      );
      for (const [i, { score }] of expected.entries()) assert.ok(Math.abs((found[i]?.score ?? 0) - score) < 1e-5);
      assert.equal(device.open(), 0);
    });

    it("ends when the context is full", async () => {
      const long = Array.from({ length: model.config.nPositions - 2 }, (_, i) => i % 3);
      const found = await beamSearch(model, long, options({ endOfText: null, maxNewTokens: 40 }));
      assert.ok(found.every(({ ids, finishReason }) => ids.length === 3 && finishReason === "contextFull"));
    });

    it("can be cancelled between passes", async () => {
      const controller = new AbortController();
      let passes = 0;
      const run = (...args: Parameters<typeof model.session.run>) => {
        if (++passes === 4) controller.abort();
        return model.session.run(...args);
      };
      const counting: LoadedModel = Object.create(model, { session: { value: { run } } });
      const settings = options({ maxNewTokens: 20, endOfText: null, signal: controller.signal });
      await assert.rejects(beamSearch(counting, prompt, settings), CancelledError);
      assert.equal(passes, 4);
    });
  });
}
