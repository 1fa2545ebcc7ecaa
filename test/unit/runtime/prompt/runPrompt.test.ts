/** Whole runs on the starter: every number against one that is computed another way. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RuntimeError } from "../../../../src/runtime/errors";
import { readRun } from "../../../../src/runtime/prompt/runStore";
import type {
  PromptCell,
  PromptRunEvent,
  PromptRunParams,
  PromptRunResult,
} from "../../../../src/runtime/promptProtocol";
import type { WorkProgress } from "../../../../src/runtime/protocol";
import { RuntimeService } from "../../../../src/runtime/service";
import { type PlainModel, plainScorer } from "../../../parity/plainScorer";
import { root } from "../checkpoint/support";
import { starterFolder } from "../engine/starter";

const model = { folder: starterFolder, device: "cpu" } as const;
const { signal } = new AbortController();
const labels = { positive: ["good", "very good"], negative: "bad" };
const reviews = [
  { text: "The soup was hot.", label: "positive" },
  { text: "The handle came off.", label: "negative" },
  { text: "It has not faded.", label: "positive" },
];
const template = "Review: {{ text }}\nSentiment: {{ answer }}";

/** A file with one variant unless it says otherwise. */
function file(changes: Record<string, unknown> = {}) {
  return {
    path: join(root, "samples", "test.prompt.yaml"),
    text: JSON.stringify({
      ...{ task: "classification", labels, input: reviews, variants: [{ name: "plain", template }] },
      ...changes,
    }),
  };
}

interface Finished {
  readonly result: PromptRunResult;
  readonly events: readonly PromptRunEvent[];
  /** As they were streamed. */
  readonly streamed: readonly PromptCell[];
  /** In the order of variants and inputs, the recalibrated ones in place. */
  readonly cells: readonly PromptCell[];
}

