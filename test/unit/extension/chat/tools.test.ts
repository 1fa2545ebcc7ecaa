import assert from "node:assert/strict";
import { runPromptFile, type ToolParts, tokenProbabilities } from "../../../../src/extension/chat/tools";
import type { PromptCell } from "../../../../src/runtime/promptProtocol";
import type { ScoredToken, ScoreParams } from "../../../../src/runtime/protocol";
import { answering, cell, fakeParts, runRecord, sentiment, variantSummary } from "../commands/prompts/support";
import { resolved } from "../models";
import { modelInfo } from "../support";

const { signal } = new AbortController();

function fakeTools(
  texts: Readonly<Record<string, string>> = {},
  cells: readonly PromptCell[] = [],
  variants = ["plain", "short"],
) {
  const record = runRecord(variants.map((name) => variantSummary(name)));
  const { parts, done } = fakeParts(texts, {}, { cells, result: { record, folder: null, recalibrated: [] } });
  const scored: ScoreParams[] = [];
  const token = (text: string, start: number, bits: number | null): ScoredToken => ({
    ...{ id: 1, text, start, end: start + text.length },
    prediction:
      bits === null
        ? null
        : { logprob: -bits / Math.LOG2E, rank: 9, entropy: 1, top: [{ id: 2, text: " x", logprob: Math.log(0.25) }] },
  });
  const tools: ToolParts = {
    host: parts.host,
    prompts: parts.prompts,
    settings: { resolve: () => resolved },
    models: {
      score: async (params) => {
        scored.push(params);
        return {
          model: modelInfo,
          tokens: [token("one", 0, null), token("\n", 3, 2), token("two", 4, 12)],
          summary: { tokens: 2, bits: 14, perplexity: 128, bitsPerByte: 3.5 },
          ...{ truncation: null, slides: 0, reused: 0, elapsedMs: 1 },
        };
      },
    },
    readPromptFile: async (path) => parts.files.read(`/${path}`),
  };
  return { tools, scored, done };
}

describe("the tool for token probabilities", () => {
  it("says bits, perplexity, and the most surprising tokens with their places", async () => {
    const { tools, scored } = fakeTools();
    const lines = (await tokenProbabilities(tools, { text: "one\ntwo" }, signal)).split("\n");
    assert.equal(lines[2], "Total: 14.00 bits; perplexity 128.000; 3.5000 bits per byte");
    assert.equal(lines[4], '- line 2, column 1: "two" 12.00 bits, rank 9; most probable was " x" (25.00 %)');
    assert.equal(lines[5], '- line 1, column 4: "\\n" 2.00 bits, rank 9; most probable was " x" (25.00 %)');
    assert.equal(lines.length, 6);
    assert.deepEqual([scored[0]?.longText, scored[0]?.model], ["slide", resolved.model]);
    assert.equal((await tokenProbabilities(tools, { text: "x", mostSurprising: 1 }, signal)).split("\n").length, 5);
  });

  it("refuses what is no text", async () => {
    const { tools } = fakeTools();
    for (const input of [{}, { text: "" }, { text: 3 }, null, { text: "x".repeat(100_001) }]) {
      await assert.rejects(tokenProbabilities(tools, input, signal), /Invalid request/);
    }
  });
});

describe("the tool for prompt files", () => {
  const files = { "/s.prompt.yaml": sentiment, "/q.prompt.yaml": answering, "/bad.prompt.yaml": "task: x" };

  it("gives every label's probability with the rule, for each variant", async () => {
    const cells = [cell(0, { positive: 0.75, negative: 0.25 }), cell(1, { positive: 0.5, negative: 0.5 })];
    const { tools, done } = fakeTools(files, cells);
    const text = await runPromptFile(tools, { promptFile: "s.prompt.yaml", text: "Nice.", k: 1 }, signal);
    assert.match(text, /^plain · perToken: "positive"\n- "positive": 75\.00 %\n- "negative": 25\.00 %$/m);
    assert.match(text, /^short · perToken: /m);
    assert.deepEqual(done.once[0]?.overrides, { items: [{ text: "Nice." }], variants: ["plain", "short"], k: 1 });
    assert.equal(done.once[0]?.runs, undefined);
  });

  it("gives the text that was written where there are no labels", async () => {
    const file = answering.replace("{{ passage }}\\nQ: ", "");
    const written = cell(0, {}, { candidates: null, output: "Ada.", logprob: -3, logprobTokens: 2 });
    const { tools } = fakeTools({ "/q.prompt.yaml": file }, [written], ["only"]);
    const text = await runPromptFile(tools, { promptFile: "q.prompt.yaml", text: "Who?" }, signal);
    assert.match(text, /only \(mean log-probability -1\.500 nats per token\):\nAda\.$/);
  });

  it("says what is wrong: no such file, errors with their place, unknown variants, fields that are missing", async () => {
    const { tools } = fakeTools(files);
    const fails = (input: object, message: RegExp) =>
      assert.rejects(runPromptFile(tools, { text: "x", ...input }, signal), message);
    await fails({ promptFile: "none.prompt.yaml" }, /there is no prompt file none\.prompt\.yaml/);
    await fails({ promptFile: "bad.prompt.yaml" }, /bad\.prompt\.yaml:1:\d+: /);
    await fails({ promptFile: "s.prompt.yaml", variant: "tall" }, /"tall"; there are plain, short/);
    await fails({ promptFile: "q.prompt.yaml" }, /"field" must be one of passage, question/);
    await fails({ promptFile: "q.prompt.yaml", field: "passage" }, /needs more than a text: question/);
    await fails({ promptFile: 3 }, /"promptFile"/);
  });
});
