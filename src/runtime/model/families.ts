/** Reads each family's config.json. Names, defaults and aliases are those of Hugging Face's configuration classes. */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { invalidConfig, unsupportedModel } from "../errors";
import { type AttentionPattern, parsePattern } from "./attentionPattern";
import type { Architecture, RawConfig } from "./config";
import {
  type Aliases,
  brief,
  checkHeads,
  epsilon,
  flag,
  limits,
  parseActivation,
  parseKeys,
  size,
  text,
  tokenId,
  withinVocabulary,
} from "./configKeys";

/** `attribute_map` of Hugging Face's GPT-1 and GPT-2 configurations, and GPT-2's old `n_ctx`. */
const aliases: Aliases = [
  ["n_embd", "hidden_size"],
  ["n_positions", "max_position_embeddings"],
  ["n_head", "num_attention_heads"],
  ["n_layer", "num_hidden_layers"],
  ["n_positions", "n_ctx"],
];

const shared = {
  n_layer: size(limits.layers).default(12),
  n_head: size(limits.heads).default(12),
  n_embd: size(limits.width).default(768),
  layer_norm_epsilon: epsilon().default(1e-5),
  tie_word_embeddings: flag().default(true),
};

const gpt1Keys = z.object({
  ...shared,
  n_positions: size(limits.positions).default(512),
  vocab_size: size(limits.vocabulary).default(40_478),
  afn: text().default("gelu"),
  // GPT-1's own configuration has none.
  eos_token_id: tokenId().default(null),
  bos_token_id: tokenId().default(null),
});

/** GPT-1 (Radford et al. 2018 §4.1): norms after the sums, no final norm. Its `gelu` is the tanh approximation. */
export function parseGPT1(root: RawConfig, file: string): Architecture {
  const raw = parseKeys(gpt1Keys, root, aliases, file);
  return {
    modelType: "openai-gpt",
    ...commonSizes(raw, file),
    nInner: 4 * raw.n_embd,
    activationFunction: raw.afn === "gelu" ? "gelu_new" : parseActivation(raw.afn, "afn", file),
    normPlacement: "post",
    qkvProjection: "fused",
    matrixLayout: "inOut",
    attentionPatterns: dense(raw.n_layer),
    scaleAttnWeights: true,
    scaleAttnByInverseLayerIdx: false,
  };
}

const gpt2Keys = z.object({
  ...shared,
  n_inner: size(limits.inner).nullish(),
  n_positions: size(limits.positions).default(1024),
  vocab_size: size(limits.vocabulary).default(50_257),
  activation_function: text().default("gelu_new"),
  scale_attn_weights: flag().default(true),
  scale_attn_by_inverse_layer_idx: flag().default(false),
  add_cross_attention: flag().default(false),
  eos_token_id: tokenId().default(50_256),
  bos_token_id: tokenId().default(50_256),
});

/** GPT-2 (Radford et al. 2019 §2.3): norms before attention and MLP, and a final norm. */
export function parseGPT2(root: RawConfig, file: string): Architecture {
  const raw = parseKeys(gpt2Keys, root, aliases, file);
  if (raw.add_cross_attention) throw unsupportedModel(file, "add_cross_attention", "true", "false");
  return {
    modelType: "gpt2",
    ...commonSizes(raw, file),
    nInner: raw.n_inner ?? 4 * raw.n_embd,
    activationFunction: parseActivation(raw.activation_function, "activation_function", file),
    normPlacement: "pre",
    qkvProjection: "fused",
    matrixLayout: "inOut",
    attentionPatterns: dense(raw.n_layer),
    scaleAttnWeights: raw.scale_attn_weights,
    scaleAttnByInverseLayerIdx: raw.scale_attn_by_inverse_layer_idx,
  };
}

const patternsError = () => l10n.t('must be a list of "dense", "banded(k)" and "strided(k)"');
const gpt3Keys = z.object({
  attention_patterns: z.array(z.string({ error: patternsError }), { error: patternsError }),
});

/** GPT-3 (Brown et al. 2020 §2.1): GPT-2 whose layers may be sparse, as `attention_patterns` says. */
export function parseGPT3(root: RawConfig, file: string): Architecture {
  const config = parseGPT2({ n_positions: 2048, ...root }, file);
  const { attention_patterns: texts } = parseKeys(gpt3Keys, root, [], file);
  const patterns = texts.map((pattern) => parsePattern(pattern) ?? badPattern(pattern, file));
  checkLayerCount(patterns, config.nLayer, "attention_patterns", file);
  for (const pattern of patterns) checkWindow(pattern, config.nPositions, "attention_patterns", file);
  return { ...config, modelType: "gpt3", attentionPatterns: patterns };
}

function badPattern(found: string, file: string): never {
  throw invalidConfig(file, "attention_patterns", l10n.t('holds "{0}"; it {1}', brief(found), patternsError()));
}

