/** The graph that asks a fine-tuned classifier about whole sequences: its linear layer on the extract tokens' final states. */
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
  tokenInputs,
  unobserved,
} from "./gpt";

/** Name of the output. */
export const scoresName = "scores";

/**
 * h · Wᵀ for the final state h of each sequence's extract token (Radford et al. 2018 §3.2). There is no bias in it: where a task adds
 * states or compares choices, that comes first.
 *
 * Inputs: `input_ids`, `position_ids`, `attention_mask` int64 [B, T]; `extract` int64 [B], rows of the flattened [B·T].
 * Output: `scores` [B, rows of `score.weight`].
 */
export function buildClassifierGraph(
  config: GPTConfig,
  source: ParameterSource,
  { headsAtOnce, quantizedProducts }: Pick<DeviceTraits, "headsAtOnce" | "quantizedProducts">,
): Graph {
  const g = new GraphBuilder();
  const parameter = memoize((name) => source(g, name));
  const [inputIds, positionIds] = tokenInputs(g);
  const attentionMask = g.input("attention_mask", "int64", ["batch", "sequence"]);
  const extract = g.input("extract", "int64", ["batch"]);
  const attend = maskedAttention(g, config, attentionMask, { headsAtOnce });
  const context: Context = { g, config, parameter, attend, observe: unobserved, products: quantizedProducts };
  let x = embeddings(context, inputIds, positionIds); // [B, T, C]
  for (let layer = 0; layer < config.nLayer; layer++) x = block(context, x, layer);
  const flat = g.reshape(x, ["batch*sequence", config.nEmbd]); // [B·T, C]
  const states = finalNorm(context, g.gather(flat, extract)); // [B, C]
  g.outputAs(scoresName, g.matMulTransposed(states, parameter("score.weight")));
  return g.build();
}
