import assert from "node:assert/strict";
import { inspectCompletion, inspectScores, promptSegments, settled } from "../../../src/extension/inspect";
import { InspectorStore } from "../../../src/extension/panels/inspectorStore";
import { type InspectorRun, Runs } from "../../../src/extension/runs";
import type { CallOptions } from "../../../src/extension/runtimeClient";
import { CancelledError, runtimeExited, tensorMissing } from "../../../src/runtime/errors";
import type { InspectorState } from "../../../src/runtime/panelProtocol";
import type { GenerateResult, ScoreResult } from "../../../src/runtime/protocol";
import { FakeClock, generatedToken, generateParams, modelInfo, runningCompletion } from "./support";

const scoreResult: ScoreResult = {
  model: modelInfo,
  tokens: [{ id: 1, text: "one", start: 0, end: 3, prediction: null }],
  summary: { tokens: 0, bits: 0, perplexity: 1, bitsPerByte: 0 },
  truncation: { total: 9, kept: 1, keptEnd: "start" },
  slides: 0,
  reused: 0,
  elapsedMs: 3,
};

/** A model client whose request is in the test's hands. */
class Held<T> {
  options: CallOptions = {};
  answer: (value: T) => void = () => assert.fail("not asked yet");
  fail: (error: Error) => void = () => assert.fail("not asked yet");

  readonly request = (_: unknown, options: CallOptions): Promise<T> => {
    this.options = options;
    return new Promise((resolve, reject) => {
      this.answer = resolve;
      this.fail = reject;
    });
  };
}

function makeRuns() {
  const clock = new FakeClock();
  const store = new InspectorStore(clock);
  const changes: boolean[] = [];
  const runs = new Runs(store);
  runs.onDidChangeRunning((running) => changes.push(running));
  return { clock, store, runs, changes };
}

const common = { title: "Title", source: { uri: "file:///a.txt", label: "a.txt", offset: 4 } };

function scores(held: Held<ScoreResult>) {
  const models = { score: held.request, generate: () => assert.fail("not asked for") };
  const params = { model: generateParams("").model, input: { kind: "text", text: "one" }, topK: 10 } as const;
  return (run: InspectorRun) => inspectScores({ models, run, ...common, params });
}

function completes(held: Held<GenerateResult>, prompt = "one") {
  const models = { generate: held.request, score: () => assert.fail("not asked for") };
  return (run: InspectorRun) => inspectCompletion({ models, run, ...common, params: generateParams(prompt) });
}

function result(finishReason: GenerateResult["finishReason"], text = "xx"): GenerateResult {
  return { text, tokens: 2, finishReason, dropped: 0, elapsedMs: 10, tokensPerSecond: 200 };
}

const promptEvent = { kind: "prompt", model: modelInfo, promptTokens: 1, truncation: null } as const;
const tokenEvent = (id: number) => ({ kind: "token", token: generatedToken(id), textDelta: "x" }) as const;

