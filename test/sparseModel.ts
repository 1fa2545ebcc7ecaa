/** A GPT-3 with every kind of layer, with random weights. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parameterShapes, storedName } from "../src/runtime/checkpoint/parameterNames";
import { type TensorToWrite, writeSafetensors } from "../src/runtime/checkpoint/safetensorsWriter";
import { parseGPTConfig } from "../src/runtime/model/config";
import { seededRandom } from "../src/runtime/random";

/** Its config.json. */
export const sparseConfig = {
  model_type: "gpt3",
  n_layer: 5,
  n_head: 2,
  n_embd: 24,
  n_positions: 200,
  vocab_size: 101,
  attention_patterns: ["banded(5)", "dense", "strided(4)", "strided(40)", "banded(80)"],
};

/**
 * Writes a model, `sparseConfig` if none is named, with random weights, large enough that attention matters, or with those that `values`
 * gives. It has no tokenizer.
 */
export async function writeSparseModel(
  folder: string,
  config: Readonly<Record<string, unknown>> = sparseConfig,
  values?: (name: string, shape: readonly number[]) => Float32Array | Promise<Float32Array>,
): Promise<void> {
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  const parsed = parseGPTConfig(config, "config.json");
  const random = seededRandom(7);
  const drawn = (name: string, shape: readonly number[]) => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random() - 0.5);
    if (/ln_.*weight/.test(name)) for (const i of data.keys()) data[i] = 1 + (data[i] ?? 0) / 2;
    return data;
  };
  const tensors: TensorToWrite[] = [];
  for (const [name, shape] of parameterShapes(parsed)) {
    const data = (await values?.(name, shape)) ?? drawn(name, shape);
    const bytes = () => [new Uint8Array(data.slice().buffer)];
    tensors.push({ name: storedName(name, parsed), dtype: "F32", shape, bytes });
  }
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
}
