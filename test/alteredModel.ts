/** Writes a copy of a small model with some of its parameters changed. */
import { exportModel } from "../src/runtime/checkpoint/export";
import { openSafetensors, readTensor } from "../src/runtime/checkpoint/safetensors";
import { openModelFolder } from "../src/runtime/checkpoint/store";
import type { GPTConfig } from "../src/runtime/model/config";

/** Changes the values of the parameter with this canonical name in place. */
export type Alter = (name: string, values: Float32Array, config: GPTConfig) => void;

/** Writes `target`, which must not exist, in float32 and without a tokenizer, or with the files in `copy`. */
export async function writeAltered(
  folder: string,
  target: string,
  alter: Alter,
  copy: readonly string[] = [],
): Promise<void> {
  const { config, parameters, tokenizer } = await openModelFolder(folder);
  tokenizer?.free();
  const altered = new Map<string, Float32Array>();
  for (const [name, { file, name: stored }] of parameters) {
    const values = await readTensor(await openSafetensors(file), stored);
    alter(name, values, config);
    altered.set(name, values);
  }
  const values = (name: string) => [altered.get(name) ?? new Float32Array()];
  await exportModel(target, { config, values }, { dtype: "F32", copy });
}

/** Sets the part of an attention's projection that reads the output of `head` to zero. */
export function zeroHead(layer: number, head: number): Alter {
  return (name, values, { nEmbd, nHead, matrixLayout }) => {
    if (name !== `h.${layer}.attn.c_proj.weight`) return;
    const size = nEmbd / nHead;
    for (const i of values.keys()) {
      const input = matrixLayout === "inOut" ? Math.floor(i / nEmbd) : i % nEmbd;
      if (Math.floor(input / size) === head) values[i] = 0;
    }
  };
}

/** Sets what an MLP adds to zero. */
export function zeroMlp(layer: number): Alter {
  return (name, values) => {
    if (name.startsWith(`h.${layer}.mlp.c_proj.`)) values.fill(0);
  };
}
