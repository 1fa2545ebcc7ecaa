import assert from "node:assert/strict";
import { type ComparedText, inspectComparison } from "../../../src/extension/compare";
import { InspectorStore } from "../../../src/extension/panels/inspectorStore";
import { parseSavedState } from "../../../src/extension/panels/savedState";
import { Runs } from "../../../src/extension/runs";
import type { CallOptions } from "../../../src/extension/runtimeClient";
import type { CompareTextsParams, TextComparison } from "../../../src/runtime/analysisProtocol";
import { CancelledError, tensorMissing } from "../../../src/runtime/errors";
import type { ScoreResult } from "../../../src/runtime/protocol";
import { FakeClock, generateParams, modelInfo } from "./support";

const scored = (text: string): ScoreResult => ({
  model: modelInfo,
  tokens: [{ id: 1, text, start: 0, end: text.length, prediction: null }],
  summary: { tokens: 0, bits: 0, perplexity: 1, bitsPerByte: 0 },
  truncation: null,
  slides: 0,
  reused: 0,
  elapsedMs: 3,
});

const result: TextComparison = {
  a: scored("one"),
  b: scored("two"),
  alignment: [{ kind: "changed", a: [0, 1], b: [0, 1], bitsA: 0, bitsB: 0 }],
  heads: { layers: 1, heads: 2, queries: 0, divergence: new Float32Array([0.25, Number.NaN]) },
  headsReason: null,
  elapsedMs: 5,
};

function make() {
  const store = new InspectorStore(new FakeClock());
  const runs = new Runs(store);
  const asked: { params: CompareTextsParams; options: CallOptions }[] = [];
  let answer: (value: TextComparison) => void = () => assert.fail("not asked yet");
  let fail: (error: Error) => void = () => assert.fail("not asked yet");
  const compare = (params: CompareTextsParams, options: CallOptions) => {
    asked.push({ params, options });
    return new Promise<TextComparison>((resolve, reject) => {
      answer = resolve;
      fail = reject;
    });
  };
  const model = generateParams("").model;
  const side = (label: string): ComparedText => ({ label, source: null, model, text: label });
  const start = () =>
    runs.start((run) =>
      inspectComparison({ models: { compare }, run, title: "T", a: side("one"), b: side("two"), topK: 5 }),
    );
  return {
    store,
    runs,
    asked,
    start,
    answer: (value: TextComparison) => answer(value),
    fail: (error: Error) => fail(error),
  };
}

function shown(store: InspectorStore) {
  return store.state.kind === "comparison" ? store.state : assert.fail(store.state.kind);
}

describe("inspectComparison", () => {
  it("asks for both texts and their heads, tells how far it is, and shows what differs", async () => {
    const { store, asked, start, answer } = make();
    const run = start();
    const model = generateParams("").model;
    const input = (text: string) => ({ model, input: { kind: "text", text } });
    assert.deepEqual(asked[0]?.params, { a: input("one"), b: input("two"), topK: 5, heads: true });
    assert.deepEqual(store.state, { kind: "loading", title: "T", message: "Loading the model…" });
    asked[0]?.options.onProgress?.({ stage: "analyzing", done: 1, total: 4 });
    assert.deepEqual(store.state, { kind: "loading", title: "T", message: "Comparing the heads…", fraction: 0.25 });
    answer(result);
    assert.deepEqual(await run, { kind: "done", value: result });
    const state = shown(store);
    assert.deepEqual(state.heads, { layers: 1, heads: 2, queries: 0, divergence: [0.25, null] });
    assert.deepEqual(state.a.tokens, result.a.tokens);
    assert.deepEqual(state.alignment, result.alignment);
  });

  it("shows a state that survives a reload", async () => {
    const { store, start, answer } = make();
    const run = start();
    answer(result);
    await run;
    const saved: unknown = JSON.parse(JSON.stringify({ state: store.state, selected: null }));
    assert.deepEqual(parseSavedState(saved, assert.fail).state, store.state);
  });

  it("shows a failure, and leaves the inspector as it was when cancelled", async () => {
    const failing = make();
    const failed = failing.start();
    const error = tensorMissing("f", "t");
    failing.fail(error);
    assert.deepEqual(await failed, { kind: "failed", error });
    assert.deepEqual(failing.store.state, { kind: "failed", title: "T", error: error.toInfo() });
    const stopping = make();
    const stopped = stopping.start();
    stopping.runs.stop();
    assert.equal(stopping.asked[0]?.options.signal?.aborted, true);
    stopping.fail(new CancelledError());
    assert.deepEqual(await stopped, { kind: "cancelled" });
    assert.deepEqual(stopping.store.state, { kind: "empty" });
  });
});
