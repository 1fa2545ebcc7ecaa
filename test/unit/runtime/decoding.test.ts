import assert from "node:assert/strict";
import type { BeamSearchConfig, SampleEvent } from "../../../src/runtime/decodingProtocol";
import { CancelledError, RuntimeError } from "../../../src/runtime/errors";
import type { GeneratedToken, GenerateParams, GenerationConfig } from "../../../src/runtime/protocol";
import { RuntimeService } from "../../../src/runtime/service";
import { starterFolder } from "./engine/starter";

const model = { folder: starterFolder, device: "cpu" } as const;
const prompt = "export function distance(a, b) {";
const context = { signal: new AbortController().signal };
const isInvalid = (pattern: RegExp) => (error: unknown) =>
  error instanceof RuntimeError && error.code === "invalidRequest" && pattern.test(error.message);
const isCode = (code: string) => (error: unknown) => error instanceof RuntimeError && error.code === code;

describe("decoding on the starter", function () {
  this.timeout(240_000);
  const service = new RuntimeService();
  after(() => service.dispose());

  function generateParams(config: Partial<GenerationConfig> = {}): GenerateParams {
    const standard = { maxNewTokens: 12, temperature: 0.9, topK: 0, topP: 1, seed: 4, stop: [] };
    return { model, prompt, config: { ...standard, ...config }, topAlternatives: 0 };
  }
  const text = async (config: Partial<GenerationConfig>) =>
    (await service.generate(generateParams(config), context, () => undefined)).text;

  describe("a prompt of tokens", () => {
    const greedy = { temperature: 0, maxNewTokens: 24 };
    async function generated(from: GenerateParams["prompt"], maxNewTokens: number): Promise<readonly GeneratedToken[]> {
      const tokens: GeneratedToken[] = [];
      const params = { ...generateParams({ ...greedy, maxNewTokens }), prompt: from, topAlternatives: 3 };
      await service.generate(params, context, (event) => {
        if (event.kind === "token") tokens.push(event.token);
      });
      return tokens;
    }
    const idsOf = (tokens: readonly { readonly id: number }[]) => tokens.map(({ id }) => id);

    it("goes on as the model itself would, when its own most probable token is given", async () => {
      const plain = await generated(prompt, 24);
      const { tokens } = await service.score({ model, input: { kind: "text", text: prompt }, topK: 0 }, context);
      for (const given of [1, 7]) {
        const own = idsOf(plain.slice(0, given));
        const branch = await generated({ ids: [...idsOf(tokens), ...own] }, 24 - given);
        assert.deepEqual(idsOf(branch), idsOf(plain).slice(given));
        const behindText = await generated({ text: prompt, ids: own }, 24 - given);
        assert.deepEqual(idsOf(behindText), idsOf(plain).slice(given));
      }
    });

    it("goes another way after another token", async () => {
      const [first] = await generated(prompt, 1);
      const other = first?.prediction.top[1];
      assert.ok(first && other && other.id !== first.id);
      const branch = await generated({ text: prompt, ids: [other.id] }, 12);
      assert.notDeepEqual(idsOf(branch), idsOf(await generated({ text: prompt, ids: [first.id] }, 12)));
    });

    it("may end inside a character, and is refused where there is no such token", async () => {
      const { tokens } = await service.score({ model, input: { kind: "text", text: "naïve 🙂" }, topK: 0 }, context);
      const broken = tokens.findIndex(({ bytes }) => bytes !== undefined);
      assert.ok(broken > 0, "the starter has no token for the emoji");
      assert.equal((await generated({ ids: idsOf(tokens.slice(0, broken + 1)) }, 3)).length, 3);
      await assert.rejects(generated({ ids: [1, 8192] }, 1), isCode("invalidTokenIds"));
      await assert.rejects(generated({ ids: [] }, 1), isCode("emptyText"));
    });
  });

  describe("options", () => {
    it("change nothing when they are at their defaults", async () => {
      const off = { minP: 0, repetitionPenalty: 1, frequencyPenalty: 0, presencePenalty: 0, logitBias: {} };
      assert.equal(await text(off), await text({}));
    });

    it("change the text when they are set, and give the same text for the same seed", async () => {
      const plain = await text({ temperature: 0, maxNewTokens: 40 });
      for (const config of [{ repetitionPenalty: 2 }, { frequencyPenalty: 3 }, { presencePenalty: 5 }]) {
        const changed = await text({ temperature: 0, maxNewTokens: 40, ...config });
        assert.notEqual(changed, plain, JSON.stringify(config));
      }
      assert.equal(await text({ minP: 1 }), await text({ temperature: 0 }));
      const all = { minP: 0.02, repetitionPenalty: 1.3, presencePenalty: 0.5, seed: 8 };
      assert.equal(await text(all), await text(all));
    });

    it("never draw a token that the bias forbids, and always one that it wants", async () => {
      const ids: number[] = [];
      const params = generateParams({ logitBias: { 300: 1e6 } });
      await service.generate(params, context, (event) => {
        if (event.kind === "token") ids.push(event.token.id);
      });
      assert.deepEqual(new Set(ids), new Set([300]));
    });

    it("are told by key when they are wrong", async () => {
      const refused = (config: object, pattern: RegExp) =>
        assert.rejects(
          service.generate(generateParams(config), context, () => undefined),
          isInvalid(pattern),
        );
      await refused({ minP: 2 }, /config\.minP/);
      await refused({ repetitionPenalty: 0 }, /config\.repetitionPenalty/);
      await refused({ logitBias: { a: 1 } }, /config\.logitBias/);
      await assert.rejects(
        service.generate(generateParams({ logitBias: { 999999: 1 } }), context, () => undefined),
        (error) => error instanceof RuntimeError && error.code === "invalidTokenIds",
      );
    });
  });

  describe("samples", () => {
    it("are what their seeds give by themselves, stop strings included", async () => {
      const events: SampleEvent[] = [];
      const params = { ...generateParams({ stop: ["\n"] }), n: 3 };
      const { samples } = await service.samples(params, context, (event) => events.push(event));
      assert.equal(samples.length, 3);
      assert.equal(samples[0]?.seed, 4);
      for (const [i, { seed, text: found, tokens }] of samples.entries()) {
        assert.equal(found, await text({ stop: ["\n"], seed }));
        const own = events.filter((event) => event.kind === "token" && event.sample === i);
        assert.equal(own.length, tokens);
      }
      assert.equal(events[0]?.kind, "prompt");
      assert.equal(events.filter(({ kind }) => kind === "prompt").length, 1);
    });

    it("keep what they had when they are cancelled", async () => {
      const controller = new AbortController();
      const params = { ...generateParams({ maxNewTokens: 6 }), n: 5 };
      const { samples } = await service.samples(params, { signal: controller.signal }, (event) => {
        if (event.kind === "token" && event.sample === 1 && event.token.start > 0) controller.abort();
      });
      assert.deepEqual(
        samples.map(({ finishReason }) => finishReason),
        ["maxNewTokens", "cancelled"],
      );
      assert.equal(samples[0]?.text, await text({ maxNewTokens: 6 }));
    });
  });

  describe("beam search", () => {
    const search = (config: Partial<BeamSearchConfig> = {}, signal = context.signal) => {
      const standard = { maxNewTokens: 10, stop: [], numBeams: 4, lengthPenalty: 0.6, numReturnSequences: 2 };
      return service.beamSearch({ model, prompt, config: { ...standard, ...config } }, { signal });
    };

    it("is greedy with one beam, and at least as good with four", async () => {
      const one = await search({ numBeams: 1, numReturnSequences: 1 });
      assert.equal(one.texts[0]?.text, await text({ temperature: 0, maxNewTokens: 10 }));
      const four = await search();
      assert.equal(four.texts.length, 2);
      assert.ok((four.texts[0]?.score ?? 0) >= (four.texts[1]?.score ?? 0));
      assert.ok((four.texts[0]?.score ?? -99) >= (one.texts[0]?.score ?? 0) - 1e-6);
    });

    it("ends texts before a stop string", async () => {
      const { texts } = await search({ stop: ["\n"], maxNewTokens: 24, numReturnSequences: 4 });
      for (const { text: found } of texts) assert.ok(!found.includes("\n"));
      assert.ok(texts.some(({ finishReason }) => finishReason === "stop"));
    });

    it("refuses to return more than it keeps, and can be cancelled", async () => {
      await assert.rejects(search({ numBeams: 2, numReturnSequences: 3 }), isInvalid(/config\.numReturnSequences/));
      await assert.rejects(search({}, AbortSignal.abort()), CancelledError);
    });
  });

  describe("choose", () => {
    const choose = (prompt: string, choices: readonly string[], temperature = 0) =>
      service.choose({ model, prompt, choices, temperature, seed: 1 }, context);

    /** ln p of all tokens of a text after the first, and its ids. */
    async function scored(text: string) {
      const { tokens } = await service.score({ model, input: { kind: "text", text }, topK: 0 }, context);
      return tokens.map(({ id, prediction }) => ({ id, logprob: prediction?.logprob ?? 0 }));
    }

    for (const prompt of ["const x = require(", "The value of the ", "if (a ==="]) {
      it(`gives what scoring prompt and string together gives: ${JSON.stringify(prompt)}`, async () => {
        const strings = ["'fs');", "value is", " value", "= null", ") {\n"];
        const { choices, chosen } = await choose(prompt, strings);
        const before = await scored(prompt);
        const whole = await Promise.all(strings.map((text) => scored(prompt + text)));
        // The tokens that none of the strings changes.
        let shared = 0;
        while (shared < before.length && whole.every((ids) => ids[shared]?.id === before[shared]?.id)) shared++;
        for (const [i, tokens] of whole.entries()) {
          const expected = tokens.slice(shared).reduce((sum, { logprob }) => sum + logprob, 0);
          assert.ok(Math.abs((choices[i]?.logprob ?? 0) - expected) < 1e-3, strings[i]);
          assert.equal(choices[i]?.tokens, tokens.length - shared);
        }
        assert.ok(Math.abs(choices.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-9);
        assert.equal(choices[chosen]?.probability, Math.max(...choices.map(({ probability }) => probability)));
      });
    }

    it("lets a string change the prompt's last token", async () => {
      const before = (await scored("The functio")).length;
      const { choices } = await choose("The functio", ["n", "nal"]);
      const whole = (await scored("The function")).length;
      assert.ok(whole < before + 1, "the tokens join");
      assert.ok(choices.every(({ tokens, logprob }) => tokens > 0 && logprob < 0));
    });

    it("begins after an end of text when there is no prompt", async () => {
      const { choices } = await choose("", ["import", "export"]);
      assert.ok(choices.every(({ logprob }) => logprob < 0 && Number.isFinite(logprob)));
    });

    it("keeps the end of a prompt that is too long", async () => {
      const { truncation } = await choose("one two three ".repeat(400), [" four", " five six"]);
      assert.equal(truncation?.keptEnd, "end");
      assert.ok((truncation?.kept ?? 0) >= 505);
    });

    it("refuses empty and equal strings, and one longer than the context", async () => {
      await assert.rejects(choose("a", []), isInvalid(/choices/));
      await assert.rejects(choose("a", [""]), isInvalid(/choices/));
      await assert.rejects(choose("a", ["b", "b"]), isInvalid(/choices.*different/));
      await assert.rejects(choose("a", ["b", "one two three ".repeat(400)]), isInvalid(/choices.*longer/));
    });
  });

  describe("many continuations", () => {
    const items = [
      { context: prompt, continuations: [" return", " const dx = a.x", "\n  return 0;"] },
      { context: `${prompt}\n  const`, continuations: [" dx = a.x"] },
      { context: "", continuations: ["a text", "another text"] },
    ];

    it("are scored as each would be by itself, in the order given", async () => {
      const found = await service.scoreContinuations({ model, items }, context);
      assert.equal(found.items.length, items.length);
      for (const [i, { context: before, continuations }] of items.entries()) {
        const params = { model, prompt: before, choices: continuations, temperature: 0, seed: 0 };
        const { choices } = await service.choose(params, context);
        for (const [k, choice] of choices.entries()) {
          const scored = found.items[i]?.continuations[k];
          assert.equal(scored?.tokens, choice.tokens);
          assert.ok(Math.abs((scored?.logprob ?? 0) - choice.logprob) < 1e-4, `${i}, ${k}`);
        }
      }
    });

    it("know a greedy one", async () => {
      const greedy = await text({ temperature: 0, maxNewTokens: 4 });
      const only = [{ context: prompt, continuations: [greedy, " zebra"] }];
      const found = await service.scoreContinuations({ model, items: only }, context);
      assert.deepEqual(
        found.items[0]?.continuations.map(({ isGreedy }) => isGreedy),
        [true, false],
      );
    });

    it("keep the end of a context that is too long, and say so", async () => {
      const long = "let value = 1;\n".repeat(300);
      const [item] = (
        await service.scoreContinuations({ model, items: [{ context: long, continuations: ["let"] }] }, context)
      ).items;
      assert.ok(item?.truncation && item.truncation.kept < item.truncation.total);
      assert.equal(item.truncation.keptEnd, "end");
    });

    it("read what they share once, tell how far they are, and stop when cancelled", async () => {
      const many = Array.from({ length: 30 }, (_, i) => ({
        context: `${"const list = [1, 2, 3];\n".repeat(8)}item${i}:`,
        continuations: [" good", " bad"],
      }));
      const seen: number[] = [];
      const onProgress = ({ done }: { done: number }) => void seen.push(done);
      const { tokensRead } = await service.scoreContinuations({ model, items: many }, { ...context, onProgress });
      const all = many.reduce((sum, { context: before }) => sum + 2 * (before.length / 4), 0);
      assert.ok(tokensRead < all / 5, `${tokensRead} of about ${all}`);
      assert.equal(seen.at(-1), 60);
      const controller = new AbortController();
      const stopped = service.scoreContinuations(
        { model, items: many },
        { signal: controller.signal, onProgress: () => controller.abort() },
      );
      await assert.rejects(stopped, CancelledError);
    });

    it("are refused by key when they are wrong", async () => {
      const refused = (wrong: object, pattern: RegExp) =>
        assert.rejects(service.scoreContinuations({ model, items, ...wrong }, context), isInvalid(pattern));
      await refused({ items: [{ context: "a", continuations: [] }] }, /items\.0\.continuations/);
      await refused({ items: [{ context: "a", continuations: [""] }] }, /items\.0\.continuations\.0/);
      await refused({ priority: "first" }, /priority/);
    });
  });
});