describe("inspect", () => {
  it("shows loading, its progress, then the scores", async () => {
    const { store, runs, changes } = makeRuns();
    const held = new Held<ScoreResult>();
    const run = runs.start(scores(held));
    assert.deepEqual(store.state, { kind: "loading", title: "Title", message: "Loading the model…" });
    held.options.onProgress?.({ stage: "scoring", done: 1, total: 4 });
    assert.deepEqual(store.state, { kind: "loading", title: "Title", message: "Scoring the tokens…", fraction: 0.25 });
    held.options.onProgress?.({ stage: "loading", done: 0, total: 0 });
    assert.ok(!("fraction" in store.state));
    held.answer(scoreResult);
    assert.deepEqual(await run, { kind: "done", value: scoreResult });
    const { text, ...shown } = store.state as Extract<InspectorState, { kind: "scores" }>;
    assert.ok(text > 0);
    const reference = generateParams("").model;
    const { reused: _, ...result } = scoreResult;
    assert.deepEqual(shown, { kind: "scores", ...common, ...result, reference, segments: [] });
    assert.deepEqual(changes, [true, false]);
  });

  it("shows a failure with its remedy", async () => {
    const { store, runs } = makeRuns();
    const held = new Held<ScoreResult>();
    const run = runs.start(scores(held));
    const error = tensorMissing("model.safetensors", "wte");
    held.fail(error);
    assert.deepEqual(await run, { kind: "failed", error });
    assert.deepEqual(store.state, { kind: "failed", title: "Title", error: error.toInfo() });
  });

  it("leaves the inspector as it was when cancelled before there was anything to show", async () => {
    for (const held of [new Held<ScoreResult>()]) {
      const { store, runs } = makeRuns();
      const asked = { reference: generateParams("").model, text: 1, segments: [] };
      store.show({ kind: "scores", ...common, ...scoreResult, ...asked });
      const before = store.state;
      const run = runs.start(scores(held));
      runs.stop();
      assert.equal(held.options.signal?.aborted, true);
      held.fail(new CancelledError());
      assert.deepEqual(await run, { kind: "cancelled" });
      assert.deepEqual(store.state, before);
    }
    const { store, runs } = makeRuns();
    const held = new Held<GenerateResult>();
    const run = runs.start(completes(held));
    runs.stop();
    held.answer(result("cancelled", ""));
    assert.deepEqual(await run, { kind: "cancelled" });
    assert.deepEqual(store.state, { kind: "empty" });
  });

  it("streams a completion and ends it with its result", async () => {
    const { clock, store, runs } = makeRuns();
    const held = new Held<GenerateResult>();
    const run = runs.start(completes(held));
    const truncation = { total: 9, kept: 1, keptEnd: "end" } as const;
    held.options.onEvent?.({ ...promptEvent, truncation });
    held.options.onEvent?.(tokenEvent(1));
    held.options.onEvent?.(tokenEvent(2));
    const { kind, text } = store.state.kind === "completion" ? store.state : assert.fail();
    assert.deepEqual({ kind, text }, { kind: "completion", text: "xx" });
    clock.advance(1000);
    held.answer(result("stop", "xx!"));
    assert.deepEqual(await run, { kind: "done", value: { result: result("stop", "xx!"), truncation } });
    const { run: number } = store.state.kind === "completion" ? store.state : assert.fail();
    assert.ok(number > 0);
    assert.deepEqual(store.state, {
      ...runningCompletion,
      ...common,
      run: number,
      prompt: "one",
      promptTokens: 1,
      truncation,
      text: "xx!",
      tokens: [generatedToken(1), generatedToken(2)],
      status: { kind: "finished", reason: "stop", result: result("stop", "xx!") },
    });
  });

  it("names prompt and completion by the characters they have", () => {
    const tokens = [
      [0, 3],
      [3, 5],
      [5, 9],
    ].map(([start = 0, end = 0]) => ({ id: 1, text: "x", start, end, prediction: null }));
    const parts = (length: number) =>
      promptSegments(tokens, length).map(({ name, start, end }) => `${name} ${start}-${end}`);
    assert.deepEqual(parts(5), ["Prompt 0-2", "Completion 2-3"]);
    assert.deepEqual(parts(4), ["Prompt 0-2", "Completion 2-3"]); // a token across belongs to where it begins
    assert.deepEqual(parts(9), ["Prompt 0-3"]); // all that fits the context is prompt
  });

  it("keeps a stopped completion's text", async () => {
    const { store, runs } = makeRuns();
    const held = new Held<GenerateResult>();
    const run = runs.start(completes(held));
    held.options.onEvent?.(promptEvent);
    held.options.onEvent?.(tokenEvent(1));
    runs.stop();
    assert.equal(runs.running, true);
    held.answer(result("cancelled", "x"));
    assert.deepEqual(await run, { kind: "cancelled" });
    assert.equal(runs.running, false);
    assert.ok(store.state.kind === "completion" && store.state.status.kind === "finished");
    assert.equal(store.state.status.reason, "cancelled");
    assert.equal(store.state.text, "x");
  });

  it("keeps a completion's tokens when the runtime dies under it", async () => {
    const { store, runs } = makeRuns();
    const held = new Held<GenerateResult>();
    const run = runs.start(completes(held));
    held.options.onEvent?.(promptEvent);
    held.options.onEvent?.(tokenEvent(1));
    const error = runtimeExited("signal SIGKILL");
    held.fail(error);
    assert.deepEqual(await run, { kind: "failed", error });
    assert.ok(store.state.kind === "completion");
    assert.deepEqual(store.state.status, { kind: "failed", error: error.toInfo() });
    assert.equal(store.state.tokens.length, 1);
  });

  it("takes the death of the runtime after a stop for the stop's end", async () => {
    const { store, runs } = makeRuns();
    const held = new Held<GenerateResult>();
    const run = runs.start(completes(held));
    held.options.onEvent?.(promptEvent);
    held.options.onEvent?.(tokenEvent(1));
    runs.stop();
    held.fail(runtimeExited("restarted"));
    assert.deepEqual(await run, { kind: "cancelled" });
    assert.ok(store.state.kind === "completion" && store.state.status.kind === "finished");
    assert.deepEqual(store.state.status.result, {
      ...result("cancelled", "x"),
      tokens: 1,
      dropped: 0,
      elapsedMs: 0,
      tokensPerSecond: 0,
    });
  });

  it("lets the newest run win: the older one is aborted, and shows nothing more", async () => {
    const { clock, store, runs, changes } = makeRuns();
    const older = new Held<GenerateResult>();
    const newer = new Held<GenerateResult>();
    const first = runs.start(completes(older, "older"));
    older.options.onEvent?.(promptEvent);
    const second = runs.start(completes(newer, "newer"));
    assert.equal(older.options.signal?.aborted, true);
    assert.equal(newer.options.signal?.aborted, false);
    newer.options.onEvent?.(promptEvent);
    newer.options.onEvent?.(tokenEvent(7));
    older.options.onEvent?.(tokenEvent(1));
    older.answer(result("cancelled", "old"));
    await first;
    clock.advance(1000);
    assert.equal(runs.running, true);
    newer.answer(result("stop", "new"));
    await second;
    assert.ok(store.state.kind === "completion");
    assert.equal(store.state.prompt, "newer");
    assert.deepEqual(
      store.state.tokens.map(({ id }) => id),
      [7],
    );
    assert.deepEqual(changes, [true, false]);
  });

  it("goes back to what a superseded run had shown as cancelled, not as running", async () => {
    const { store, runs } = makeRuns();
    const older = new Held<GenerateResult>();
    const newer = new Held<GenerateResult>();
    const first = runs.start(completes(older));
    older.options.onEvent?.(promptEvent);
    const second = runs.start(completes(newer));
    runs.stop();
    newer.fail(new CancelledError());
    older.answer(result("cancelled"));
    await Promise.all([first, second]);
    assert.ok(store.state.kind === "completion");
    assert.equal(store.state.status.kind, "finished");
  });

  it("shows nothing of a run whose panel was closed", async () => {
    const { store, runs, changes } = makeRuns();
    const held = new Held<GenerateResult>();
    const run = runs.start(completes(held));
    held.options.onEvent?.(promptEvent);
    runs.abandon();
    store.show({ kind: "empty" });
    assert.equal(held.options.signal?.aborted, true);
    held.options.onEvent?.(tokenEvent(1));
    held.answer(result("cancelled"));
    await run;
    assert.deepEqual(store.state, { kind: "empty" });
    assert.deepEqual(changes, [true, false]);
  });

  it("settles what has no run behind it", () => {
    const loading: InspectorState = { kind: "loading", title: "", message: "" };
    assert.deepEqual(settled(loading), { kind: "empty" });
    const running = { ...runningCompletion, text: "x", tokens: [generatedToken(1)] };
    const ended = settled(running);
    assert.ok(ended.kind === "completion" && ended.status.kind === "finished");
    assert.equal(ended.status.reason, "cancelled");
    assert.equal(ended.status.result.tokens, 1);
    assert.equal(settled(ended), ended);
  });
});
