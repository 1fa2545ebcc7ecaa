/** A GPT-2 so small that everything it can say can be listed, with weights large enough to have opinions. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportModel } from "../../../../src/runtime/checkpoint/export";
import { openModelFolder } from "../../../../src/runtime/checkpoint/store";
import type { KVCache } from "../../../../src/runtime/engine/kvCache";
import { type LoadedModel, loadModel } from "../../../../src/runtime/engine/loadedModel";
import { parseGPTConfig } from "../../../../src/runtime/model/config";
import { fillNormal, longRandom } from "../../../../src/runtime/random";

/** Loads a model with random weights on the CPU; call `free` when done. It has no tokenizer. */
export async function loadTiny(
  vocabSize: number,
  seed = 1,
): Promise<{ model: LoadedModel; free: () => Promise<void> }> {
  const parent = mkdtempSync(join(tmpdir(), "gpt-tiny-"));
  const folder = join(parent, "tiny");
  const sizes = { n_layer: 2, n_head: 2, n_embd: 16, n_positions: 48, vocab_size: vocabSize };
  const config = parseGPTConfig({ model_type: "gpt2", ...sizes }, "config.json");
  const random = longRandom(seed);
  const values = (_: string, count: number) => {
    const list = new Float32Array(count);
    fillNormal(list, 0.6, random);
    return [list];
  };
  await exportModel(folder, { config, values }, { dtype: "F32" });
  const model = await loadModel(await openModelFolder(folder), "cpu", performance.now());
  const free = async () => {
    await model.dispose();
    rmSync(parent, { recursive: true, force: true });
  };
  return { model, free };
}

/** The same model as on a device that cannot copy caches, and how many of its caches are in use. */
export function withoutForks(model: LoadedModel): { readonly model: LoadedModel; readonly open: () => number } {
  let open = 0;
  const newCache = (tokens: number): KVCache => {
    open++;
    const cache = model.newCache(tokens);
    const dispose = () => {
      open--;
      cache.dispose();
    };
    return new Proxy(cache, {
      get(target, name) {
        if (name === "fork") return () => null;
        if (name === "dispose") return dispose;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
  return { model: Object.create(model, { newCache: { value: newCache } }), open: () => open };
}
