/** Causal self-attention, one function per way of running it. All take packed q | k | v and give the heads' outputs. */
import type { GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";
import type { GPTConfig } from "./config";

/** Attention of one layer: packed q | k | v `[B, T, 3C]` to the concatenated heads `[B, T, C]`. */
export type Attend = (qkv: Value, layer: number) => Value;

/** Inputs and outputs of a layer's key/value cache, `[B, H, capacity, D]` each. */
export interface CacheNames {
  readonly pastKey: string;
  readonly pastValue: string;
  readonly presentKey: string;
  readonly presentValue: string;
}

/** Names of the cache tensors of `layer`. */
export function cacheNames(layer: number): CacheNames {
  return {
    pastKey: `past.${layer}.key`,
    pastValue: `past.${layer}.value`,
    presentKey: `present.${layer}.key`,
    presentValue: `present.${layer}.value`,
  };
}

/**
 * Scale of the scores q·kᵀ in `layer` (from 0): 1/√D unless the configuration turns it off, and a further 1/(layer + 1)
 * where it asks for that.
 */
export function attentionScale(config: GPTConfig, layer: number): number {
  const byWidth = config.scaleAttnWeights ? 1 / Math.sqrt(config.nEmbd / config.nHead) : 1;
  return config.scaleAttnByInverseLayerIdx ? byWidth / (layer + 1) : byWidth;
}

/**
 * Attention with a key/value cache. Declares the inputs `seqlens_k` (int32 `[B]`, cached + new − 1), `total_sequence_length`
 * (int32 scalar) and the pasts, and the presents as outputs. A past has the full capacity; rows beyond the cached length are
 * not read.
 */
export function cachedAttention(g: GraphBuilder, config: GPTConfig): Attend {
  const { nHead: heads, nEmbd, nPositions } = config;
  const seqlensK = g.input("seqlens_k", "int32", ["batch"]);
  const total = g.input("total_sequence_length", "int32", []);
  const shape = ["batch", heads, nPositions, nEmbd / heads];
  return (qkv, layer) => {
    const names = cacheNames(layer);
    const past = { key: g.input(names.pastKey, "float32", shape), value: g.input(names.pastValue, "float32", shape) };
    const options = { heads, scale: attentionScale(config, layer) };
    const { output, key, value } = g.groupQueryAttention(qkv, past, { seqlensK, total }, options); // [B, T, C]
    g.outputAs(names.presentKey, key);
    g.outputAs(names.presentValue, value);
    return output;
  };
}

/**
 * Attention over whole, padded sequences. `attentionMask` int64 `[B, T]` is 0 at padding, which no query then sees. The mask is
 * finite, so that a padded query, which sees nothing, gives numbers nobody reads instead of NaN that would spread.
 */
export function maskedAttention(g: GraphBuilder, config: GPTConfig, attentionMask: Value): Attend {
  const { nHead: heads, nEmbd } = config;
  const hidden = g.equal(attentionMask, g.scalar(0, "int64")); // [B, T]
  const penalty = g.where(hidden, g.scalar(-1e30), g.scalar(0)); // [B, T]
  const mask = g.unsqueeze(penalty, [1, 2]); // [B, 1, 1, T]
  return (qkv, layer) => {
    const [q, k, v] = g.split(qkv, 2, [nEmbd, nEmbd, nEmbd]); // [B, T, C] each
    return g.attention(q, k, v, mask, { heads, scale: attentionScale(config, layer) }).output;
  };
}
