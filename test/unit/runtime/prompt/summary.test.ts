import assert from "node:assert/strict";
import type { ResolvedVariant } from "../../../../src/runtime/prompt/promptFile";
import { decodingDefaults, scoringDefaults } from "../../../../src/runtime/prompt/promptFile";
import { summarize, variantRule, wilson } from "../../../../src/runtime/prompt/summary";
import { choiceCell, textCell } from "./runs";

const variant: ResolvedVariant = {
  name: "plain",
  instruction: "",
  template: "{{ text }} {{ answer }}",
  separator: "\n\n",
  labels: new Map([
    ["positive", ["good"]],
    ["negative", ["bad"]],
    ["neutral", ["so so"]],
  ]),
  choices: null,
  answer: "label",
  demonstrations: null,
  scoring: { ...scoringDefaults, calibration: "contextual" },
  decoding: decodingDefaults,
};

describe("Wilson's interval", () => {
  // Worked out by the formula in another language.
  for (const [successes, trials, low, high] of [
    [15, 20, 0.531299, 0.888138],
    [0, 10, 0, 0.277533],
    [10, 10, 0.722467, 1],
    [1, 300, 0.000589, 0.018634],
  ] as const)
    it(`of ${successes} in ${trials}`, () => {
      const found = wilson(successes, trials);
      assert.ok(Math.abs(found.low - low) < 1e-4 && Math.abs(found.high - high) < 1e-4, JSON.stringify(found));
    });

  it("of nothing says nothing", () => {
    assert.deepEqual(wilson(0, 0), { low: 0, high: 1 });
  });
});

describe("a variant's summary", () => {
  const cells = [
    choiceCell(0, 0), // wrong, 0.7 sure
    choiceCell(0, 1, { output: "positive", correct: true }), // right, 0.3 sure
    choiceCell(0, 2, { gold: null, correct: null, logprob: -4, logprobTokens: 2 }),
  ];

  it("counts, judges only what has a right answer, and names the rule", () => {
    const summary = summarize(variant, cells, new Map([["positive", 0.75]]));
    assert.deepEqual([summary.cells, summary.judged, summary.correct], [3, 2, 1]);
    assert.equal(summary.rule, "perToken + contextual");
    assert.equal(summary.accuracy?.value, 0.5);
    assert.deepEqual([summary.promptTokens, summary.ms], [30, 9.75]);
    assert.ok(Math.abs((summary.meanLogprob ?? 0) - (-1.5 - 1.5 - 2) / 3) < 1e-12);
    assert.ok(Math.abs((summary.overconfidence ?? 9) - (0.5 - 0.5)) < 1e-12);
  });

  it("names every label, chosen or not", () => {
    assert.deepEqual(summarize(variant, cells, new Map([["positive", 0.75]])).bias, [
      { label: "positive", prior: 0.75, chosen: 1 },
      { label: "negative", prior: null, chosen: 2 },
      { label: "neutral", prior: null, chosen: 0 },
    ]);
  });

  it("of free answers has no bias and no overconfidence", () => {
    const free = { ...variant, labels: null };
    assert.equal(variantRule(free), "generate");
    const summary = summarize(free, [textCell(0, 0, "one")]);
    assert.deepEqual([summary.bias, summary.overconfidence, summary.accuracy], [null, null, null]);
  });

  it("of nothing is empty", () => {
    const summary = summarize(variant, []);
    assert.deepEqual(
      [summary.cells, summary.accuracy, summary.meanLogprob, summary.overconfidence],
      [0, null, null, null],
    );
  });
});
