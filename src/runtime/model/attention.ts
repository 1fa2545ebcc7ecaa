/** Causal self-attention, one function per way of running it. All take packed q | k | v and give the heads' outputs. */
import type { GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";
import type { GPTConfig } from "./config";

/** Attention of one layer: packed q | k | v `[B, T, 3C]` to the concatenated heads `[B, T, C]`. */
export type Attend = (qkv: Value, layer: number) => Value;

/** Inputs and outputs of a layer's key/value cache, `[B, H, capacity, P]` each; P is `cachedHeadSize`. */
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
  const shape = ["batch", heads, nPositions, cachedHeadSize(config)];
  return (qkv, layer) => {
    const names = cacheNames(layer);
    const past = { key: g.input(names.pastKey, "float32", shape), value: g.input(names.pastValue, "float32", shape) };
    const options = { heads, scale: attentionScale(config, layer) };
    const packed = padHeads(g, qkv, 3 * heads); // [B, T, 3HP]
    const { output, key, value } = g.groupQueryAttention(packed, past, { seqlensK, total }, options); // [B, T, HP]
    g.outputAs(names.presentKey, key);
    g.outputAs(names.presentValue, value);
    return cutHeads(g, output, heads, nEmbd / heads); // [B, T, C]
  };
}

/** Size of a head in the cache: onnxruntime's attention with a cache wants a multiple of 8. */
export function cachedHeadSize(config: GPTConfig): number {
  return Math.ceil(config.nEmbd / config.nHead / 8) * 8;
}

/** Fills up each of `count` heads with zeros, which change no score and no output. */
function padHeads(g: GraphBuilder, x: Value, count: number): Value {
  const size = Number(x.shape.at(-1)) / count;
  const padded = Math.ceil(size / 8) * 8;
  if (padded === size) return x;
  const byHead = g.padLast(g.reshape(x, ["batch", "sequence", count, size]), padded - size);
  return g.reshape(byHead, ["batch", "sequence", count * padded]);
}

/** Takes the zeros off again. */
function cutHeads(g: GraphBuilder, x: Value, count: number, size: number): Value {
  const padded = Number(x.shape.at(-1)) / count;
  if (padded === size) return x;
  const byHead = g.slice(g.reshape(x, ["batch", "sequence", count, padded]), 3, 0, size);
  return g.reshape(byHead, ["batch", "sequence", count * size]);
}

/**
 * Attention over whole, padded sequences. `attentionMask` int64 `[B, T]` is 0 at padding, which no query then sees. The mask is
 * finite, so that a padded query, which sees nothing, gives numbers nobody reads instead of NaN that would spread.
 */
export function maskedAttention(g: GraphBuilder, config: GPTConfig, attentionMask: Value): Attend {
  const { nHead: heads, nEmbd } = config;
  const hidden = g.equal(attentionMask, g.scalar(0, "int64")); // [B, T]
  const penalty = g.where(hidden, g.scalar(-1e30), g.scalar(0)); // [B, T]
  // onnxruntime wants the query dimension too: no query adds anything.
  const byQuery = g.mul(g.cast(attentionMask, "float32"), g.scalar(0)); // [B, T]
  const mask = g.add(g.unsqueeze(byQuery, [1, 3]), g.unsqueeze(penalty, [1, 2])); // [B, 1, T, T]
  return (qkv, layer) => {
    const [q, k, v] = g.split(qkv, 2, [nEmbd, nEmbd, nEmbd]); // [B, T, C] each
    return g.attention(q, k, v, mask, { heads, scale: attentionScale(config, layer) }).output;
  };
}
