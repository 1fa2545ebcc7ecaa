/** The tensors a GPT-2 is made of: their names and shapes, and where a checkpoint keeps them. */
import { tensorMissing, tensorShape, unsupportedDType } from "../errors";
import type { GPTConfig } from "../model/config";
import type { SafetensorsFile, TensorEntry } from "./safetensors";

/**
 * Every parameter with its shape, in the order of the forward pass. Names are Hugging Face's without the
 * `transformer.` in front. Weights of Conv1D layers (`c_attn`, `c_proj`, `c_fc`) are [in, out].
 */
export function gpt2ParameterShapes(config: GPTConfig): ReadonlyMap<string, readonly number[]> {
  const { nEmbd: C, nPositions: P, vocabSize: V } = config;
  const shapes = new Map<string, readonly number[]>([
    ["wte.weight", [V, C]],
    ["wpe.weight", [P, C]],
  ]);
  for (let layer = 0; layer < config.nLayer; layer++) {
    for (const [name, shape] of blockShapes(config)) shapes.set(`h.${layer}.${name}`, shape);
  }
  shapes.set("ln_f.weight", [C]).set("ln_f.bias", [C]);
  if (!config.tieWordEmbeddings) shapes.set("lm_head.weight", [V, C]);
  return shapes;
}

/**
 * Where each parameter lies. A checkpoint may put `transformer.` before its names or not; tensors that are no
 * parameters (causal-mask buffers, a copy of the tied head, heads of other tasks) are left alone.
 * @returns canonical name to entry, in the order of `gpt2ParameterShapes`.
 * @throws RuntimeError `tensorMissing`, `tensorShape` or `unsupportedDType`, naming file and tensor.
 */
export function resolveParameters(file: SafetensorsFile, config: GPTConfig): ReadonlyMap<string, TensorEntry> {
  const prefix = file.tensors.has(`${modelPrefix}wte.weight`) ? modelPrefix : "";
  const parameters = new Map<string, TensorEntry>();
  for (const [name, shape] of gpt2ParameterShapes(config)) {
    // The head stands beside the transformer, so its name has no prefix.
    const stored = name === "lm_head.weight" ? name : `${prefix}${name}`;
    parameters.set(name, checkedEntry(file, stored, shape));
  }
  return parameters;
}

const modelPrefix = "transformer.";

function blockShapes({ nEmbd: C, nInner: I }: GPTConfig): readonly (readonly [string, readonly number[]])[] {
  return [
    ["ln_1.weight", [C]],
    ["ln_1.bias", [C]],
    ["attn.c_attn.weight", [C, 3 * C]],
    ["attn.c_attn.bias", [3 * C]],
    ["attn.c_proj.weight", [C, C]],
    ["attn.c_proj.bias", [C]],
    ["ln_2.weight", [C]],
    ["ln_2.bias", [C]],
    ["mlp.c_fc.weight", [C, I]],
    ["mlp.c_fc.bias", [I]],
    ["mlp.c_proj.weight", [I, C]],
    ["mlp.c_proj.bias", [C]],
  ];
}

function checkedEntry(file: SafetensorsFile, name: string, shape: readonly number[]): TensorEntry {
  const entry = file.tensors.get(name);
  if (entry === undefined) throw tensorMissing(file.path, name);
  const sameShape = entry.shape.length === shape.length && entry.shape.every((size, axis) => size === shape[axis]);
  if (!sameShape) throw tensorShape(file.path, name, shape, entry.shape);
  if (entry.dtype !== "F32") throw unsupportedDType(file.path, name, entry.dtype, "F32");
  return entry;
}
