/** Heads and MLPs switched off, against checkpoints in which what they add is zero, on every device. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ablated, WatchedToken } from "../../src/runtime/analysisProtocol";
import { openModelFolder } from "../../src/runtime/checkpoint/store";
import { ablate } from "../../src/runtime/engine/ablation";
import { type LoadedModel, loadModel } from "../../src/runtime/engine/loadedModel";
import { scoreTokens } from "../../src/runtime/engine/score";
import type { Device } from "../../src/runtime/protocol";
import { writeAltered, zeroHead, zeroMlp } from "../alteredModel";
import { assertClose } from "./assertClose";
import { probedDevices, skipUnlessAvailable } from "./devices";
import { fixturesFolder } from "./reference";

/** GPT-Neo's local layers are sparse, and its scores unscaled, so that rounding is amplified. */
const models = { "gpt2-tiny": 1e-5, "gpt2-tiny-untied": 1e-5, "openai-gpt-tiny": 1e-5, "gpt-neo-tiny": 6e-5 };
const { signal } = new AbortController();

const sets: readonly (readonly Ablated[])[] = [
  [{ kind: "head", layer: 0, head: 1 }],
  [],
  [{ kind: "head", layer: 2, head: 2 }],
  [{ kind: "mlp", layer: 1 }],
  [
    { kind: "head", layer: 1, head: 0 },
    { kind: "head", layer: 1, head: 2 },
    { kind: "mlp", layer: 2 },
    { kind: "head", layer: 0, head: 0 },
  ],
];

/** Texts of different lengths, watched at their ends and within; the watched token is the text's or another. */
function watched(vocabSize: number): WatchedToken[] {
  const text = (seed: number, length: number) => Array.from({ length }, (_, i) => (i * i * 7 + seed * 13) % vocabSize);
  return [
    { ids: text(1, 40), place: 40, id: 5 },
    { ids: text(2, 17), place: 9, id: text(2, 17)[9] ?? 0 },
    { ids: text(3, 1), place: 1, id: 3 },
    { ids: text(1, 40), place: 31, id: 90 },
  ];
}

/** ln p of what is watched, by scoring the text with the watched token in its place, on the CPU. */
async function logprobs(folder: string, items: readonly WatchedToken[]): Promise<number[]> {
  return using(folder, "cpu", async (model) => {
    const found: number[] = [];
    for (const { ids, place, id } of items) {
      const options = { topK: 0, describe: (id: number) => ({ id, text: "" }), signal };
      const scored = await scoreTokens(model, [...ids.slice(0, place), id], options);
      found.push(scored[place]?.logprob ?? Number.NaN);
    }
    return found;
  });
}

async function using<T>(folder: string, device: Device, work: (model: LoadedModel) => Promise<T>): Promise<T> {
  const model = await loadModel(await openModelFolder(folder), device, performance.now());
  try {
    return await work(model);
  } finally {
    await model.dispose();
  }
}

for (const device of ["cpu", "webgpu"] as const satisfies readonly Device[]) {
  describe(`ablation on ${device}`, () => {
    let parent: string;
    before(async function () {
      skipUnlessAvailable(this, device, await probedDevices());
      parent = await mkdtemp(join(tmpdir(), "gptw-ablation-"));
    });
    after(async () => {
      if (parent) await rm(parent, { recursive: true, force: true });
    });

    for (const [name, atol] of Object.entries(models)) {
      // It differs in its head alone, and software GPUs take their time.
      if (device === "webgpu" && name === "gpt2-tiny-untied") continue;
      it(`${name}: does what zeros in the checkpoint do`, async () => {
        const folder = join(fixturesFolder, name);
        const { items, baseline, differences } = await using(folder, device, async (model) => {
          const items = watched(model.config.vocabSize);
          return { items, ...(await ablate(model, items, sets, { signal })) };
        });
        const whole = await logprobs(folder, items);
        assertClose(baseline, whole, { atol, what: "the whole model" });
        for (const [s, set] of sets.entries()) {
          const found = differences[s] ?? [];
          if (set.length === 0) {
            assert.deepEqual(found, [0, 0, 0, 0]);
            continue;
          }
          const altered = join(parent, `${name}-${s}`);
          const parts = set.map((one) => (one.kind === "head" ? zeroHead(one.layer, one.head) : zeroMlp(one.layer)));
          await writeAltered(folder, altered, (...args) => {
            for (const alter of parts) alter(...args);
          });
          const expected = await logprobs(altered, items);
          const without = found.map((difference, i) => difference + (baseline[i] ?? Number.NaN));
          assertClose(without, expected, { atol, what: `set ${s}` });
          // The fixtures' weights are large: everything matters.
          assert.ok(
            found.every((difference) => Math.abs(difference) > 20 * atol),
            `set ${s}: ${found}`,
          );
        }
      });
    }
  });
}
