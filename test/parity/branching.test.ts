/** Texts that go on from what an earlier text left in the cache, on every device: as if each had been read afresh. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeQuantized } from "../../src/runtime/checkpoint/quantize";
import { openModelFolder } from "../../src/runtime/checkpoint/store";
import { generateTokens } from "../../src/runtime/engine/generate";
import { type LoadedModel, loadModel } from "../../src/runtime/engine/loadedModel";
import { scoreContinuations } from "../../src/runtime/engine/scoreContinuations";
import { deviceTraits } from "../../src/runtime/model/deviceTraits";
import type { Device } from "../../src/runtime/protocol";
import { probedDevices, skipUnlessAvailable } from "./devices";

const fixtures = join(__dirname, "../fixtures");
/** Dense layers, and global and local ones in turn. */
const models = ["gpt2-tiny", "gpt-neo-tiny"];
const { signal } = new AbortController();
const length = 6;

/** What a greedy continuation was given, token by token. */
async function continued(
  model: LoadedModel,
  prompt: readonly number[],
): Promise<{ ids: number[]; logprobs: number[] }> {
  const config = { maxNewTokens: length, temperature: 0, topK: 0, topP: 1, seed: 0 };
  const describe = (id: number) => ({ id, text: "" });
  const found = { ids: [] as number[], logprobs: [] as number[] };
  for await (const step of generateTokens(model, prompt, { config, topK: 1, describe, signal, endOfText: null })) {
    found.ids.push(step.id);
    found.logprobs.push(step.prediction.logprob);
  }
  return found;
}

/** A trunk, its branches, and the trunk again. */
function branches(vocabSize: number): number[][] {
  const token = (i: number) => (i * 37 + 11) % vocabSize;
  const trunk = Array.from({ length: 16 }, (_, i) => token(i));
  return [trunk, ...[40, 41, 42].map((i) => [...trunk.slice(0, 12), token(i), token(i + 7)]), trunk];
}

for (const device of ["cpu", "webgpu"] as const satisfies readonly Device[]) {
  describe(`branches of one text on ${device}`, () => {
    let temporary: string;

    before(async function () {
      skipUnlessAvailable(this, device, await probedDevices());
      temporary = await mkdtemp(join(tmpdir(), "gptw-branching-"));
    });
    after(() => temporary && rm(temporary, { recursive: true, force: true }));

    async function opened(name: string, quantized: boolean): Promise<LoadedModel> {
      const source = await openModelFolder(join(fixtures, name));
      if (!quantized) return loadModel(source, device, performance.now());
      const folder = await mkdtemp(join(temporary, "model-"));
      await rm(folder, { recursive: true }); // the writer makes its own
      const quantization = { bits: 8, blockSize: 32 } as const;
      await writeQuantized(source, folder, { quantization, sourceSha256: "", signal });
      return loadModel(await openModelFolder(folder), device, performance.now());
    }

    for (const name of models)
      for (const quantized of [false, true]) {
        // Rounded inputs: a difference in the last place may turn a rounding the other way.
        const rounded = quantized && deviceTraits[device].quantizedProducts === "rounded";
        const tolerance = rounded ? 0.2 : 1e-4;
        it(`${name}${quantized ? " in 8 bits" : ""}: each as if it were alone`, async () => {
          const model = await opened(name, quantized);
          try {
            const prompts = branches(model.config.vocabSize);
            const together = [];
            for (const prompt of prompts) together.push(await continued(model, prompt));
            assert.ok(model.prefixCache.statistics.reused > 0, "nothing was reused");
            for (const [i, prompt] of prompts.entries()) {
              model.prefixCache.clear();
              const alone = await continued(model, prompt);
              if (!rounded) assert.deepEqual(together[i]?.ids, alone.ids, `branch ${i}`);
              const first = Math.abs((together[i]?.logprobs[0] ?? 9) - (alone.logprobs[0] ?? 0));
              assert.ok(first < tolerance, `branch ${i}: ${first}`);
            }
          } finally {
            await model.dispose();
          }
        });

        it(`${name}${quantized ? " in 8 bits" : ""}: continuations scored in one batch as one by one`, async () => {
          const model = await opened(name, quantized);
          try {
            const items = branches(model.config.vocabSize).map((ids) => ({ ids, start: 12 }));
            const { scores } = await scoreContinuations(model, items, { signal });
            for (const [i, item] of items.entries()) {
              const { scores: alone } = await scoreContinuations(model, [item], { signal });
              const difference = Math.abs((scores[i]?.logprob ?? 99) - (alone[0]?.logprob ?? 0));
              assert.ok(difference < tolerance * 4, `text ${i}: ${difference}`);
            }
          } finally {
            await model.dispose();
          }
        });
      }
  });
}
