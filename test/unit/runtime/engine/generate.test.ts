import assert from "node:assert/strict";
import { type GenerateOptions, generateTokens, type TokenStep } from "../../../../src/runtime/engine/generate";
import type { LoadedModel } from "../../../../src/runtime/engine/loadedModel";
import { scoreTokens, summarize } from "../../../../src/runtime/engine/score";
import { CancelledError, RuntimeError } from "../../../../src/runtime/errors";
import { loadStarter, sampleText } from "./starter";

const describeToken = (id: number) => ({ id, text: String(id) });

describe("the engine on the starter model", () => {
  let model: LoadedModel;
  let prompt: number[];

  before(async () => {
    model = await loadStarter();
    prompt = model.tokenizer?.encode("export function ") ?? [];
  });
  after(() => model.dispose());

  function options(
    config: Partial<GenerateOptions["config"]> = {},
    signal = new AbortController().signal,
  ): GenerateOptions {
    const defaults = { maxNewTokens: 24, temperature: 0, topK: 0, topP: 1, seed: 1 };
    return { config: { ...defaults, ...config }, topK: 5, describe: describeToken, signal, endOfText: null };
  }

  async function collect(settings: GenerateOptions, ids = prompt): Promise<{ steps: TokenStep[]; reason: string }> {
    const steps: TokenStep[] = [];
    const stream = generateTokens(model, ids, settings);
    for (;;) {
      const next = await stream.next();
      if (next.done) return { steps, reason: next.value };
      steps.push(next.value);
    }
  }

  it("gives every generated token the probability that scoring gives it", async () => {
    const { steps } = await collect(options({ temperature: 1, topK: 50, seed: 5 }));
    const ids = [...prompt, ...steps.map(({ id }) => id)];
    const { signal } = options();
    const scored = (await scoreTokens(model, ids, { topK: 5, describe: describeToken, signal })).slice(prompt.length);
    for (const [i, step] of steps.entries()) {
      assert.ok(Math.abs(step.prediction.logprob - (scored[i]?.logprob ?? 0)) < 1e-4);
      assert.ok(Math.abs(step.prediction.entropy - (scored[i]?.entropy ?? 0)) < 1e-3);
      assert.equal(step.prediction.rank, scored[i]?.rank);
      assert.deepEqual(
        step.prediction.top.map(({ id }) => id),
        scored[i]?.top.map(({ id }) => id),
      );
    }
  });

  it("repeats itself with the same seed and not with another", async () => {
    const ids = async (seed: number) => (await collect(options({ temperature: 1, seed }))).steps.map(({ id }) => id);
    assert.deepEqual(await ids(11), await ids(11));
    assert.notDeepEqual(await ids(11), await ids(12));
  });

  it("ends when the tokens asked for are there, or when the context is full", async () => {
    assert.equal((await collect(options({ maxNewTokens: 3 }))).steps.length, 3);
    const nearlyFull = Array.from({ length: model.config.nPositions - 2 }, (_, i) => i % 200);
    const { steps, reason } = await collect(options({ maxNewTokens: 50, contextFull: "stop" }), nearlyFull);
    assert.deepEqual([steps.length, reason], [3, "contextFull"]);
  });

  it("drops the earlier half of a full context, says so, and goes on as from what is left", async () => {
    const { nPositions } = model.config;
    const nearlyFull = Array.from({ length: nPositions - 2 }, (_, i) => i % 200);
    const { steps, reason } = await collect(options({ maxNewTokens: 20, temperature: 1 }), nearlyFull);
    assert.deepEqual([steps.length, reason], [20, "maxNewTokens"]);
    const dropped = nPositions + 1 - nPositions / 2;
    assert.deepEqual(
      steps.map((step) => step.dropped),
      steps.map((_, i) => (i < 3 ? 0 : dropped)),
    );
    const all = [...nearlyFull, ...steps.map(({ id }) => id)];
    const seen = all.slice(dropped);
    const { signal } = options();
    const scored = await scoreTokens(model, seen, { topK: 0, describe: describeToken, signal });
    for (const [i, step] of steps.slice(3).entries()) {
      const expected = scored[seen.length - (steps.length - 3) + i];
      assert.ok(Math.abs(step.prediction.logprob - (expected?.logprob ?? 0)) < 1e-4);
    }
  });

  it("does not read again what an earlier text shares, and says the same", async () => {
    const text = model.tokenizer?.encode(sampleText) ?? [];
    const fresh = await loadStarter();
    try {
      const longer = text.slice(0, 120);
      await collect(options({ maxNewTokens: 4 }), text.slice(0, 100));
      const before = model.prefixCache.statistics.reused;
      const warm = await collect(options({ maxNewTokens: 4, temperature: 1 }), longer);
      assert.ok(model.prefixCache.statistics.reused - before >= 100);
      const counting = fresh.prefixCache.statistics;
      assert.equal(counting.reused, 0);
      const cold: TokenStep[] = [];
      for await (const step of generateTokens(fresh, longer, options({ maxNewTokens: 4, temperature: 1 })))
        cold.push(step);
      assert.deepEqual(
        warm.steps.map(({ id }) => id),
        cold.map(({ id }) => id),
      );
      for (const [i, { prediction }] of warm.steps.entries())
        assert.ok(Math.abs(prediction.logprob - (cold[i]?.prediction.logprob ?? 0)) < 1e-4);
    } finally {
      await fresh.dispose();
    }
  });

  it("guesses tokens from the text, verifies them in fewer passes, and says the same", async () => {
    const repeating = model.tokenizer?.encode("  total += a.x * b.x;\n  total += a.y * b.y;\n".repeat(6)) ?? [];
    for (const ids of [repeating, model.tokenizer?.encode(sampleText) ?? []]) {
      let passes = 0;
      const run = (...args: Parameters<typeof model.session.run>) => {
        passes++;
        return model.session.run(...args);
      };
      const counting: LoadedModel = Object.create(model, { session: { value: { run } } });
      const settings = options({ maxNewTokens: 60 });
      const guessed: TokenStep[] = [];
      for await (const step of generateTokens(counting, ids, settings)) guessed.push(step);
      if (ids === repeating) assert.ok(passes < 30, `${passes} passes`);
      const plain = await collect({ ...settings, lookup: false }, ids);
      assert.deepEqual(
        guessed.map(({ id }) => id),
        plain.steps.map(({ id }) => id),
      );
      for (const [i, { prediction }] of guessed.entries()) {
        const expected = plain.steps[i]?.prediction;
        assert.ok(Math.abs(prediction.logprob - (expected?.logprob ?? 0)) < 1e-4);
        assert.equal(prediction.rank, expected?.rank);
      }
    }
  });

  it("guesses where tokens are drawn too, and draws the same", async () => {
    const repeating = model.tokenizer?.encode("  total += a.x * b.x;\n  total += a.y * b.y;\n".repeat(6)) ?? [];
    for (const seed of [1, 2, 3, 4]) {
      for (const [ids, temperature] of [
        [repeating, 0.4],
        [model.tokenizer?.encode(sampleText) ?? [], 1],
      ] as const) {
        let passes = 0;
        const run = (...args: Parameters<typeof model.session.run>) => {
          passes++;
          return model.session.run(...args);
        };
        const counting: LoadedModel = Object.create(model, { session: { value: { run } } });
        const settings = options({ maxNewTokens: 50, temperature, topK: 40, topP: 0.95, seed });
        const guessed: TokenStep[] = [];
        for await (const step of generateTokens(counting, ids, settings)) guessed.push(step);
        if (ids === repeating) assert.ok(passes < guessed.length, `${passes} passes`);
        const plain = await collect({ ...settings, lookup: false }, ids);
        assert.deepEqual(
          guessed.map(({ id, prediction }) => [id, prediction.rank]),
          plain.steps.map(({ id, prediction }) => [id, prediction.rank]),
        );
        for (const [i, { truncatedProbability }] of guessed.entries())
          assert.ok(Math.abs(truncatedProbability - (plain.steps[i]?.truncatedProbability ?? 0)) < 1e-4);
      }
    }
  });

  it("ends at the end of text", async () => {
    const first = (await collect(options({ maxNewTokens: 1 }))).steps[0]?.id ?? 0;
    const { steps, reason } = await collect({ ...options(), endOfText: first });
    assert.deepEqual([steps.map(({ id }) => id), reason], [[first], "endOfText"]);
  });

  it("runs no pass after it was cancelled", async () => {
    const controller = new AbortController();
    let passes = 0;
    const run = (...args: Parameters<typeof model.session.run>) => {
      passes++;
      return model.session.run(...args);
    };
    const counting: LoadedModel = Object.create(model, { session: { value: { run } } });
    const stream = generateTokens(counting, prompt, options({ maxNewTokens: 100 }, controller.signal));
    await stream.next();
    await stream.next();
    const before = passes;
    controller.abort();
    await assert.rejects(stream.next(), CancelledError);
    assert.equal(passes, before);
  });

  it("cancels scoring between stretches, soon", async () => {
    const controller = new AbortController();
    const ids = Array.from({ length: 512 }, (_, i) => i % 300);
    const work = scoreTokens(model, ids, {
      topK: 1,
      describe: describeToken,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await assert.rejects(work, CancelledError);
  });

  it("scores a text of many stretches with probabilities that are probabilities", async () => {
    const ids = model.tokenizer?.encode(sampleText) ?? [];
    assert.ok(ids.length > 130, "the text spans three stretches");
    const progress: number[] = [];
    const predictions = await scoreTokens(model, ids, {
      topK: 100,
      describe: describeToken,
      signal: options().signal,
      onProgress: (done) => progress.push(done),
    });
    assert.equal(predictions.length, ids.length);
    assert.equal(predictions[0], null);
    assert.equal(progress.at(-1), ids.length);
    for (const prediction of predictions.slice(1)) {
      assert.ok(prediction && prediction.logprob <= 0 && prediction.rank >= 1 && prediction.entropy <= 13.001);
      assert.ok(prediction.top.reduce((sum, t) => sum + Math.exp(t.logprob), 0) <= 1 + 1e-5);
      const shown = prediction.top[prediction.rank - 1];
      if (shown) assert.ok(Math.abs(shown.logprob - prediction.logprob) < 1e-6);
    }
    const { bits, perplexity, tokens } = summarize(predictions, 100);
    assert.ok(Math.abs(perplexity - 2 ** (bits / tokens)) < 1e-9 && perplexity < 400, "the starter knows code");
  });

  it("scores one token, which has no prediction, and refuses ids outside the vocabulary", async () => {
    const score = (ids: number[]) =>
      scoreTokens(model, ids, { topK: 1, describe: describeToken, signal: options().signal });
    assert.deepEqual(await score([5]), [null]);
    for (const bad of [-1, 8192, 1.5])
      await assert.rejects(score([1, bad]), (e) => e instanceof RuntimeError && e.code === "invalidTokenIds");
  });
});
