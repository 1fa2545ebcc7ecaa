/** A model in pieces: its embeddings, and a stretch of its blocks. Run one after the other, they give every layer's state. */
import { type Graph, GraphBuilder } from "../graph/graph";
import { maskedAttention } from "./attention";
import type { GPTConfig } from "./config";
import type { DeviceTraits } from "./deviceTraits";
import {
  block,
  type Context,
  embeddings,
  finalNorm,
  memoize,
  type ParameterSource,
  partsContext,
  tokenInputs,
  unobserved,
} from "./gpt";

/** Name of the state before block `depth`, which is the output of the block before it; of the embeddings at 0. */
export function stateName(depth: number): string {
  return `state.${depth}`;
}

/** Inputs: `input_ids`, `position_ids` int64 [B, T]. Output: `state.0` [B, T, C]. */
export function buildEmbeddingsGraph(config: GPTConfig, source: ParameterSource): Graph {
  const g = new GraphBuilder();
  const [inputIds, positionIds] = tokenInputs(g);
  g.outputAs(stateName(0), embeddings(partsContext(g, config, source), inputIds, positionIds));
  return g.build();
}

/**
 * Blocks `first` to `last` (exclusive) over whole sequences.
 *
 * Inputs: `state.FIRST` [B, T, C] and `attention_mask` int64 [B, T]. Outputs: `state.D` [B, T, C] for D from `first` + 1 to `last`,
 * before the final norm.
 */
export function buildBlocksGraph(
  config: GPTConfig,
  source: ParameterSource,
  { headsAtOnce, quantizedProducts }: DeviceTraits,
  [first, last]: readonly [first: number, last: number],
): Graph {
  const g = new GraphBuilder();
  const parameter = memoize((name) => source(g, name));
  let x = g.input(stateName(first), "float32", ["batch", "sequence", config.nEmbd]);
  const attentionMask = g.input("attention_mask", "int64", ["batch", "sequence"]);
  const attend = maskedAttention(g, config, attentionMask, { headsAtOnce });
  const context: Context = { g, config, parameter, attend, observe: unobserved, products: quantizedProducts };
  for (let layer = first; layer < last; layer++) {
    x = block(context, x, layer);
    g.outputAs(stateName(layer + 1), x);
  }
  return g.build();
}

/**
 * What a whole text is to the model, as one vector. Inputs: `state` [B, T, C], the last block's output, and `weights` float32 [B, 1, T],
 * 1/length at a text's tokens and 0 behind them. Output: `mean` [B, 1, C], the mean after the final norm (GPT-1 has none).
 */
export function buildMeanStateGraph(config: GPTConfig, source: ParameterSource): Graph {
  const g = new GraphBuilder();
  const state = g.input("state", "float32", ["batch", "sequence", config.nEmbd]);
  const weights = g.input("weights", "float32", ["batch", 1, "sequence"]);
  g.outputAs("mean", g.matMul(weights, finalNorm(partsContext(g, config, source), state)));
  return g.build();
}
