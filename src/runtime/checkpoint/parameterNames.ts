/** The tensors a GPT is made of: their names and shapes, and what a family's checkpoints call them. */
import { tensorMissing, tensorShape, unsupportedDType } from "../errors";
import type { GPTConfig } from "../model/config";
import { type Quantization, quantizedShapes, tableQuantization } from "../model/quantization";
import type { Checkpoint, CheckpointTensor, SafetensorsDType } from "./checkpoint";
import type { TensorEntry } from "./safetensors";

/**
 * Every parameter with its shape as it is stored, in the order of the forward pass. Names are GPT-2's without the `transformer.`
 * in front, for every family; a family with separate projections has `attn.q_proj`, `attn.k_proj` and `attn.v_proj` in place of
 * `attn.c_attn`. Matrices of blocks are [in, out] or [out, in], as `matrixLayout` says; when quantized, `….weight` is two tensors,
 * `….qweight` and `….scales`, with the outputs first in every layout.
 */
export function parameterShapes(config: GPTConfig): ReadonlyMap<string, readonly number[]> {
  const { nEmbd: C, nPositions: P } = config;
  const shapes = new Map<string, readonly number[]>([...tableShapes(config, "wte"), ["wpe.weight", [P, C]]]);
  for (let layer = 0; layer < config.nLayer; layer++)
    for (const [name, shape] of blockShapes(config)) shapes.set(`h.${layer}.${name}`, shape);
  if (config.normPlacement === "pre") shapes.set("ln_f.weight", [C]).set("ln_f.bias", [C]);
  if (!config.tieWordEmbeddings) for (const [name, shape] of tableShapes(config, "lm_head")) shapes.set(name, shape);
  return shapes;
}

/** Scalars in all parameters, tied ones counted once and quantized ones as what they stand for. */
export function parameterCount(config: GPTConfig): number {
  const shapes = parameterShapes({ ...config, quantization: null }).values();
  return Array.from(shapes, (shape) => shape.reduce((a, b) => a * b, 1)).reduce((a, b) => a + b, 0);
}

/** What Hugging Face's `save_pretrained` calls the parameter `name`. */
export function storedName(name: string, config: GPTConfig): string {
  // The head stands beside the transformer, so its name has no prefix.
  return name.startsWith("lm_head.") ? name : `${modelPrefix}${familyName(name, config)}`;
}

/**
 * Where each parameter lies. A checkpoint may put `transformer.` before its names or not; tensors that are no parameters
 * (causal-mask buffers, a copy of the tied head, heads of other tasks) are left alone.
 * @returns canonical name to tensor, in the order of `parameterShapes`.
 * @throws RuntimeError `tensorMissing`, `tensorShape` or `unsupportedDType`, naming file and tensor.
 */
export function resolveParameters(checkpoint: Checkpoint, config: GPTConfig): ReadonlyMap<string, CheckpointTensor> {
  const prefix = checkpoint.tensors.has(storedName("wpe.weight", config)) ? modelPrefix : "";
  const parameters = new Map<string, CheckpointTensor>();
  for (const [name, shape] of parameterShapes(config)) {
    const stored = name.startsWith("lm_head.") ? name : `${prefix}${familyName(name, config)}`;
    parameters.set(name, checkedTensor(checkpoint, stored, shape));
  }
  return parameters;
}

/** Types in which a parameter that is not quantized may be stored. */
export const parameterDTypes = ["F32", "F16", "BF16"] as const satisfies readonly SafetensorsDType[];

const modelPrefix = "transformer.";

/** A family's own words for parts of the names. */
const familyWords: { readonly [K in GPTConfig["modelType"]]: readonly (readonly [RegExp, string])[] } = {
  "openai-gpt": [
    [/^wte\./, "tokens_embed."],
    [/^wpe\./, "positions_embed."],
  ],
  gpt2: [],
  gpt_neo: [
    [/\.attn\.([qkv])_proj\./, ".attn.attention.$1_proj."],
    [/\.attn\.c_proj\./, ".attn.attention.out_proj."],
  ],
  gpt3: [],
};

function familyName(name: string, { modelType }: GPTConfig): string {
  return familyWords[modelType].reduce((written, [word, own]) => written.replace(word, own), name);
}

type Shapes = readonly (readonly [string, readonly number[]])[];

function blockShapes(config: GPTConfig): Shapes {
  const { nEmbd: C, nInner: I } = config;
  const matrix = (name: string, inputs: number, outputs: number) => matrixShapes(config, name, inputs, outputs);
  const normShapes = (name: string): Shapes => [
    [`${name}.weight`, [C]],
    [`${name}.bias`, [C]],
  ];
  const fused: Shapes = [...matrix("attn.c_attn", C, 3 * C), ["attn.c_attn.bias", [3 * C]]];
  const separate: Shapes = ["q", "k", "v"].flatMap((part) => matrix(`attn.${part}_proj`, C, C));
  return [
    ...normShapes("ln_1"),
    ...(config.qkvProjection === "fused" ? fused : separate),
    ...matrix("attn.c_proj", C, C),
    ["attn.c_proj.bias", [C]],
    ...normShapes("ln_2"),
    ...matrix("mlp.c_fc", C, I),
    ["mlp.c_fc.bias", [I]],
    ...matrix("mlp.c_proj", I, C),
    ["mlp.c_proj.bias", [C]],
  ];
}

/** Token embeddings, or a head of its own: [V, C] in every layout. */
function tableShapes({ quantization, vocabSize: V, nEmbd: C }: GPTConfig, name: string): Shapes {
  const table = tableQuantization(quantization);
  if (table !== null) return quantizedMatrix(name, V, C, table);
  return [[`${name}.weight`, [V, C]]];
}

function quantizedMatrix(name: string, outputs: number, inputs: number, quantization: Quantization): Shapes {
  const { qweight, scales } = quantizedShapes(outputs, inputs, quantization);
  return [
    [`${name}.qweight`, qweight],
    [`${name}.scales`, scales],
  ];
}

/** A matrix of a block as the checkpoint stores it. */
function matrixShapes(config: GPTConfig, name: string, inputs: number, outputs: number): Shapes {
  if (config.quantization !== null) return quantizedMatrix(name, outputs, inputs, config.quantization);
  return [[`${name}.weight`, config.matrixLayout === "inOut" ? [inputs, outputs] : [outputs, inputs]]];
}

function allowedDTypes(name: string): readonly SafetensorsDType[] {
  if (name.endsWith(".qweight")) return ["U8"];
  return name.endsWith(".scales") ? ["F32"] : parameterDTypes;
}

/**
 * The tensor that the checkpoint calls `name`.
 * @throws RuntimeError `tensorMissing`, `tensorShape` or `unsupportedDType`, naming file and tensor.
 */
export function checkedTensor<T extends TensorEntry & { readonly file?: string }>(
  checkpoint: { readonly path: string; readonly tensors: ReadonlyMap<string, T> },
  name: string,
  shape: readonly number[],
): T {
  const tensor = checkpoint.tensors.get(name);
  if (tensor === undefined) throw tensorMissing(checkpoint.path, name);
  const sameShape = tensor.shape.length === shape.length && tensor.shape.every((size, axis) => size === shape[axis]);
  if (!sameShape) throw tensorShape(tensor.file ?? checkpoint.path, name, shape, tensor.shape);
  const allowed = allowedDTypes(name);
  if (!allowed.includes(tensor.dtype))
    throw unsupportedDType(tensor.file ?? checkpoint.path, name, tensor.dtype, allowed.join(", "));
  return tensor;
}
