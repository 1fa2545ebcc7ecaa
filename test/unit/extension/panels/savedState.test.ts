import assert from "node:assert/strict";
import { parseSavedState } from "../../../../src/extension/panels/savedState";
import { tensorMissing } from "../../../../src/runtime/errors";
import type { InspectorState } from "../../../../src/runtime/panelProtocol";
import { generatedToken, modelInfo, runningCompletion } from "../support";

const result = { text: "x", tokens: 1, finishReason: "stop", dropped: 0, elapsedMs: 1, tokensPerSecond: 2 } as const;
const finished: InspectorState = {
  ...runningCompletion,
  text: "x",
  tokens: [{ ...generatedToken(1), bytes: "f09f" }],
  status: { kind: "finished", reason: "stop", result },
};
const states: readonly InspectorState[] = [
  { kind: "empty" },
  finished,
  { ...runningCompletion, status: { kind: "failed", error: tensorMissing("f", "t").toInfo() } },
  { kind: "failed", title: "T", error: tensorMissing("f", "t").toInfo() },
  {
    kind: "scores",
    title: "T",
    source: runningCompletion.source,
    model: modelInfo,
    reference: { folder: "/models/starter", device: "auto", contextLength: 64 },
    text: 3,
    segments: [{ name: "query", start: 0, end: 1 }],
    tokens: [
      { id: 1, text: "a", start: 0, end: 1, prediction: null },
      { id: 2, text: "\uFFFD", bytes: "e2", start: 1, end: 2, prediction: generatedToken(1).prediction },
    ],
    summary: { tokens: 1, bits: 3, perplexity: 8, bitsPerByte: 3 },
    truncation: { total: 9, kept: 2, keptEnd: "start" },
    slides: 2,
    elapsedMs: 4.5,
  },
];

const nothing = { state: { kind: "empty" }, selected: null };

describe("savedState", () => {
  for (const state of states) {
    const status = state.kind === "completion" ? ` ${state.status.kind}` : "";
    it(`gives back what was kept: ${state.kind}${status}`, () => {
      // As a webview's state crosses a reload: through JSON.
      const saved: unknown = JSON.parse(JSON.stringify({ state, selected: 1 }));
      assert.deepEqual(parseSavedState(saved, assert.fail), { state, selected: 1 });
    });
  }

  it("shows a run that was under way as cancelled", () => {
    const { state } = parseSavedState({ state: { ...runningCompletion, text: "x" }, selected: null }, assert.fail);
    assert.ok(state.kind === "completion" && state.status.kind === "finished");
    assert.equal(state.status.reason, "cancelled");
    const loading = { kind: "loading", title: "T", message: "M", fraction: 0.5 };
    assert.deepEqual(parseSavedState({ state: loading, selected: null }, assert.fail), nothing);
  });

  it("says nothing of a page that kept nothing", () => {
    for (const saved of [undefined, null]) assert.deepEqual(parseSavedState(saved, assert.fail), nothing);
  });

  const damaged: readonly unknown[] = [
    "state",
    {},
    { state: finished },
    { state: finished, selected: -1 },
    { state: { kind: "other" }, selected: null },
    { state: { ...finished, tokens: [{}] }, selected: null },
    { state: { ...finished, source: { uri: 3, label: "", offset: 0 } }, selected: null },
    { state: { kind: "failed", title: "T", error: { code: "toString", message: "", hint: "" } }, selected: null },
  ];
  for (const [index, saved] of damaged.entries()) {
    it(`takes damaged state ${index} for nothing, and says why`, () => {
      const problems: string[] = [];
      assert.deepEqual(
        parseSavedState(saved, (problem) => problems.push(problem)),
        nothing,
      );
      assert.equal(problems.length, 1);
    });
  }
});