describe("prompt runs", function () {
  this.timeout(240_000);
  const service = new RuntimeService();
  let plain: PlainModel;
  let folder: string;
  before(async () => {
    plain = await plainScorer(starterFolder);
  });
  after(async () => {
    await plain.free();
    await service.dispose();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "run-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function run(
    source: PromptRunParams["source"],
    more: Partial<PromptRunParams> = {},
    given: { signal?: AbortSignal; onEvent?: (event: PromptRunEvent) => unknown } = {},
  ): Promise<Finished> {
    const events: PromptRunEvent[] = [];
    const result = await service.prompts.run(
      { model, source, ...more },
      { signal: given.signal ?? signal },
      (event) => {
        events.push(event);
        return given.onEvent?.(event);
      },
    );
    const streamed = events.flatMap((event) => (event.kind === "cells" ? event.cells : []));
    const final = new Map([...streamed, ...result.recalibrated].map((cell) => [`${cell.variant} ${cell.item}`, cell]));
    const cells = [...final.values()].sort((a, b) => a.variant - b.variant || a.item - b.item);
    return { result, events, streamed, cells };
  }

  const close = (found: number | undefined, expected: number, tolerance = 2e-4) =>
    assert.ok(Math.abs((found ?? 99) - expected) < tolerance, `${found} is not ${expected}`);
  const prompt = (item: number) => `Review: ${reviews[item]?.text}\nSentiment:`;
  const lnSum = (...logs: number[]) => Math.log(logs.reduce((sum, x) => sum + Math.exp(x), 0));

  describe("by the rule", () => {
    const score = async (context: string, word: string) => (await plain.score(context, word)).logprob;
    const expected = {
      sum: (s: number) => s,
      perToken: (s: number, _: string, tokens: number) => s / tokens,
      perCharacter: (s: number, word: string) => s / word.trim().length,
      perByte: (s: number, word: string) => s / Buffer.byteLength(word.trim()),
    };
    for (const [rule, value] of Object.entries(expected)) {
      it(`${rule}: score the label words as each would be alone, and add them up`, async () => {
        const { cells, result } = await run(file({ scoring: { rule } }));
        assert.equal(result.record.variants[0]?.rule, rule);
        for (const [item, cell] of cells.entries()) {
          const one = async (word: string) => {
            const { logprob, tokens } = await plain.score(prompt(item), word);
            return value(logprob, word, tokens);
          };
          const [positive, negative] = cell.candidates ?? [];
          close(positive?.score, lnSum(await one(" good"), await one(" very good")));
          close(negative?.score, await one(" bad"));
          close((positive?.probability ?? 0) + (negative?.probability ?? 0), 1, 1e-9);
          const best = (positive?.score ?? 0) > (negative?.score ?? 0) ? "positive" : "negative";
          assert.deepEqual([cell.output, cell.correct], [best, best === reviews[item]?.label]);
        }
      });
    }

    for (const [rule, context] of [
      ["pmi", ""],
      ["pmiAnswer", "A:"],
    ] as const) {
      it(`${rule}: take off what the words have after ${context ? `"${context}"` : "nothing"}`, async () => {
        const { cells } = await run(file({ scoring: { rule, answerContext: "A:" } }));
        const both = async (after: string) => lnSum(await score(after, " good"), await score(after, " very good"));
        for (const [item, cell] of cells.entries()) {
          close(cell.candidates?.[0]?.score, (await both(prompt(item))) - (await both(context)));
          const bad = (await score(prompt(item), " bad")) - (await score(context, " bad"));
          close(cell.candidates?.[1]?.score, bad);
        }
      });
    }

    it("tell the log-probability of the right answer, of its most probable word", async () => {
      const { cells } = await run(file());
      for (const [item, cell] of cells.entries()) {
        const words = cell.gold === "positive" ? [" good", " very good"] : [" bad"];
        const scores = await Promise.all(words.map((word) => plain.score(prompt(item), word)));
        const best = scores.reduce((a, b) => (b.logprob > a.logprob ? b : a));
        close(cell.logprob ?? 0, best.logprob);
        assert.equal(cell.logprobTokens, best.tokens);
      }
    });
  });

  describe("with calibration", () => {
    const shares = (scores: readonly number[]) => {
      const total = scores.reduce((sum, x) => sum + Math.exp(x), 0);
      return scores.map((x) => Math.exp(x) / total);
    };

    it("contextual: divide by the mean over content-free inputs", async () => {
      const { cells, result } = await run(file({ scoring: { rule: "sum", calibration: "contextual" } }));
      assert.equal(result.record.variants[0]?.rule, "sum + contextual");
      const prior = [0, 0];
      for (const input of ["N/A", "", "[MASK]"]) {
        const context = `Review: ${input}\nSentiment:`;
        const p = async (word: string) => Math.exp((await plain.score(context, word)).logprob);
        prior[0] = (prior[0] ?? 0) + (await p(" good")) + (await p(" very good"));
        prior[1] = (prior[1] ?? 0) + (await p(" bad"));
      }
      const total = (prior[0] ?? 0) + (prior[1] ?? 0);
      for (const cell of cells) {
        const scores = cell.candidates?.map(({ score }) => score) ?? [];
        const calibrated = shares(scores.map((x, i) => x - Math.log((prior[i] ?? 0) / total)));
        for (const [i, share] of calibrated.entries()) close(cell.candidates?.[i]?.calibrated, share);
        assert.equal(cell.output, (calibrated[0] ?? 0) > (calibrated[1] ?? 0) ? "positive" : "negative");
      }
      const bias = result.record.variants[0]?.bias;
      close(bias?.[0]?.prior ?? 0, (prior[0] ?? 0) / total);
      assert.equal(
        bias?.reduce((sum, { chosen }) => sum + chosen, 0),
        reviews.length,
      );
    });

    it("batch: divide by the mean over the run's inputs, known at the end", async () => {
      const { cells, streamed, result } = await run(file({ scoring: { rule: "sum", calibration: "batch" } }));
      assert.equal(result.recalibrated.length, reviews.length);
      assert.ok(streamed.every(({ candidates }) => candidates?.every(({ calibrated }) => calibrated === undefined)));
      const all = streamed.map(({ candidates }) => shares(candidates?.map(({ score }) => score) ?? []));
      const mean = [0, 1].map((i) => all.reduce((sum, row) => sum + (row[i] ?? 0), 0) / all.length);
      for (const [item, cell] of cells.entries()) {
        const odds = (all[item] ?? []).map((p, i) => p / (mean[i] ?? 1));
        const total = odds.reduce((a, b) => a + b, 0);
        for (const [i, x] of odds.entries()) close(cell.candidates?.[i]?.calibrated, x / total, 1e-9);
      }
      assert.deepEqual(
        result.record.variants[0]?.correct,
        cells.filter(({ correct }) => correct).length,
        "sums are of the final cells",
      );
    });
  });

  it("stream the beginning, the inputs and then cells, and wait for who reads them", async () => {
    let reading = false;
    const { events, result } = await run(
      file({ variants: ["a", "b"].map((name) => ({ name, template })) }),
      {},
      {
        onEvent: async () => {
          assert.ok(!reading, "the next event came before this one was taken");
          reading = true;
          await new Promise((resolve) => setTimeout(resolve, 5));
          reading = false;
        },
      },
    );
    const [begin, items, ...rest] = events;
    assert.ok(begin?.kind === "begin" && begin.total === 6 && begin.model.name === "starter");
    assert.deepEqual(
      begin.variants,
      ["a", "b"].map((name) => ({ name, rule: "perToken" })),
    );
    assert.ok(items?.kind === "items" && items.from === 0);
    assert.deepEqual(items.items[0], { fields: { text: reviews[0]?.text }, gold: "positive" });
    assert.ok(rest.every(({ kind }) => kind === "cells"));
    assert.deepEqual(
      result.record.variants.map(({ name, cells }) => [name, cells]),
      [
        ["a", 3],
        ["b", 3],
      ],
    );
  });

  describe("with a cache", () => {
    const without = (cells: readonly PromptCell[]) => cells.map(({ ms: _, cached: __, ...cell }) => cell);
    const many = Array.from({ length: 40 }, (_, i) => ({ text: `It was number ${i}.`, label: "positive" }));
    const source = file({ input: many, scoring: { rule: "sum", calibration: "contextual" } });

    it("that are stopped keep what they had, and go on where they were", async () => {
      const cache = join(folder, "cache");
      const stop = new AbortController();
      const onEvent = (event: PromptRunEvent) =>
        event.kind === "cells" && event.cells.some((c) => c.item > 5) && stop.abort();
      const first = await run(source, { cache }, { signal: stop.signal, onEvent });
      assert.equal(first.result.record.complete, false);
      assert.ok(first.cells.length > 5 && first.cells.length < many.length);
      assert.equal(first.result.record.variants[0]?.cells, first.cells.length);
      const second = await run(source, { cache });
      assert.ok(second.cells.slice(0, first.cells.length).every(({ cached }) => cached));
      assert.ok(second.cells.some(({ cached }) => !cached));
      assert.deepEqual(without(second.cells).length, many.length);
      const fresh = await run(source);
      for (const [i, cell] of fresh.cells.entries())
        for (const [c, candidate] of (cell.candidates ?? []).entries())
          close(second.cells[i]?.candidates?.[c]?.score, candidate.score);
    });

    it("compute nothing twice, for another rule neither, and everything for another context", async () => {
      const cache = join(folder, "cache");
      const first = await run(source, { cache });
      const again = await run(source, { cache });
      assert.ok(again.cells.every(({ cached }) => cached));
      assert.deepEqual(without(again.cells), without(first.cells));
      assert.ok((await run(file({ input: many }), { cache })).cells.every(({ cached }) => cached));
      const shorter = await run(source, { cache, model: { ...model, contextLength: 200 } });
      assert.ok(shorter.cells.slice(1).every(({ cached }) => !cached));
    });

    it("keep free answers too", async () => {
      const free = file({
        task: "completion",
        labels: undefined,
        variants: [{ name: "free", template }],
        input: many.slice(0, 3),
      });
      const cache = join(folder, "cache");
      const first = await run(free, { cache });
      const again = await run(free, { cache });
      assert.ok(again.cells.every(({ cached }) => cached));
      assert.deepEqual(without(again.cells), without(first.cells));
    });
  });

  it("leave a folder from which they are read back", async () => {
    const source = file({ scoring: { calibration: "batch" } });
    const { result, cells } = await run(source, { runs: folder, overrides: { limit: 2 } });
    assert.equal((await readdir(folder)).length, 1);
    const stored = await readRun(result.folder ?? "");
    assert.deepEqual(stored.record, result.record);
    assert.deepEqual(stored.cells, cells);
    assert.deepEqual(
      stored.items.map(({ fields }) => fields.text),
      reviews.slice(0, 2).map(({ text }) => text),
    );
    const { record } = result;
    assert.deepEqual(
      [record.text, record.overrides, record.items, record.complete, record.model.contextLength],
      [source.text, { limit: 2 }, 2, true, 512],
    );
    assert.match(record.model.sha256, /^[0-9a-f]{64}$/);
    assert.match(record.id, /test$/);
  });

  describe("of free answers", () => {
    const input = [{ text: "const x = require(", answer: "'fs'" }, { text: "Call me Ishmael. Some" }];
    const free = (decoding: Record<string, unknown>) =>
      file({
        task: "completion",
        labels: undefined,
        input,
        decoding,
        variants: [{ name: "free", template: "{{ text }}{{ answer }}" }],
      });
    const config = { maxNewTokens: 8, temperature: 0, topK: 0, topP: 1, seed: 3, stop: ["\n"] };

    for (const [how, decoding] of [
      ["greedily", { maxNewTokens: 8 }],
      ["by sampling", { maxNewTokens: 8, temperature: 0.9, topK: 20, seed: 3 }],
    ] as const) {
      it(`write ${how} what generation writes, with each token's prediction`, async () => {
        const { cells, result } = await run(free(decoding));
        assert.equal(result.record.variants[0]?.rule, "generate");
        for (const [i, cell] of cells.entries()) {
          const tokens: { id: number; logprob: number }[] = [];
          const params = {
            model,
            prompt: input[i]?.text ?? "",
            config: { ...config, ...decoding },
            topAlternatives: 0,
          };
          const { text } = await service.generate(params, { signal }, (event) => {
            if (event.kind === "token") tokens.push({ id: event.token.id, logprob: event.token.prediction.logprob });
          });
          assert.equal(cell.output, text);
          assert.equal(cell.candidates, null);
          for (const [t, token] of cell.tokens.entries()) {
            assert.equal(token.id, tokens[t]?.id);
            close(token.prediction?.logprob, tokens[t]?.logprob ?? 9);
          }
          assert.ok(cell.tokens.every(({ start, end }) => start >= 0 && start < end && end <= text.length));
        }
      });
    }

    it("tell the log-probability of the right answer, or else of what was written", async () => {
      const [first, second] = (await run(free({ maxNewTokens: 8 }))).cells;
      const gold = await plain.score("const x = require(", "'fs'");
      close(first?.logprob ?? 0, gold.logprob);
      assert.deepEqual([first?.gold, first?.logprobTokens], ["'fs'", gold.tokens]);
      assert.equal(first?.correct, first?.output.trim() === "'fs'");
      const own = second?.tokens.reduce((sum, { prediction }) => sum + (prediction?.logprob ?? 0), 0) ?? 0;
      close(second?.logprob ?? 0, own);
      assert.deepEqual([second?.gold, second?.correct], [null, null]);
    });

    it("tell their progress in cells, whatever they are made by", async () => {
      for (const decoding of [{ maxNewTokens: 4 }, { maxNewTokens: 4, numBeams: 2 }]) {
        const seen: number[][] = [];
        const onProgress = ({ stage, done, total }: WorkProgress) => stage === "answering" && seen.push([done, total]);
        await service.prompts.run({ model, source: free(decoding) }, { signal, onProgress }, () => undefined);
        assert.deepEqual(seen, [
          [1, 2],
          [2, 2],
        ]);
      }
    });

    it("are looked for by beams, with the tokens' predictions", async () => {
      const { cells } = await run(free({ maxNewTokens: 6, numBeams: 4, stop: ["\n"] }));
      for (const [i, cell] of cells.entries()) {
        const beam = await service.beamSearch(
          {
            model,
            prompt: input[i]?.text ?? "",
            config: { maxNewTokens: 6, stop: ["\n"], numBeams: 4, lengthPenalty: 0.6, numReturnSequences: 1 },
          },
          { signal },
        );
        assert.equal(cell.output, beam.texts[0]?.text);
        assert.equal(
          cell.tokens
            .map(({ text }) => text)
            .join("")
            .slice(0, cell.output.length),
          cell.output,
        );
        assert.ok(cell.tokens.every(({ prediction }) => (prediction?.logprob ?? 1) <= 0));
      }
    });
  });

  it("of multiple choice give the number of the text that was chosen", async () => {
    const input = [
      { text: "The sky is", options: ["blue", "a kind of soup"], label: 0 },
      { text: "He opened the", options: ["sing", "door", "of"], label: 1 },
    ];
    const source = file({
      task: "multipleChoice",
      labels: undefined,
      choices: "options",
      input,
      variants: [{ name: "mc", template: "{{ text }} {{ answer }}" }],
    });
    const { cells, result } = await run(source);
    for (const [i, cell] of cells.entries()) {
      const scores = await Promise.all(
        (input[i]?.options ?? []).map(async (option) => {
          const { logprob, tokens } = await plain.score(input[i]?.text ?? "", ` ${option}`);
          return logprob / tokens;
        }),
      );
      const best = scores.indexOf(Math.max(...scores));
      assert.deepEqual([cell.output, cell.gold, cell.correct], [String(best), String(i), best === i]);
    }
    assert.deepEqual(
      result.record.variants[0]?.bias?.map(({ label }) => label),
      ["0", "1", "2"],
    );
  });

  it("of multiple choice are batch-calibrated apart where they have another number of choices", async () => {
    const input = [
      { text: "The sky is", options: ["blue", "soup"] },
      { text: "He opened the", options: ["sing", "door", "of"] },
      { text: "The grass is", options: ["green", "very"] },
    ];
    const source = file({
      ...{ task: "multipleChoice", labels: undefined, choices: "options", input },
      ...{ scoring: { calibration: "batch" }, variants: [{ name: "mc", template: "{{ text }} {{ answer }}" }] },
    });
    const { cells } = await run(source);
    const calibrated = (item: number) => cells[item]?.candidates?.map((candidate) => candidate.calibrated ?? 0) ?? [];
    for (const share of calibrated(1)) close(share, 1 / 3, 1e-9); // alone in its group
    const shares = [0, 2].map((item) => cells[item]?.candidates?.map(({ probability }) => probability) ?? []);
    const mean = [0, 1].map((i) => ((shares[0]?.[i] ?? 0) + (shares[1]?.[i] ?? 0)) / 2);
    const odds = (shares[1] ?? []).map((p, i) => p / (mean[i] ?? 1));
    close(calibrated(2)[0], (odds[0] ?? 0) / ((odds[0] ?? 0) + (odds[1] ?? 0)), 1e-9);
    // No right answer is known: the log-probability is that of what was chosen.
    const chosen = cells[0]?.candidates?.find(({ answer }) => answer === cells[0]?.output);
    assert.deepEqual([cells[0]?.gold, cells[0]?.correct, cells[0]?.logprob], [null, null, chosen?.words[0]?.logprob]);
  });

  it("are refused by key when they are wrong", async () => {
    const fails = (params: unknown, word: string) =>
      assert.rejects(
        service.prompts.run(params as PromptRunParams, { signal }, () => undefined),
        (error) => {
          assert.ok(error instanceof RuntimeError && error.code === "invalidRequest", String(error));
          assert.ok(error.message.includes(word), error.message);
          return true;
        },
      );
    await fails({ model, source: { path: "relative.yaml", text: "" } }, '"source.path"');
    await fails({ model, source: file(), overrides: { k: -1 } }, '"overrides.k"');
    await fails({ model, source: file(), overrides: { data: "relative.csv" } }, '"overrides.data"');
    await fails({ model, source: file(), cache: "here" }, '"cache"');
    await fails({ source: file() }, '"model"');
  });
});

describe("previews", () => {
  it("give the prompt that is run, with its candidates and counts", async () => {
    const service = new RuntimeService();
    try {
      const pool = reviews.slice(1);
      const source = file({ instruction: "Judge.", demonstrations: { from: pool, k: 1, sampler: "fixed" } });
      const preview = await service.prompts.preview({ model, source, variant: 0, item: 0 }, { signal });
      assert.ok(preview.prompt.startsWith("Judge.\n\nReview: "));
      assert.ok(preview.prompt.endsWith(`Review: ${reviews[0]?.text}\nSentiment:`));
      assert.deepEqual(preview.candidates, [" good", " very good", " bad"]);
      assert.deepEqual([preview.variant, preview.contextTokens, preview.demonstrations.length], ["plain", 512, 1]);
      const ends = preview.segments.map(({ end }) => end);
      assert.equal(Math.max(...ends), preview.promptTokens);
      for (const { start, end, from, to } of preview.segments) assert.ok(start <= end && from < to);
      for (const bad of [{ variant: 1 }, { item: 3 }])
        await assert.rejects(
          service.prompts.preview({ model, source, variant: 0, item: 0, ...bad }, { signal }),
          (error) => error instanceof RuntimeError && error.code === "invalidRequest",
        );
    } finally {
      await service.dispose();
    }
  });
});
