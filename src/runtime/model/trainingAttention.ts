/**
 * Causal attention as training needs it: made of products and a softmax, so that it can be differentiated and its probabilities dropped.
 * Padding stands on the right, so no query that counts sees any: causality hides it.
 *
 * B rows · T tokens · H heads · D head size · C = H·D
 */
import type { GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";
import { lazy } from "../graph/vjpParts";
import { type Attend, attentionScale } from "./attention";
import type { GPTConfig } from "./config";
import { type HeadsAtOnce, type SparsePattern, sparseAttention } from "./sparseAttention";

/** Shape of a batch, and what is done to the probabilities. */
export interface TrainingAttentionOptions {
  readonly rows: number;
  readonly length: number;
  readonly headsAtOnce: HeadsAtOnce;
  /** Drops probabilities of a layer; `place` says which (`h.0.attn.probabilities`). */
  readonly dropout: (probabilities: Value, place: string) => Value;
  /** `causalMask`, where several calls share one. */
  readonly mask?: () => Value;
}

const hidden = -1e30;

/** Attention over packed q | k | v [B·T, 3C], giving [B·T, C]. */
export function trainingAttention(g: GraphBuilder, config: GPTConfig, options: TrainingAttentionOptions): Attend {
  const mask = options.mask ?? lazy(() => causalMask(g, options.length));
  return (qkv, layer) => {
    const { nEmbd: C } = config;
    const parts = g.split(qkv, 1, [C, C, C]); // [B·T, C] each
    const pattern = config.attentionPatterns[layer];
    if (!pattern) throw new RangeError(`layer ${layer} has no attention pattern`);
    const attend = pattern.kind === "dense" ? denseAttention : sparseLayer(pattern);
    return attend(g, config, { ...options, parts, layer, mask });
  };
}

interface Layer extends TrainingAttentionOptions {
  readonly parts: readonly [q: Value, k: Value, v: Value];
  readonly layer: number;
  readonly mask: () => Value;
}

function denseAttention(
  g: GraphBuilder,
  config: GPTConfig,
  { parts, layer, rows: B, length: T, dropout, mask }: Layer,
): Value {
  const { nHead: H, nEmbd: C } = config;
  const byHead = (x: Value) => g.transpose(g.reshape(x, [B, T, H, C / H]), [0, 2, 1, 3]);
  const scaled = g.mul(parts[0], g.scalar(attentionScale(config, layer)));
  const [q, k, v] = [byHead(scaled), byHead(parts[1]), byHead(parts[2])]; // [B, H, T, D] each
  // Every device has these operators; the CPU fuses them.
  const scores = g.matMul(q, g.transpose(k, [0, 1, 3, 2])); // [B, H, T, T]
  const probabilities = g.softmax(g.add(scores, mask()));
  const heads = g.matMul(dropout(probabilities, `h.${layer}.attn.probabilities`), v); // [B, H, T, D]
  return g.reshape(g.transpose(heads, [0, 2, 1, 3]), [B * T, C]);
}

/** What the future adds to a score, [T, T]. */
export function causalMask(g: GraphBuilder, T: number): Value {
  const places = g.range(g.int64s([0]), g.int64s([T]), T);
  const ahead = g.less(g.unsqueeze(places, [1]), g.unsqueeze(places, [0]));
  return g.where(ahead, g.scalar(hidden), g.scalar(0));
}

function sparseLayer(pattern: SparsePattern) {
  return (g: GraphBuilder, config: GPTConfig, { parts, layer, rows: B, length: T, dropout, headsAtOnce }: Layer) => {
    const { nHead: heads, nEmbd: C } = config;
    const [q, k, v] = parts.map((x) => g.reshape(x, [B, T, C])) as [Value, Value, Value];
    const penalty = g.expand(g.scalar(0), [B, T]);
    let group = 0;
    const output = sparseAttention(g, { q, k, v, penalty }, pattern, {
      heads,
      scale: attentionScale(config, layer),
      headsAtOnce,
      dropout: (probabilities) => dropout(probabilities, `h.${layer}.attn.probabilities.${group++}`),
    }).output;
    return g.reshape(output, [B * T, C]);
  };
}
