import assert from "node:assert/strict";
import { answerOf, reproduction, tokenSegments } from "../../../../src/extension/promptLab/cellQuestions";
import { promptModelFolder } from "../../../../src/extension/promptLab/promptModel";
import { alignItems } from "../../../../src/extension/promptLab/storedRuns";
import { VariantTally } from "../../../../src/extension/promptLab/tally";
import type { PromptCell, PromptPreview } from "../../../../src/runtime/promptProtocol";
import type { ScoredToken } from "../../../../src/runtime/protocol";
import { modelInfo } from "../support";

const base: PromptCell = {
  ...{
    variant: 0,
    item: 0,
    candidates: null,
    output: "out",
    tokens: [],
    gold: null,
    correct: null,
    logprob: null,
    logprobTokens: 0,
  },
  ...{ promptTokens: 1, shots: 0, dropped: 0, truncated: 0, ms: 1, cached: false },
};
const chosen = (logprob: number): PromptCell => ({
  ...base,
  ...{ output: "a", gold: "b", correct: false },
  candidates: [
    { answer: "a", words: [{ text: " a", logprob, tokens: 1 }], score: logprob, probability: 0.6 },
    {
      ...{ answer: "b", score: -2, probability: 0.4 },
      words: [
        { text: " bee", logprob: -3, tokens: 1 },
        { text: " b", logprob: -2, tokens: 1 },
      ],
    },
  ],
});

function tokensOf(...texts: string[]): ScoredToken[] {
  let end = 0;
  return texts.map((text, id) => {
    const start = end;
    end += text.length;
    return { id, text, start, end, prediction: { logprob: -1, rank: 1, entropy: 1, top: [] } };
  });
}

describe("questions about cells", () => {
  it("takes the right answer's best words, else what was chosen or written", () => {
    assert.equal(answerOf(chosen(-1)), " b");
    assert.equal(answerOf({ ...chosen(-1), gold: null }), " a");
    assert.equal(answerOf({ ...base, tokens: tokensOf(" out", "put") }), " output");
    assert.equal(answerOf(base), "out");
  });

  it("calls a cell identical only when output and every log-probability are the same", () => {
    assert.deepEqual(reproduction(chosen(-1), chosen(-1), []).identical, true);
    const near = reproduction(chosen(-1), chosen(-1.5), ["x"]);
    assert.deepEqual([near.identical, near.sameOutput, near.difference, near.changed], [false, true, 0.5, ["x"]]);
    assert.deepEqual(reproduction(base, base, []), {
      cell: base,
      identical: true,
      sameOutput: true,
      difference: null,
      changed: [],
    });
    assert.equal(reproduction(base, { ...base, output: "other" }, []).identical, false);
  });

  it("names disjoint ranges: labels cut out of demonstrations with the blank before them, and the answer", () => {
    const tokens = tokensOf("Do", " it", "\n", "Q", ":", " yes", "\n", "Q2", ":", " no");
    const prompt = "Do it\nQ: yes\nQ2:";
    const segment = (
      name: string,
      kind: "instruction" | "demonstration" | "label" | "query",
      from: number,
      to: number,
    ) => ({
      ...{ name, kind, from, to, start: 0, end: 0 },
    });
    const preview: PromptPreview = {
      ...{
        model: modelInfo,
        variant: "v",
        prompt,
        promptTokens: 9,
        answerTokens: 1,
        contextTokens: 99,
        dropped: 0,
        truncated: 0,
      },
      ...{ demonstrations: [0], candidates: [], item: {} },
      segments: [
        segment("I", "instruction", 0, 5),
        segment("D", "demonstration", 6, 12),
        segment("L", "label", 9, 12),
        segment("Q", "query", 13, 16),
      ],
    };
    assert.deepEqual(tokenSegments(preview, tokens), [
      { name: "I", start: 0, end: 2 },
      { name: "D", start: 3, end: 5 },
      { name: "L", start: 5, end: 6 },
      { name: "Q", start: 7, end: 9 },
      { name: "Answer", start: 9, end: 10 },
    ]);
  });

  it("aligns equal inputs of two runs one to one, whatever their order", () => {
    const item = (text: string) => ({ fields: { text }, gold: null });
    const { items, places } = alignItems(
      [item("x"), item("x"), item("y")],
      [item("z"), item("x"), item("y"), item("x"), item("x")],
    );
    assert.deepEqual(
      items.map(({ fields }) => fields.text),
      ["x", "x", "y", "z", "x"],
    );
    assert.deepEqual(places, [
      [0, 1, 2, -1, -1],
      [1, 3, 2, 0, 4],
    ]);
  });

  it("sums up what it was given, and takes back what is replaced", () => {
    const tally = new VariantTally("v", "sum");
    tally.add(chosen(-1));
    tally.add({ ...chosen(-1), gold: "a", correct: true, logprob: -4, logprobTokens: 2 });
    const both = tally.summary();
    assert.deepEqual(
      [both.cells, both.judged, both.correct, both.accuracy?.value, both.meanLogprob],
      [2, 2, 1, 0.5, -2],
    );
    assert.deepEqual(both.bias, [
      { label: "a", prior: null, chosen: 2 },
      { label: "b", prior: null, chosen: 0 },
    ]);
    assert.ok(Math.abs((both.overconfidence ?? 0) - 0.1) < 1e-12);
    tally.add(chosen(-1), -1);
    assert.deepEqual([tally.summary().judged, tally.summary().accuracy?.value], [1, 1]);
  });

  it("finds the model that a prompt file names", async () => {
    const models = [{ id: "openai--gpt2", name: "GPT-2", folder: "/store/openai--gpt2" }];
    const file = (model: string) => ({
      path: "/w/p/a.prompt.yaml",
      text: `task: completion\n${model}variants:\n  - name: v\n    template: "{{ text }} {{ answer }}"\n`,
    });
    const choices = { selected: "/selected", list: async () => models, trusted: true };
    const folder = (model: string, trusted = true) => promptModelFolder(file(model), { ...choices, trusted });
    assert.equal(await folder(""), "/selected");
    assert.equal(await folder("model: GPT-2\n"), "/store/openai--gpt2");
    assert.equal(await folder("model: openai/gpt2\n"), "/store/openai--gpt2");
    assert.equal(await folder("model: ../m\n"), "/w/m");
    await assert.rejects(folder("model: ../m\n", false), { code: "invalidRequest" });
    await assert.rejects(folder("model: none\n"), { code: "invalidRequest" });
  });
});
