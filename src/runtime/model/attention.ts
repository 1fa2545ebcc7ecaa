/** Causal self-attention, one function per way of running it. All take packed q | k | v and give the heads' outputs. */
import type { GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";
import type { GPTConfig } from "./config";

/** Attention of one layer: packed q | k | v `[B, T, 3C]` to the concatenated heads `[B, T, C]`. */
export type Attend = (qkv: Value, layer: number) => Value;

/**
 * What a cached graph gives back of its keys and values: `presents`, the whole cache with the new tokens in it, for devices where it
 * stays; or `news`, the new tokens' alone, where fetching the whole would copy it (40 ms for GPT-2 small's on two cores).
 */
export type CacheOutputs = "presents" | "news";

/** A tensor of a layer's key/value cache: its name as an input and as an output. */
export interface CacheTensorNames {
  /** `[B, H, capacity, P]`; P is `cachedHeadSize`. */
  readonly past: string;
  /** `[B, H, capacity, P]`, or `[B, H, T, P]` with `news`. */
  readonly output: string;
}

/** Names of the keys' and the values' tensors of `layer`. */
export function cacheNames(layer: number): readonly [key: CacheTensorNames, value: CacheTensorNames] {
  return [
    { past: `past.${layer}.key`, output: `cache.${layer}.key` },
    { past: `past.${layer}.value`, output: `cache.${layer}.value` },
  ];
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
 * (int32 scalar) and the pasts, and the outputs that `outputs` says. A past has room for the new tokens; its rows beyond the cached
 * ones are not read.
 */
export function cachedAttention(g: GraphBuilder, config: GPTConfig, outputs: CacheOutputs): Attend {
  const { nHead: heads, nEmbd } = config;
  const seqlensK = g.input("seqlens_k", "int32", ["batch"]);
  const total = g.input("total_sequence_length", "int32", []);
  const shape = ["batch", heads, "capacity", cachedHeadSize(config)];
  return (qkv, layer) => {
    const [keyNames, valueNames] = cacheNames(layer);
    const past = { key: g.input(keyNames.past, "float32", shape), value: g.input(valueNames.past, "float32", shape) };
    const options = { heads, scale: attentionScale(config, layer) };
    const packed = padHeads(g, qkv, 3 * heads); // [B, T, 3HP]
    const attended = g.groupQueryAttention(packed, past, { seqlensK, total }, options);
    const news = outputs === "news" ? newKeysAndValues(g, packed, config) : [attended.key, attended.value];
    for (const [i, value] of news.entries()) g.outputAs(i === 0 ? keyNames.output : valueNames.output, value);
    return cutHeads(g, attended.output, heads, nEmbd / heads); // [B, T, C]
  };
}

/** Keys and values of the new tokens as the cache holds them: two of [B, H, T, P]. */
function newKeysAndValues(g: GraphBuilder, packed: Value, config: GPTConfig): Value[] {
  const size = cachedHeadSize(config);
  const width = config.nHead * size;
  const [, keys, values] = g.split(packed, 2, [width, width, width]); // [B, T, HP] each
  return [keys, values].map((x) => g.transpose(g.reshape(x, ["batch", "sequence", config.nHead, size]), [0, 2, 1, 3]));
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
