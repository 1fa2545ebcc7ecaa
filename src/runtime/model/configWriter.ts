/** Writes each family's config.json, in Hugging Face's words. */
import { formatPattern } from "./attentionPattern";
import type { GPTConfig, RawConfig } from "./config";

/** GPT-1's config.json. */
export function formatGPT1(config: GPTConfig): RawConfig {
  return {
    model_type: "openai-gpt",
    architectures: ["OpenAIGPTLMHeadModel"],
    ...sizes(config),
    afn: config.activationFunction === "gelu_new" ? "gelu" : config.activationFunction,
    ...ends(config),
  };
}

/** GPT-2's config.json. */
export function formatGPT2(config: GPTConfig): RawConfig {
  return { model_type: "gpt2", architectures: ["GPT2LMHeadModel"], ...gpt2Keys(config) };
}

/** Our own GPT-3's config.json: GPT-2's with `attention_patterns`. */
export function formatGPT3(config: GPTConfig): RawConfig {
  return {
    model_type: "gpt3",
    architectures: ["GPT3LMHeadModel"],
    ...gpt2Keys(config),
    attention_patterns: config.attentionPatterns.map(formatPattern),
  };
}

/** GPT-Neo's config.json. */
export function formatGPTNeo(config: GPTConfig): RawConfig {
  const kinds = config.attentionPatterns.map(({ kind }) => (kind === "dense" ? "global" : "local"));
  const local = config.attentionPatterns.find((pattern) => pattern.kind === "banded");
  return {
    model_type: "gpt_neo",
    architectures: ["GPTNeoForCausalLM"],
    num_layers: config.nLayer,
    num_heads: config.nHead,
    hidden_size: config.nEmbd,
    intermediate_size: config.nInner === 4 * config.nEmbd ? null : config.nInner,
    max_position_embeddings: config.nPositions,
    vocab_size: config.vocabSize,
    layer_norm_epsilon: config.layerNormEpsilon,
    tie_word_embeddings: config.tieWordEmbeddings,
    activation_function: config.activationFunction,
    attention_types: kinds.map((kind) => [[kind], 1]),
    attention_layers: kinds,
    ...(local?.kind === "banded" ? { window_size: local.k + 1 } : {}),
    ...ends(config),
  };
}

function gpt2Keys(config: GPTConfig): RawConfig {
  return {
    ...sizes(config),
    n_inner: config.nInner === 4 * config.nEmbd ? null : config.nInner,
    activation_function: config.activationFunction,
    scale_attn_weights: config.scaleAttnWeights,
    scale_attn_by_inverse_layer_idx: config.scaleAttnByInverseLayerIdx,
    ...ends(config),
  };
}

function sizes(config: GPTConfig): RawConfig {
  return {
    n_layer: config.nLayer,
    n_head: config.nHead,
    n_embd: config.nEmbd,
    n_positions: config.nPositions,
    vocab_size: config.vocabSize,
    layer_norm_epsilon: config.layerNormEpsilon,
    tie_word_embeddings: config.tieWordEmbeddings,
  };
}

function ends(config: GPTConfig): RawConfig {
  return { eos_token_id: config.eosTokenId, bos_token_id: config.bosTokenId };
}
