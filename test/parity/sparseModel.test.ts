/** A GPT-3 with every kind of layer: whole, in stretches and token by token must give the same. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ModelFolder, openModelFolder } from "../../src/runtime/checkpoint/store";
import { forward } from "../../src/runtime/engine/forward";
import { generateTokens } from "../../src/runtime/engine/generate";
import { type LoadedModel, loadModel } from "../../src/runtime/engine/loadedModel";
import { scoreTokens } from "../../src/runtime/engine/score";
import type { Session } from "../../src/runtime/engine/session";
import type { Device } from "../../src/runtime/protocol";
import { sparseConfig, writeSparseModel } from "../sparseModel";
import { assertClose } from "./assertClose";
import { probedDevices, skipUnlessAvailable } from "./devices";
import { logSoftmax } from "./logSoftmax";
import { batchLogits, createScoringSession } from "./scoringSession";

const tolerance = 1e-4;
const signal = new AbortController().signal;
const describeToken = (id: number) => ({ id, text: String(id) });

for (const device of ["cpu", "webgpu"] satisfies Device[]) {
  describe(`a model with sparse layers on ${device}`, () => {
    let path: string;
    let folder: ModelFolder;
    let model: LoadedModel;
    let scoring: Session;
    const ids = Array.from({ length: 170 }, (_, i) => (i * i * 31 + 7 * i) % sparseConfig.vocab_size);
    let expected: number[];

    before(async function () {
      skipUnlessAvailable(this, device, await probedDevices());
      path = await mkdtemp(join(tmpdir(), "gptw-sparse-"));
      await writeSparseModel(path);
      folder = await openModelFolder(path);
      model = await loadModel(folder, device, performance.now());
      scoring = await createScoringSession(folder, device);
      const whole = await batchLogits(scoring, { input_ids: [ids], attention_mask: null, position_ids: null });
      expected = ids.slice(1).map((id, i) => logSoftmax(whole[i] ?? new Float32Array())[id] ?? Number.NaN);
    });

    after(async () => {
      await model?.dispose();
      await scoring?.release();
      if (path) await rm(path, { recursive: true });
    });

    it("in stretches gives what it gives whole", async () => {
      const predictions = await scoreTokens(model, ids, { topK: 1, describe: describeToken, signal });
      const found = predictions.slice(1).map((prediction) => prediction?.logprob ?? Number.NaN);
      assertClose(found, expected, { atol: tolerance, what: "log-probability" });
    });

    it("token by token gives what it gives whole", async () => {
      const cache = model.newCache(ids.length);
      const found: number[] = [];
      for (const [i, id] of ids.slice(0, -1).entries()) {
        const request = { ids: [id], rows: [0], targets: [ids[i + 1] ?? 0], topK: 1 };
        found.push((await forward(model, cache, request)).targetLogprobs[0] ?? Number.NaN);
      }
      cache.dispose();
      assertClose(found, expected, { atol: tolerance, what: "log-probability" });
    });

    it("generates what reading again would give", async () => {
      const prompt = ids.slice(0, 100);
      const found: number[] = [];
      const options = {
        config: { maxNewTokens: 12, temperature: 0, topK: 0, topP: 1, seed: 0 },
        topK: 1,
        describe: describeToken,
        signal,
        endOfText: null,
      };
      for await (const step of generateTokens(model, prompt, options)) found.push(step.id);
      const text = [...prompt, ...found];
      const whole = await batchLogits(scoring, { input_ids: [text], attention_mask: null, position_ids: null });
      const greedy = found.map((_, i) => {
        const logits = whole[prompt.length - 1 + i] ?? new Float32Array();
        return logits.indexOf(logits.reduce((a, b) => Math.max(a, b)));
      });
      assert.deepEqual(found, greedy);
    });
  });
}
