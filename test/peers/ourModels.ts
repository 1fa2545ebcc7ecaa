/** The models that we make for Hugging Face's transformers to read: every family, key of the config and way to store. */
import { exportModel } from "../../src/runtime/checkpoint/export";
import type { WrittenDType } from "../../src/runtime/checkpoint/narrow";
import { type GPTConfig, parseGPTConfig } from "../../src/runtime/model/config";
import { initialValues } from "../../src/runtime/model/initialize";
import { longRandom, type Random } from "../../src/runtime/random";

/** A model to make. */
export interface OurModel {
  readonly config: GPTConfig;
  readonly dtype: WrittenDType;
  /** Largest file, bytes; none: all in one. */
  readonly maxShardBytes?: number;
}

/** Ids that every one of them knows. */
export const leastVocabulary = 60;
/** Tokens that every one of them takes. */
export const leastPositions = 50;

/** By name. GPT-3 is ours alone: with dense layers only it is a GPT-2, and read as one. */
export function ourModels(random: Random): Readonly<Record<string, OurModel>> {
  const gpt1 = (keys = {}) => parse({ model_type: "openai-gpt", ...sizes(random), ...keys });
  const gpt2 = (keys = {}) => parse({ model_type: "gpt2", ...sizes(random), ...keys });
  const neo = (keys = {}) => parse({ model_type: "gpt_neo", ...neoSizes(random), ...keys });
  const inner = whole(random, 30, 120);
  return {
    gpt1: { config: gpt1(), dtype: "F32" },
    "gpt1-silu": { config: gpt1({ afn: "silu" }), dtype: "BF16" },
    gpt2: { config: gpt2(), dtype: "F32" },
    "gpt2-untied": { config: gpt2({ tie_word_embeddings: false, n_inner: inner }), dtype: "F32" },
    "gpt2-inverse": { config: gpt2({ scale_attn_by_inverse_layer_idx: true }), dtype: "F32" },
    "gpt2-unscaled": { config: gpt2({ scale_attn_weights: false, activation_function: "relu" }), dtype: "F32" },
    "gpt2-gelu": { config: gpt2({ activation_function: "gelu" }), dtype: "F32" },
    "gpt2-quick": { config: gpt2({ activation_function: "quick_gelu" }), dtype: "F32" },
    "gpt2-half": { config: gpt2(), dtype: "F16" },
    "gpt2-brain": { config: gpt2({ activation_function: "silu" }), dtype: "BF16" },
    "gpt2-shards": { config: gpt2({ tie_word_embeddings: false }), dtype: "F32", maxShardBytes: 20_000 },
    neo: { config: neo(), dtype: "F32" },
    "neo-untied": { config: neo({ tie_word_embeddings: false, intermediate_size: inner }), dtype: "F16" },
    "neo-shards": { config: neo({ activation_function: "gelu" }), dtype: "F32", maxShardBytes: 20_000 },
    gpt3: { config: dense(gpt2()), dtype: "F32" },
  };
}

/**
 * Writes the model to `folder` with ten times the usual spread, so that attention and MLP matter beside the residual stream, and with
 * gains and biases of their own.
 */
export function writeOurModel(folder: string, { config, dtype, maxShardBytes }: OurModel, seed: number): Promise<void> {
  const random = longRandom(seed);
  const values = function* (name: string, count: number) {
    const oneDimensional = name.endsWith(".bias") || /(^|\.)ln_/.test(name);
    for (const piece of initialValues(name, count, config, random))
      yield piece.map((x) => (oneDimensional ? x + 0.4 * (random() - 0.5) : 10 * x));
  };
  return exportModel(folder, { config, values }, { dtype, ...(maxShardBytes && { maxShardBytes }) });
}

function parse(json: unknown): GPTConfig {
  return parseGPTConfig(json, "config.json");
}

function dense(config: GPTConfig): GPTConfig {
  return { ...config, modelType: "gpt3" };
}

function sizes(random: Random) {
  const n_head = whole(random, 1, 4);
  return {
    n_layer: whole(random, 2, 4),
    n_head,
    n_embd: n_head * whole(random, 7, 16),
    n_positions: whole(random, leastPositions, 100),
    vocab_size: whole(random, leastVocabulary, 200),
    layer_norm_epsilon: [1e-5, 1e-6, 1e-3][whole(random, 0, 2)],
  };
}

function neoSizes(random: Random) {
  const { n_layer, n_head, n_embd, n_positions, ...rest } = sizes(random);
  const kinds = Array.from({ length: n_layer - 1 }, () => (random() < 0.5 ? "global" : "local"));
  return {
    num_layers: n_layer,
    num_heads: n_head,
    hidden_size: n_embd,
    max_position_embeddings: n_positions,
    window_size: whole(random, 1, 20),
    attention_types: [[[...kinds, "local"], 1]],
    ...rest,
  };
}

/** A whole number from `min` to `max`. */
function whole(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}
