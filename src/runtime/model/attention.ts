/** Causal self-attention, one function per way of running it. All take packed q | k | v and give the heads' outputs. */
import type { CacheLengths, GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";
import type { AttentionPattern } from "./attentionPattern";
import { type CachedRows, cachedSparseAttention } from "./cachedSparse";
import type { GPTConfig } from "./config";
import { type HeadsAtOnce, sparseAttention } from "./sparseAttention";

/** Attention of one layer: packed q | k | v `[B, T, 3C]` to the concatenated heads `[B, T, C]`. */
export type Attend = (qkv: Value, layer: number) => Value;

/** Is told what happens inside, by name. */
export type Observe = (name: string, value: Value) => void;

/**
 * What a cached graph gives back of its keys and values: `presents`, the whole cache with the new tokens in it, for devices where it
 * stays; or `news`, the new tokens' alone, where fetching the whole would copy it (40 ms for GPT-2 small's on two cores).
 */
export type CacheOutputs = "presents" | "news";

/**
 * How a cached graph attends in dense layers: `fused`, by onnxruntime's own kernel, which on the CPU copies the whole cache for every
 * token (at 1,000 tokens that took GPT-2 small a third of its time); or `inParts`, where passes of few tokens meet the cached and the new
 * keys each by itself, under one softmax. More tokens than `mostInParts` are faster fused.
 */
export type CachedAttending = "fused" | "inParts";

/** Most tokens of a pass that attends in parts. */
export const mostInParts = 32;

/** How a cached graph treats its cache. */
export interface CacheUse {
  readonly outputs: CacheOutputs;
  readonly attending: CachedAttending;
}

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

/** Which inputs a cached graph of this model has that say how much is cached: those of dense layers, that of sparse ones. */
export function lengthInputs(config: GPTConfig): { readonly dense: boolean; readonly sparse: boolean } {
  const has = (wanted: boolean) => config.attentionPatterns.some(({ kind }) => (kind === "dense") === wanted);
  return { dense: has(true), sparse: has(false) };
}

/**
 * Attention with a key/value cache. Declares the inputs `seqlens_k` (int32 `[B]`, cached + new − 1) and `total_sequence_length`
 * (int32 scalar) and `attention_bias` (`[1, 1, T, cached + T]`, added to the scores, so that new tokens of different branches do not see
 * each other) for dense layers, `past_length` (int64 `[1]`, cached) for sparse ones, and the pasts; and the outputs that `use` says.
 * A past has room for the new tokens; its rows beyond the cached ones are not read.
 *
 * Where it attends in parts there are also `in_parts` (bool scalar), and `parts_bias` (`[1, 1, T, capacity + T]`) that takes the other
 * one's place when it is true: it has to hide what stands behind the cached rows, and new tokens from those before them. Of the bias that
 * is not used any shape will do.
 */
export function cachedAttention(g: GraphBuilder, config: GPTConfig, { outputs, attending }: CacheUse): Attend {
  const { nHead: heads, nEmbd } = config;
  const lengths = denseLengths(g, attending);
  const pastLength = lengthInputs(config).sparse ? g.input("past_length", "int64", [1]) : null;
  const attendSparsely = pastLength && cachedSparseAttention(g, pastLength);
  const shape = ["batch", heads, "capacity", cachedHeadSize(config)];
  return (qkv, layer) => {
    const [keyNames, valueNames] = cacheNames(layer);
    const past = { key: g.input(keyNames.past, "float32", shape), value: g.input(valueNames.past, "float32", shape) };
    const scale = attentionScale(config, layer);
    const pattern = patternOf(config, layer);
    const packed = padHeads(g, qkv, 3 * heads); // [B, T, 3HP]
    let output: Value;
    let caches: readonly Value[];
    if (pattern.kind === "dense" || !pastLength || !attendSparsely) {
      const { parts, ...given } = lengths();
      const fused = () => g.groupQueryAttention(packed, past, given, { heads, scale });
      if (outputs === "presents") {
        const { key, value, output: attended } = fused();
        output = attended;
        caches = [key, value];
      } else {
        const [q, key, value] = rowsByHead(g, packed, config);
        const rows = { q, keys: { past: past.key, news: key }, values: { past: past.value, news: value } };
        output = parts
          ? g.choose(
              parts.wanted,
              () => byToken(g, attendInParts(g, rows, parts.bias, scale)),
              () => fused().output,
            )
          : fused().output;
        caches = [key, value];
      }
    } else {
      const [q, key, value] = rowsByHead(g, packed, config);
      const [keys, values] = [
        { past: past.key, news: key },
        { past: past.value, news: value },
      ];
      output = byToken(g, attendSparsely(q, keys, values, pattern, scale));
      caches = outputs === "news" ? [key, value] : [keys, values].map((rows) => extended(g, rows, pastLength));
    }
    for (const [i, cache] of caches.entries()) g.outputAs(i === 0 ? keyNames.output : valueNames.output, cache);
    return cutHeads(g, output, heads, nEmbd / heads); // [B, T, C]
  };
}

/** What dense layers ask for, declared with the first such layer. */
function denseLengths(g: GraphBuilder, attending: CachedAttending) {
  let declared:
    | (CacheLengths & { readonly parts: { readonly wanted: Value; readonly bias: Value } | null })
    | undefined;
  return () => {
    declared ??= {
      seqlensK: g.input("seqlens_k", "int32", ["batch"]),
      total: g.input("total_sequence_length", "int32", []),
      bias: g.input("attention_bias", "float32", [1, 1, "sequence", "total"]),
      parts: attending === "inParts" ? partsInputs(g) : null,
    };
    return declared;
  };
}

function partsInputs(g: GraphBuilder) {
  const bias = g.input("parts_bias", "float32", [1, 1, "sequence", "capacity+sequence"]);
  return { wanted: g.input("in_parts", "bool", []), bias };
}

/** One softmax over the cached and the new keys, which are not joined: queries [B, H, T, P], and so is the result. */
function attendInParts(
  g: GraphBuilder,
  { q, keys, values }: { readonly q: Value; readonly keys: CachedRows; readonly values: CachedRows },
  bias: Value,
  scale: number,
): Value {
  const [before, among] = [g.matMulTransposedBatch(q, keys.past, scale), g.matMulTransposedBatch(q, keys.news, scale)];
  const probabilities = g.softmax(g.add(g.concat([before, among], 3), bias)); // [B, H, T, capacity + T]
  const capacity = g.lengthOf(keys.past, 2);
  const ofPast = g.slice(probabilities, 3, 0, capacity, "capacity");
  const ofNews = g.slice(probabilities, 3, capacity, 2 ** 31 - 1, "sequence");
  return g.add(g.matMul(ofPast, values.past), g.matMul(ofNews, values.news));
}

/** Queries, keys and values of the new tokens as the cache holds them: three of [B, H, T, P]. */
function rowsByHead(g: GraphBuilder, packed: Value, config: GPTConfig): readonly [Value, Value, Value] {
  const size = cachedHeadSize(config);
  const width = config.nHead * size;
  const [q, k, v] = g.split(packed, 2, [width, width, width]); // [B, T, HP] each
  const byHead = (x: Value) => g.transpose(g.reshape(x, ["batch", "sequence", config.nHead, size]), [0, 2, 1, 3]);
  return [byHead(q), byHead(k), byHead(v)];
}

/** [B, H, T, P] to [B, T, H·P]. */
function byToken(g: GraphBuilder, x: Value): Value {
  const [, heads, , size] = x.shape;
  return g.reshape(g.transpose(x, [0, 2, 1, 3]), ["batch", "sequence", Number(heads) * Number(size)]);
}

/** The past with the new rows written in. */
function extended(g: GraphBuilder, { past, news }: CachedRows, pastLength: Value): Value {
  const stop = g.add(pastLength, g.lengthOf(news, 2));
  const before = g.slice(past, 2, 0, pastLength, "cached");
  return g.concat([before, news, g.slice(past, 2, stop, 2 ** 31 - 1, "free")], 2);
}

function patternOf(config: GPTConfig, layer: number): AttentionPattern {
  const pattern = config.attentionPatterns[layer];
  if (!pattern) throw new RangeError(`layer ${layer} has no attention pattern`);
  return pattern;
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
  const byHead = g.slice(g.reshape(x, ["batch", "sequence", count, padded]), 3, 0, size, size);
  return g.reshape(byHead, ["batch", "sequence", count * size]);
}

/** How to attend over whole sequences. */
export interface MaskedOptions {
  /** Is told the probabilities, under the names that `buildTraceGraph` documents. */
  readonly observe?: Observe | undefined;
  readonly headsAtOnce: HeadsAtOnce;
}

/**
 * Attention over whole, padded sequences. `attentionMask` int64 `[B, T]` is 0 at padding, which no query then sees. The mask is
 * finite, so that a padded query, which sees nothing, gives numbers nobody reads instead of NaN that would spread.
 */
export function maskedAttention(
  g: GraphBuilder,
  config: GPTConfig,
  attentionMask: Value,
  { observe, headsAtOnce }: MaskedOptions,
): Attend {
  const { nHead: heads, nEmbd } = config;
  const hidden = g.equal(attentionMask, g.scalar(0, "int64")); // [B, T]
  const penalty = g.where(hidden, g.scalar(-1e30), g.scalar(0)); // [B, T]
  // onnxruntime wants the query dimension too: no query adds anything.
  const byQuery = g.mul(g.cast(attentionMask, "float32"), g.scalar(0)); // [B, T]
  const mask = g.add(g.unsqueeze(byQuery, [1, 3]), g.unsqueeze(penalty, [1, 2])); // [B, 1, T, T]
  return (qkv, layer) => {
    const [q, k, v] = g.split(qkv, 2, [nEmbd, nEmbd, nEmbd]); // [B, T, C] each
    const options = { heads, scale: attentionScale(config, layer) };
    const pattern = patternOf(config, layer);
    if (pattern.kind === "dense") {
      const { output, probabilities } = g.attention(q, k, v, mask, options);
      observe?.(`attentions.${layer}`, probabilities);
      return output;
    }
    const { output, probabilities } = sparseAttention(g, { q, k, v, penalty }, pattern, { ...options, headsAtOnce });
    if (!observe) return output;
    const { window, columns } = probabilities();
    observe(`attentions.${layer}.window`, window);
    if (columns) observe(`attentions.${layer}.columns`, columns);
    return output;
  };
}
