import assert from "node:assert/strict";
import { Emitter } from "../../../src/extension/emitter";
import { ModelClient, type Runtime } from "../../../src/extension/modelClient";
import type { CallOptions } from "../../../src/extension/runtimeClient";
import type { ModelState, RuntimeState } from "../../../src/extension/states";
import { CancelledError, emptyText, notAModelFolder, runtimeExited } from "../../../src/runtime/errors";
import type { DeviceFailed, DeviceInUse, ModelInfo, ModelReference } from "../../../src/runtime/protocol";
import { generateParams, modelInfo } from "./support";

interface Call {
  readonly method: string;
  readonly params: unknown;
  readonly options: CallOptions;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

function makeClient() {
  const states = new Emitter<RuntimeState>();
  const calls: Call[] = [];
  const request = (type: { method: string }, params: unknown, options: CallOptions = {}) =>
    new Promise((resolve, reject) => void calls.push({ method: type.method, params, options, resolve, reject }));
  const [uses, failures, crashes] = [new Emitter<DeviceInUse>(), new Emitter<DeviceFailed>(), new Emitter<string>()];
  // The transport's types do not matter here: the answers are the test's.
  const models = new ModelClient({
    request,
    onDidChangeState: states.event,
    onDidUseDevice: uses.event,
    onDidFailDevice: failures.event,
    onDidCrash: crashes.event,
  } as unknown as Runtime);
  /** The process ends under a request, as `RuntimeClient` tells it. */
  const crash = () => {
    last().reject(runtimeExited("signal SIGSEGV"));
    states.fire({ kind: "crashed", reason: "signal SIGSEGV" });
    crashes.fire("signal SIGSEGV");
  };
  const seen: ModelState[] = [];
  models.onDidChangeState((state) => seen.push(state));
  const last = (): Call => calls.at(-1) ?? assert.fail("no request");
  return { models, states, seen, last, calls, uses, failures, crash };
}

const model = generateParams("").model;
const other: ModelInfo = { ...modelInfo, folder: "/other", name: "other" };
const loading: ModelState = { kind: "loading", folder: "/model" };
const loaded: ModelState = { kind: "loaded", info: modelInfo };

async function ended(promise: Promise<unknown>): Promise<void> {
  await promise.catch(() => undefined);
}

describe("modelClient", () => {
  it("follows a load", async () => {
    const { models, seen, last } = makeClient();
    const load = models.load(model);
    last().resolve(modelInfo);
    assert.equal(await load, modelInfo);
    assert.deepEqual(seen, [loading, loaded]);
  });

  it("learns of the model from a score and from a generation's first event", async () => {
    const { models, seen, last } = makeClient();
    const generation = models.generate(generateParams("a"), {});
    last().options.onProgress?.({ stage: "loading", done: 1, total: 2 });
    assert.deepEqual(seen, [loading]);
    last().options.onEvent?.({ kind: "prompt", model: modelInfo, promptTokens: 1, truncation: null });
    assert.deepEqual(seen, [loading, loaded]);
    last().resolve({});
    await generation;
    const score = models.score({ model, input: { kind: "ids", ids: [1] }, topK: 0 }, {});
    last().resolve({ model: modelInfo });
    await score;
    assert.deepEqual(models.state, loaded);
    assert.ok(!seen.slice(1).some(({ kind }) => kind === "loading"));
  });

  it("passes progress and events on", () => {
    const { models, last } = makeClient();
    const got: string[] = [];
    void models.generate(generateParams("a"), {
      onProgress: ({ stage }) => got.push(stage),
      onEvent: ({ kind }) => got.push(kind),
    });
    last().options.onProgress?.({ stage: "loading", done: 1, total: 2 });
    last().options.onEvent?.({ kind: "prompt", model: modelInfo, promptTokens: 1, truncation: null });
    assert.deepEqual(got, ["loading", "prompt"]);
  });

  it("remembers why the model of a run could not be loaded", async () => {
    const { models, last } = makeClient();
    const error = notAModelFolder("/model", "config.json");
    const run = models.generate(generateParams("a"), {});
    last().reject(error);
    await assert.rejects(run, error);
    assert.deepEqual(models.state, { kind: "failed", folder: "/model", error: error.toInfo() });
  });

  it("still has the model before when one that was tried out could not be loaded", async () => {
    const { models, last } = makeClient();
    const error = notAModelFolder("/model", "config.json");
    const first = ended(models.load(model));
    last().reject(error);
    await first;
    assert.deepEqual(models.state, { kind: "none" });
    const good = models.load({ folder: "/other", device: "auto" });
    last().resolve(other);
    await good;
    const bad = models.load(model);
    last().reject(error);
    await assert.rejects(bad, error);
    assert.deepEqual(models.state, { kind: "loaded", info: other });
  });

  it("goes back to the model before when a load is cancelled, or fails for the request's own reason", async () => {
    for (const error of [new CancelledError(), emptyText()]) {
      const { models, last } = makeClient();
      const first = models.load({ folder: "/other", device: "auto" });
      last().resolve(other);
      await first;
      const second = ended(models.load(model));
      assert.deepEqual(models.state, loading);
      last().reject(error);
      await second;
      assert.deepEqual(models.state, { kind: "loaded", info: other });
    }
  });

  it("knows no model before the first load, nor after the process ended", async () => {
    const { models, states, last } = makeClient();
    const cancelled = ended(models.load(model));
    last().reject(new CancelledError());
    await cancelled;
    assert.deepEqual(models.state, { kind: "none" });
    const load = models.load(model);
    last().resolve(modelInfo);
    await load;
    const crashing = ended(models.load({ folder: "/other", device: "cpu" }));
    states.fire({ kind: "crashed", reason: "signal SIGKILL" });
    last().reject(runtimeExited("signal SIGKILL"));
    await crashing;
    assert.deepEqual(models.state, { kind: "none" });
  });

  it("shows loading again for another folder or another device, not for the same", async () => {
    const { models, last } = makeClient();
    const load = models.load(model);
    last().resolve(modelInfo);
    await load;
    void models.load({ folder: "/model", device: "auto" });
    assert.deepEqual(models.state, loaded);
    void models.load({ folder: "/model", device: "webgpu" });
    assert.deepEqual(models.state, loading);
  });

  it("unloads what is loaded, and asks for nothing when nothing is", async () => {
    const { models, seen, last } = makeClient();
    await models.unload();
    assert.throws(last, /no request/);
    const load = models.load(model);
    last().resolve(modelInfo);
    await load;
    const unload = models.unload();
    assert.equal(last().method, "model/unload");
    assert.deepEqual(models.state, loaded, "until the runtime has answered");
    last().resolve(null);
    await unload;
    assert.deepEqual(seen, [loading, loaded, { kind: "none" }]);
  });
});

describe("modelClient and devices", () => {
  const use: DeviceInUse = { folder: "/model", device: "webgpu" };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const sentTo = ({ params }: Call) => (params as { model: ModelReference }).model.device;

  it("passes on that a device failed inside the runtime", () => {
    const { models, failures } = makeClient();
    const told: DeviceFailed[] = [];
    models.onDidFailDevice((failed) => told.push(failed));
    const failed: DeviceFailed = { folder: "/model", model: "model", device: "webgpu", reason: "Lost." };
    failures.fire(failed);
    assert.deepEqual(told, [failed]);
  });

  it("goes on on the CPU when the process ends under another device, and tells so once", async () => {
    const { models, last, calls, uses, crash } = makeClient();
    const told: DeviceFailed[] = [];
    models.onDidFailDevice((failed) => told.push(failed));
    const generation = models.generate({ ...generateParams("a"), model: { ...model, device: "webgpu" } }, {});
    uses.fire(use);
    crash();
    await turn();
    assert.equal(calls.length, 2);
    assert.equal(sentTo(last()), "cpu");
    last().options.onEvent?.({ kind: "prompt", model: modelInfo, promptTokens: 1, truncation: null });
    last().resolve({});
    await generation;
    assert.deepEqual(
      told.map(({ device, model, reason }) => [device, model, reason]),
      [["webgpu", "model", "the runtime process ended (signal SIGSEGV)."]],
    );
    assert.ok(models.crashBlamed);
    assert.ok(models.state.kind === "loaded" && models.state.info.failure?.device === "webgpu");
    void models.score({ model, input: { kind: "ids", ids: [1] }, topK: 0 }, {});
    assert.equal(sentTo(last()), "cpu");
  });

  it("does not repeat what has begun to answer, nor what failed on the CPU as well", async () => {
    const { models, last, calls, uses, crash } = makeClient();
    const generation = models.generate(generateParams("a"), {});
    uses.fire(use);
    last().options.onEvent?.({ kind: "slide", dropped: 1 });
    crash();
    await assert.rejects(generation, { code: "runtimeExited" });
    assert.equal(calls.length, 1);
    const again = models.generate(generateParams("a"), {});
    uses.fire({ ...use, device: "cpu" });
    crash();
    await assert.rejects(again, { code: "runtimeExited" });
    assert.equal(calls.length, 2);
    assert.ok(!models.crashBlamed);
  });

  it("blames no device when nothing was asked of it, and forgets the blame when the user restarts the runtime", async () => {
    const { models, states, last, uses, crash } = makeClient();
    const idle = models.generate(generateParams("a"), {});
    uses.fire(use);
    last().resolve({});
    await idle;
    crash();
    assert.ok(!models.crashBlamed);
    const generation = models.generate(generateParams("a"), {});
    uses.fire(use);
    crash();
    await turn();
    last().resolve({});
    await generation;
    states.fire({ kind: "stopped" });
    void models.generate(generateParams("a"), {});
    assert.equal(sentTo(last()), model.device);
  });

  it("compares under one model or two, and says that the second one is loaded then", async () => {
    const { models, last, seen } = makeClient();
    const input = { kind: "text", text: "x" } as const;
    const params = { a: { model, input }, b: { model: { ...model, folder: "/other" }, input }, topK: 1, heads: true };
    const compared = models.compare(params, {});
    assert.deepEqual(last().params, params);
    const side = { tokens: [], truncation: null, elapsedMs: 1 };
    last().resolve({ a: { ...side, model: modelInfo }, b: { ...side, model: other }, alignment: [] });
    assert.equal((await compared).b.model.name, "other");
    assert.deepEqual(seen.at(-1), { kind: "loaded", info: other });
  });

  it("compares on the CPU what its device failed for", async () => {
    const { models, last, uses, crash, calls } = makeClient();
    const input = { kind: "text", text: "x" } as const;
    const onGpu = { folder: "/model", device: "webgpu" } as const;
    const compared = models.compare(
      { a: { model: onGpu, input }, b: { model: onGpu, input }, topK: 1, heads: false },
      {},
    );
    uses.fire({ folder: "/model", device: "webgpu" });
    crash();
    await new Promise(setImmediate);
    assert.equal(calls.length, 2);
    const { a, b } = last().params as { a: { model: ModelReference }; b: { model: ModelReference } };
    assert.deepEqual([a.model.device, b.model.device], ["cpu", "cpu"]);
    last().reject(new CancelledError());
    await ended(compared);
  });
});
