import assert from "node:assert/strict";
import { type BranchesOptions, BranchStore, branchText } from "../../../src/extension/branches";
import { deltaIntervalMs } from "../../../src/extension/panels/inspectorStore";
import type { CallOptions } from "../../../src/extension/runtimeClient";
import { CancelledError, tensorMissing } from "../../../src/runtime/errors";
import type { BranchDelta, Branches, InspectorState } from "../../../src/runtime/panelProtocol";
import type { GenerateParams, GenerateResult } from "../../../src/runtime/protocol";
import { FakeClock, generatedToken, greedy, modelInfo, runningCompletion } from "./support";

const prediction = (id: number) => ({
  logprob: -1,
  rank: 1,
  entropy: 2,
  top: [id, 100, 101].map((one) => ({ id: one, text: `t${one}`, logprob: -one / 100 })),
});
const scores: Extract<InspectorState, { kind: "scores" }> = {
  kind: "scores",
  title: "Scores",
  source: { uri: "file:///a.txt", label: "a.txt", offset: 0 },
  model: modelInfo,
  reference: { folder: "/model", device: "cpu" },
  text: 5,
  segments: [],
  tokens: [1, 2, 3].map((id, i) => ({ id, text: "x", start: i, end: i + 1, prediction: i ? prediction(id) : null })),
  summary: { tokens: 2, bits: 1, perplexity: 1, bitsPerByte: 1 },
  truncation: null,
  slides: 0,
  elapsedMs: 1,
};

interface Call {
  readonly params: GenerateParams;
  readonly options: CallOptions;
  readonly answer: (result: GenerateResult) => void;
  readonly fail: (error: unknown) => void;
}

const result: GenerateResult = {
  text: "",
  tokens: 2,
  finishReason: "stop",
  dropped: 0,
  elapsedMs: 1,
  tokensPerSecond: 1,
};

function make(settings: BranchesOptions["settings"] = () => ({ config: greedy, topAlternatives: 3 })) {
  const clock = new FakeClock();
  const calls: Call[] = [];
  const store: { state: InspectorState } = { state: scores };
  const models = {
    generate: (params: GenerateParams, options: CallOptions) =>
      new Promise<GenerateResult>((answer, fail) => calls.push({ params, options, answer, fail })),
  };
  const branches = new BranchStore({ models, store, clock, settings });
  const sent: (Branches | BranchDelta)[] = [];
  const view = { show: (all: Branches) => sent.push(all), append: (delta: BranchDelta) => sent.push(delta) };
  return { clock, calls, store, branches, sent, view };
}

const token = (id: number) => ({ kind: "token", token: generatedToken(id), textDelta: "x" }) as const;

