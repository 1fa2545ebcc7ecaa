/** A device that fails: at loading, in the middle of work, and what is told of it. */
import assert from "node:assert/strict";
import { Devices } from "../../../../src/runtime/engine/device";
import { type LoadedModel, loadModel } from "../../../../src/runtime/engine/loadedModel";
import { ModelSlot } from "../../../../src/runtime/engine/modelSlot";
import { scoreTokens } from "../../../../src/runtime/engine/score";
import type { Session } from "../../../../src/runtime/engine/session";
import { invalidRequest, sessionFailed } from "../../../../src/runtime/errors";
import type { DeviceFailed, DeviceInUse } from "../../../../src/runtime/protocol";
import { starterFolder } from "./starter";

const reference = { folder: starterFolder, device: "webgpu" } as const;
const context = () => ({ signal: new AbortController().signal });
const score = (model: LoadedModel) =>
  scoreTokens(model, [1, 2, 3], { ...context(), topK: 0, describe: (id) => ({ id, text: "" }) });

/**
 * A slot on a machine whose WebGPU breaks. The models are real ones on the CPU, but those "on WebGPU" cannot be loaded, or lose their
 * device with the `runs`-th pass.
 */
function makeSlot({ runs }: { runs: number }) {
  const failed: DeviceFailed[] = [];
  const used: DeviceInUse[] = [];
  let disposed = 0;
  const cache = { get: async () => undefined, set: async () => undefined };
  const devices = new Devices({ missing: () => null, probe: async () => ({ kind: "works", ms: 1 }), cache });
  const load: typeof loadModel = async (folder, device, started, signal) => {
    if (device === "webgpu" && runs === 0) throw sessionFailed("inference graph", new Error("device lost"));
    const model = await loadModel(folder, "cpu", started, signal);
    const dispose = async () => {
      disposed++;
      await model.dispose();
    };
    if (device === "cpu") return { ...model, dispose };
    return { ...model, dispose, info: { ...model.info, device }, session: breaking(model.session, runs) };
  };
  const slot = new ModelSlot({
    devices,
    load,
    onDeviceFailed: (event) => failed.push(event),
    onDeviceInUse: (event) => used.push(event),
  });
  return { slot, failed, used, disposed: () => disposed };
}

function breaking(session: Session, runs: number): Session {
  let left = runs;
  const run: Session["run"] = async (feeds, fetches) => {
    if (--left <= 0) throw sessionFailed("inference graph", new Error("device lost"));
    return session.run(feeds, fetches);
  };
  return { run, release: () => session.release() } as Session;
}

describe("a device that fails", () => {
  it("is left when a model cannot be loaded on it", async () => {
    const { slot, failed, used } = makeSlot({ runs: 0 });
    const info = await slot.use(reference, context(), async (model) => model.info);
    assert.equal(info.device, "cpu");
    assert.equal(info.failure?.device, "webgpu");
    assert.match(info.failure?.reason ?? "", /device lost/);
    assert.deepEqual(
      used.map(({ device }) => device),
      ["webgpu"],
    );
    assert.deepEqual(
      failed.map(({ device, model }) => [device, model]),
      [["webgpu", "starter"]],
    );
    await slot.dispose();
  });

  it("is left in the middle of work, which is then done on the CPU", async () => {
    const { slot, failed, disposed } = makeSlot({ runs: 2 });
    const first = await slot.use(reference, context(), score);
    const second = await slot.use(reference, context(), async (model) => ({
      predictions: await score(model),
      info: model.info,
    }));
    assert.deepEqual(second.predictions, first);
    assert.equal(second.info.device, "cpu");
    assert.equal(second.info.failure?.device, "webgpu");
    assert.equal(failed.length, 1);
    assert.equal(disposed(), 1, "the model on the broken device is freed");
    const third = await slot.use(reference, context(), async ({ info }) => info);
    assert.equal(third.failure?.device, "webgpu");
    assert.equal(failed.length, 1, "told once");
    await slot.dispose();
    assert.equal(disposed(), 2);
  });

  it("is told once when several requests fail with it, and each is done", async () => {
    const { slot, failed, disposed } = makeSlot({ runs: 1 });
    const results = await Promise.all([1, 2, 3].map(() => slot.use(reference, context(), score)));
    assert.deepEqual(results[0], results[1]);
    assert.deepEqual(results[0], results[2]);
    assert.equal(failed.length, 1);
    await slot.dispose();
    assert.equal(disposed(), 2);
  });

  it("is not asked to repeat what has begun to answer, nor what was cancelled", async () => {
    const begun = makeSlot({ runs: 1 });
    await assert.rejects(
      begun.slot.use(reference, context(), score, () => true),
      { code: "sessionFailed" },
    );
    assert.equal((await begun.slot.use(reference, context(), async ({ info }) => info)).device, "cpu");
    await begun.slot.dispose();
    const cancelled = makeSlot({ runs: 1 });
    const controller = new AbortController();
    const work = (model: LoadedModel) => {
      controller.abort();
      return score(model);
    };
    const { signal } = controller;
    await assert.rejects(
      cancelled.slot
        .use(reference, context(), async (model) => model.info)
        .then(() => cancelled.slot.use(reference, { signal }, work)),
      { code: "sessionFailed" },
    );
    await cancelled.slot.dispose();
  });

  it("gets another chance when devices are probed again", async () => {
    const { slot, used } = makeSlot({ runs: 0 });
    await slot.use(reference, context(), score);
    await slot.use(reference, context(), score);
    await slot.devices({ refresh: true });
    await slot.use(reference, context(), score);
    assert.deepEqual(
      used.map(({ device }) => device),
      ["webgpu", "webgpu"],
    );
    await slot.dispose();
  });

  it("is not blamed for other failures", async () => {
    const { slot, failed } = makeSlot({ runs: 100 });
    const work = async (): Promise<never> => {
      throw invalidRequest("no");
    };
    await assert.rejects(slot.use(reference, context(), work), { code: "invalidRequest" });
    assert.equal(failed.length, 0);
    assert.equal((await slot.use(reference, context(), async ({ info }) => info)).device, "webgpu");
    await slot.dispose();
  });
});
