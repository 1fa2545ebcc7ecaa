/** Some layers of a model, in which every head and every MLP can be switched off. */
import { type Graph, GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";
import { maskedAttention } from "./attention";
import type { GPTConfig } from "./config";
import type { DeviceTraits } from "./deviceTraits";
import {
  block,
  type Context,
  embeddings,
  finalNorm,
  type Gates,
  languageModelHead,
  memoize,
  type ParameterSource,
  tokenInputs,
  unobserved,
} from "./gpt";

/** Layers that stand one after the other: `from`, …, `to` − 1. */
export interface LayerRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The graph of some layers over whole sequences. The first ones come with the embeddings, the last ones with the final norm and the output
 * head: the parts of a model, run one after the other, are the model.
 *
 * Inputs: `attention_mask` int64 [B, T]; `head_gates` float32 [B, layers, H], which multiply the heads' outputs before their projection, and
 * `mlp_gates` [B, layers], the MLPs' outputs: 1, or 0 for off. Of the first part `input_ids`, `position_ids` int64 [B, T]; of others `state`
 * [B, T, C]. Of the last part `logit_rows` int64 [N], rows of the flattened [B·T], and `targets` int64 [N].
 * Output: `next_state` [B, T, C]; of the last part `target_logprobs` [N], natural logarithms.
 */
export function buildPartGraph(
  config: GPTConfig,
  source: ParameterSource,
  { headsAtOnce, quantizedProducts }: DeviceTraits,
  layers: LayerRange,
): Graph {
  const g = new GraphBuilder();
  const attentionMask = g.input("attention_mask", "int64", ["batch", "sequence"]);
  const context: Context = {
    g,
    config,
    parameter: memoize((name) => source(g, name)),
    attend: maskedAttention(g, config, attentionMask, { headsAtOnce }),
    observe: unobserved,
    products: quantizedProducts,
    gates: inputGates(g, config, layers),
  };
  const stateShape = ["batch", "sequence", config.nEmbd];
  let x = layers.from === 0 ? embeddings(context, ...tokenInputs(g)) : g.input("state", "float32", stateShape);
  for (let layer = layers.from; layer < layers.to; layer++) x = block(context, x, layer); // [B, T, C]
  if (layers.to < config.nLayer) g.outputAs("next_state", x);
  else g.outputAs("target_logprobs", targetLogprobs(context, x));
  return g.build();
}

/** ln p of the targets after the rows that are asked: [B, T, C] to [N]. */
function targetLogprobs(context: Context, x: Value): Value {
  const { g, config } = context;
  const rows = g.input("logit_rows", "int64", ["rows"]);
  const targets = g.input("targets", "int64", ["rows"]);
  const flat = g.reshape(finalNorm(context, x), ["batch*sequence", config.nEmbd]); // [B·T, C]
  const logprobs = g.logSoftmax(languageModelHead(context, g.gather(flat, rows))); // [N, V]
  return g.reshape(g.gatherLast(logprobs, g.unsqueeze(targets, [1])), ["rows"]); // [N]
}

function inputGates(g: GraphBuilder, { nHead, nEmbd }: GPTConfig, { from, to }: LayerRange): Gates {
  const headGates = g.input("head_gates", "float32", ["batch", to - from, nHead]);
  const mlpGates = g.input("mlp_gates", "float32", ["batch", to - from]);
  return {
    heads(attended, layer) {
      const byHead = g.reshape(attended, ["batch", "sequence", nHead, nEmbd / nHead]); // [B, T, H, D]
      const gates = g.gather(headGates, g.int64s([layer - from]), 1); // [B, 1, H]
      return g.reshape(g.mul(byHead, g.unsqueeze(gates, [3])), ["batch", "sequence", nEmbd]); // [B, T, C]
    },
    mlp(output, layer) {
      const gates = g.gather(mlpGates, g.int64s([layer - from]), 1); // [B, 1]
      return g.mul(output, g.unsqueeze(gates, [2])); // [B, T, C]
    },
  };
}