describe("the branches of a text", () => {
  it("begin after exactly the tokens before the place and the alternative", async () => {
    const { branches, calls, store } = make();
    void branches.start({ text: 5, index: 2, id: 101 });
    assert.deepEqual(calls[0]?.params.prompt, { ids: [1, 2, 101] });
    assert.deepEqual(calls[0]?.params.model, scores.reference);
    void branches.start({ text: 5, index: 1, id: 2 }); // the text's own token
    assert.deepEqual(calls[1]?.params.prompt, { ids: [1, 2] });
    const tokens = [generatedToken(8), { ...generatedToken(9), prediction: prediction(9) }];
    store.state = { ...runningCompletion, tokens };
    void branches.start({ text: runningCompletion.run, index: 1, id: 100 });
    assert.deepEqual(calls[2]?.params.prompt, { text: "one two", ids: [8, 100] });
  });

  it("do not begin for another text, a token that is no alternative, or with wrong settings", async () => {
    const { branches, calls } = make();
    await branches.start({ text: 6, index: 2, id: 101 });
    await branches.start({ text: 5, index: 2, id: 77 });
    await branches.start({ text: 5, index: 0, id: 1 });
    await branches.start({ text: 5, index: 99, id: 1 });
    assert.equal(calls.length, 0);
    const wrong = make(() => null);
    await wrong.branches.start({ text: 5, index: 2, id: 101 });
    assert.equal(wrong.calls.length, 0);
  });

  it("stream in batches, are whole for a panel that is shown again, and end", async () => {
    const { branches, calls, clock, sent, view } = make();
    branches.attach(view);
    const run = branches.start({ text: 5, index: 2, id: 101 });
    for (const id of [1, 2, 3]) calls[0]?.options.onEvent?.(token(id));
    const before = sent.length;
    clock.advance(deltaIntervalMs);
    assert.deepEqual(sent.slice(before), [{ id: 1, tokens: [1, 2, 3].map(generatedToken) }]);
    branches.detach();
    calls[0]?.options.onEvent?.(token(4));
    clock.advance(1000);
    assert.equal(sent.length, before + 1);
    branches.attach(view);
    const last = sent.at(-1);
    assert.ok(last && "items" in last);
    assert.deepEqual(last.items[0]?.tokens, [1, 2, 3, 4].map(generatedToken));
    calls[0]?.options.onEvent?.(token(5));
    calls[0]?.answer(result);
    await run;
    const [branch] = branches.branches.items;
    assert.deepEqual(branch?.status, { kind: "finished", reason: "stop" });
    assert.equal(branch?.tokens.length, 5);
    clock.advance(1000);
    assert.deepEqual(branches.branches.items[0]?.tokens.length, 5, "nothing is told twice");
  });

  it("stop with what they have, fail with a reason, and are removed while they run", async () => {
    const { branches, calls, sent, view } = make();
    branches.attach(view);
    const stopped = branches.start({ text: 5, index: 2, id: 101 });
    calls[0]?.options.onEvent?.(token(1));
    branches.stop(1);
    assert.equal(calls[0]?.options.signal?.aborted, true);
    calls[0]?.fail(new CancelledError());
    await stopped;
    assert.deepEqual(branches.find(1)?.status, { kind: "finished", reason: "cancelled" });
    assert.equal(branches.find(1)?.tokens.length, 1);
    const failing = branches.start({ text: 5, index: 2, id: 100 });
    const error = tensorMissing("model.safetensors", "wte");
    calls[1]?.fail(error);
    await failing;
    assert.deepEqual(branches.find(2)?.status, { kind: "failed", error: error.toInfo() });
    const removed = branches.start({ text: 5, index: 1, id: 100 });
    branches.remove(3);
    assert.equal(calls[2]?.options.signal?.aborted, true);
    const count = sent.length;
    calls[2]?.options.onEvent?.(token(1));
    calls[2]?.answer(result);
    await removed;
    assert.equal(sent.length, count, "a removed branch says nothing more");
    assert.deepEqual(
      branches.branches.items.map(({ id }) => id),
      [1, 2],
    );
  });

  it("are four at most, and of one text", async () => {
    const { branches, calls, store } = make();
    for (let i = 0; i < 5; i++) void branches.start({ text: 5, index: 2, id: 101 });
    assert.deepEqual(
      branches.branches.items.map(({ id }) => id),
      [2, 3, 4, 5],
    );
    assert.deepEqual(
      calls.map(({ options }) => options.signal?.aborted),
      [true, false, false, false, false],
    );
    store.state = { ...scores, text: 6 };
    void branches.start({ text: 6, index: 2, id: 101 });
    assert.deepEqual([branches.branches.text, branches.branches.items.length], [6, 1]);
    assert.ok(calls.slice(0, 5).every(({ options }) => options.signal?.aborted));
    branches.clear();
    assert.deepEqual(branches.branches, { text: null, items: [] });
  });

  it("are text, whole characters even where the alternative is a part of one", () => {
    const whole = { ...generatedToken(1), text: "!" };
    const rest = { ...generatedToken(2), text: "\ufffd", bytes: "9982" };
    const status = { kind: "finished", reason: "stop" } as const;
    const alternative = { id: 3, text: "\ufffd", bytes: "f09f", logprob: -1 };
    assert.equal(branchText({ id: 1, index: 0, alternative, tokens: [rest, whole], status }), "🙂!");
    assert.equal(
      branchText({ id: 1, index: 0, alternative: { id: 4, text: " a", logprob: -1 }, tokens: [], status }),
      " a",
    );
  });
});