const neoAliases: Aliases = [
  ["num_layers", "num_hidden_layers"],
  ["num_heads", "num_attention_heads"],
];

const layerKind = z.enum(["global", "local"]);
const typesError = () => l10n.t('must be a list of groups such as [["global", "local"], 12]');

const neoKeys = z.object({
  hidden_size: size(limits.width).default(2048),
  num_layers: size(limits.layers).default(24),
  num_heads: size(limits.heads).default(16),
  intermediate_size: size(limits.inner).nullish(),
  max_position_embeddings: size(limits.positions).default(2048),
  vocab_size: size(limits.vocabulary).default(50_257),
  window_size: size(limits.positions).default(256),
  activation_function: text().default("gelu_new"),
  layer_norm_epsilon: epsilon().default(1e-5),
  tie_word_embeddings: flag().default(true),
  attention_types: z
    .array(z.tuple([z.array(layerKind).max(limits.layers), z.int().min(1).max(limits.layers)]), { error: typesError })
    .max(limits.layers, { error: typesError })
    .default([[["global", "local"], 12]]),
  eos_token_id: tokenId().default(50_256),
  bos_token_id: tokenId().default(50_256),
});

/** GPT-Neo: GPT-2 with alternating global and local attention, unscaled scores, and q, k, v apart. */
export function parseGPTNeo(root: RawConfig, file: string): Architecture {
  const raw = parseKeys(neoKeys, root, neoAliases, file);
  const sizes = { nEmbd: raw.hidden_size, nHead: raw.num_heads };
  checkHeads(sizes, { width: "hidden_size", heads: "num_heads" }, file);
  const kinds = raw.attention_types.flatMap(([group, count]) => Array.from({ length: count }, () => group).flat());
  checkLayerCount(kinds, raw.num_layers, "attention_types", file);
  const local = { kind: "banded", k: raw.window_size - 1 } as const;
  if (kinds.includes("local")) checkWindow(local, raw.max_position_embeddings, "window_size", file);
  return {
    modelType: "gpt_neo",
    ...sizes,
    nLayer: raw.num_layers,
    nInner: raw.intermediate_size ?? 4 * raw.hidden_size,
    nPositions: raw.max_position_embeddings,
    vocabSize: raw.vocab_size,
    activationFunction: parseActivation(raw.activation_function, "activation_function", file),
    layerNormEpsilon: raw.layer_norm_epsilon,
    normPlacement: "pre",
    qkvProjection: "separate",
    matrixLayout: "outIn",
    attentionPatterns: kinds.map((kind) => (kind === "local" ? local : { kind: "dense" })),
    scaleAttnWeights: false,
    scaleAttnByInverseLayerIdx: false,
    ...tiesAndEnds(raw),
  };
}

interface CommonKeys {
  readonly n_layer: number;
  readonly n_head: number;
  readonly n_embd: number;
  readonly n_positions: number;
  readonly vocab_size: number;
  readonly layer_norm_epsilon: number;
  readonly tie_word_embeddings: boolean;
  readonly eos_token_id: number | null;
  readonly bos_token_id: number | null;
}

function commonSizes(raw: CommonKeys, file: string) {
  const sizes = { nEmbd: raw.n_embd, nHead: raw.n_head };
  checkHeads(sizes, { width: "n_embd", heads: "n_head" }, file);
  return {
    ...sizes,
    nLayer: raw.n_layer,
    nPositions: raw.n_positions,
    vocabSize: raw.vocab_size,
    layerNormEpsilon: raw.layer_norm_epsilon,
    ...tiesAndEnds(raw),
  };
}

function tiesAndEnds(raw: Pick<CommonKeys, "vocab_size" | "tie_word_embeddings" | "eos_token_id" | "bos_token_id">) {
  return {
    tieWordEmbeddings: raw.tie_word_embeddings,
    eosTokenId: withinVocabulary(raw.eos_token_id, raw.vocab_size),
    bosTokenId: withinVocabulary(raw.bos_token_id, raw.vocab_size),
  };
}

function dense(layers: number): AttentionPattern[] {
  return Array.from({ length: layers }, () => ({ kind: "dense" }));
}

function checkLayerCount(layers: readonly unknown[], expected: number, key: string, file: string): void {
  if (layers.length === expected) return;
  throw invalidConfig(file, key, l10n.t("describes {0} layers, but the model has {1}", layers.length, expected));
}

/** A window that no text fills is a mistake in the file: it would make a sparse layer dense. */
function checkWindow(pattern: AttentionPattern, nPositions: number, key: string, file: string): void {
  if (pattern.kind === "dense" || pattern.k < nPositions) return;
  const problem = l10n.t("asks for a window larger than the context of {0} tokens", nPositions);
  throw invalidConfig(file, key, problem);
}
