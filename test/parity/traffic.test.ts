/** What crosses from a device for every token: only what is shown. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openModelFolder } from "../../src/runtime/checkpoint/store";
import { forward } from "../../src/runtime/engine/forward";
import { type GenerateOptions, generateTokens } from "../../src/runtime/engine/generate";
import { type LoadedModel, loadModel } from "../../src/runtime/engine/loadedModel";
import { float32Tensor, readFloat32, Session, type SessionTensor } from "../../src/runtime/engine/session";
import { GraphBuilder } from "../../src/runtime/graph/graph";
import type { Device } from "../../src/runtime/protocol";
import { probedDevices, skipUnlessAvailable } from "./devices";

const starter = join(__dirname, "../../media/models/starter");
const prompt = [17, 4, 300, 41, 8, 1200];

const options = (config: Partial<GenerateOptions["config"]>): GenerateOptions => ({
  config: { maxNewTokens: 12, temperature: 0, topK: 0, topP: 1, seed: 5, ...config },
  endOfText: null,
  topK: 10,
  describe: (id) => ({ id, text: `${id}` }),
  signal: new AbortController().signal,
  lookup: false,
});

async function generate(model: LoadedModel, config: Partial<GenerateOptions["config"]>) {
  const before = model.traffic.bytes;
  const ids: number[] = [];
  for await (const { id } of generateTokens(model, prompt, options(config))) ids.push(id);
  return { ids, bytesPerToken: (model.traffic.bytes - before) / ids.length };
}

for (const device of ["cpu", "webgpu"] as const satisfies readonly Device[]) {
  describe(`what passes give on ${device}`, () => {
    let model: LoadedModel;

    before(async function () {
      skipUnlessAvailable(this, device, await probedDevices());
      model = await loadModel(await openModelFolder(starter), device, performance.now());
    });
    after(() => model?.dispose());

    it("the whole distribution, when it is asked for: that of the most probable tokens, and it sums to 1", async () => {
      const cache = model.newCache(64);
      for (const ids of [prompt, [9], [3, 5], [7]]) {
        const rows = [ids.length - 1];
        const found = await forward(model, cache, { ids, rows, targets: [0], topK: 20 });
        const row = await found.lastLogprobs();
        for (const [i, id] of found.topIds.entries())
          assert.ok(Math.abs((row[id] ?? 0) - (found.topLogprobs[i] ?? 0)) < 1e-6);
        const sum = row.reduce((total, logprob) => total + Math.exp(logprob), 0);
        assert.ok(Math.abs(sum - 1) < 1e-4, `${sum}`);
      }
      cache.dispose();
    });

    it("the same draws from the most probable tokens as from the whole distribution", async () => {
      const few = { temperature: 1, topK: 40, topP: 0.95 };
      // A bias of nothing takes the other way.
      assert.deepEqual((await generate(model, few)).ids, (await generate(model, { ...few, logitBias: { 0: 0 } })).ids);
    });

    if (device !== "cpu") {
      it("less than 4 KB a token, greedy and drawn from the most probable", async () => {
        for (const config of [{}, { temperature: 0.8, topK: 40 }]) {
          const { bytesPerToken } = await generate(model, config);
          assert.ok(bytesPerToken > 0 && bytesPerToken < 4096, `${bytesPerToken} bytes`);
        }
      });

      it("never write into a tensor that lies there: a cache cannot be updated in place", async () => {
        const add = async (addend: number, onDevice: readonly string[]) => {
          const g = new GraphBuilder();
          g.outputAs("sum", g.add(g.input("x", "float32", ["n"]), g.scalar(addend)));
          return Session.create(g.build(), { name: `add ${addend}`, device, onDevice });
        };
        const [one, reader] = [await add(1, ["sum"]), await add(0, [])];
        const read = async (x: SessionTensor) => [...readFloat32(await reader.run({ x }, { sum: null }), "sum")];
        const { sum: before } = await one.run({ x: float32Tensor(Float32Array.of(1, 2), [2]) }, { sum: null });
        assert.ok(before);
        // On the day this fails, `DeviceKVCache` can do without copies.
        const { sum: after } = await one.run({ x: before }, { sum: before });
        assert.ok(after && after !== before);
        assert.deepEqual(
          [await read(before), await read(after)],
          [
            [2, 3],
            [3, 4],
          ],
        );
        await one.release();
        await reader.release();
      });
    }
  });
}
