/**
 * Low-rank adaptation (Hu et al. 2021 §4.1): y = x·W + (alpha / r) · (dropout(x)·Aᵀ)·Bᵀ, where W stays as it is. Names and shapes are
 * PEFT's, `lora_A` [r, in] and `lora_B` [out, r].
 */
import type { GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";
import type { Random } from "../random";
import type { TrainingMethod } from "../trainingProtocol";
import type { GPTConfig } from "./config";

/** How matrices are adapted. */
export type LoraSettings = Extract<TrainingMethod, { readonly kind: "lora" }>;

/** Names of the two factors that adapt the matrix `module` (`h.0.attn.c_attn`). */
export function loraNames(module: string): { readonly a: string; readonly b: string } {
  return { a: `${module}.lora_A.weight`, b: `${module}.lora_B.weight` };
}

/** Matrices of a block that can be adapted, with their inputs and outputs. */
export function adaptable(config: GPTConfig): ReadonlyMap<string, readonly [inputs: number, outputs: number]> {
  const { nEmbd: C, nInner: I } = config;
  const projections: readonly (readonly [string, readonly [number, number]])[] =
    config.qkvProjection === "fused"
      ? [["attn.c_attn", [C, 3 * C]]]
      : ["q", "k", "v"].map((part) => [`attn.${part}_proj`, [C, C]] as const);
  return new Map([
    ...projections,
    ["attn.c_proj", [C, C]] as const,
    ["mlp.c_fc", [C, I]] as const,
    ["mlp.c_proj", [I, C]] as const,
  ]);
}

/** Names and shapes of all factors, block after block. Throws `RangeError` for a target that the model does not have. */
export function loraShapes(config: GPTConfig, settings: LoraSettings): ReadonlyMap<string, readonly number[]> {
  const matrices = adaptable(config);
  const shapes = new Map<string, readonly number[]>();
  for (let layer = 0; layer < config.nLayer; layer++)
    for (const target of settings.targetModules) {
      const size = matrices.get(target);
      if (!size) throw new RangeError(`no matrix is called ${target}; there are ${[...matrices.keys()].join(", ")}`);
      const { a, b } = loraNames(`h.${layer}.${target}`);
      shapes.set(a, [settings.r, size[0]]).set(b, [size[1], settings.r]);
    }
  return shapes;
}

/**
 * Initial values of a factor as PEFT draws them: A uniform within ±√(6 / ((1 + 5)·in)) = ±1/√in (Kaiming, a = √5), B zero, so that the
 * adapted model begins as the model it adapts.
 */
export function initialFactor(name: string, shape: readonly number[], random: Random): Float32Array<ArrayBuffer> {
  const [rows = 1, columns = 1] = shape;
  const values = new Float32Array(rows * columns);
  if (name.endsWith(".lora_B.weight")) return values;
  const bound = 1 / Math.sqrt(columns);
  return values.map(() => (2 * random() - 1) * bound);
}

/** What the factors are made into. */
export interface Adapting {
  readonly g: GraphBuilder;
  readonly settings: LoraSettings;
  readonly parameter: (name: string) => Value;
  readonly dropout: (x: Value, place: string) => Value;
}

/** x·W, [N, out], with the low-rank part of the matrix `name` added where it is a target; x is [N, in]. */
export function adapted({ g, settings, parameter, dropout }: Adapting, product: Value, x: Value, name: string): Value {
  if (!settings.targetModules.some((target) => name.endsWith(`.${target}`))) return product;
  const { a, b } = loraNames(name);
  const narrow = g.matMulTransposed(dropout(x, `${name}.lora`), parameter(a)); // [N, r]
  const { r, loraAlpha } = settings;
  return g.add(product, g.gemm(narrow, parameter(b), { alpha: loraAlpha / r, transB: 1 }));
}
