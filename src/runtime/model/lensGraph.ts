/** The logit lens: states after any layer, read as the last one's is. */
import { type Graph, GraphBuilder } from "../graph/graph";
import type { GPTConfig } from "./config";
import type { DeviceTraits } from "./deviceTraits";
import { type Context, finalNorm, languageModelHead, memoize, type ParameterSource, unobserved } from "./gpt";
import { lensOutputs } from "./predictions";

/**
 * The graph of the logit lens (nostalgebraist 2020): S states of each of P places, through the final norm (GPT-1 has none) and the output
 * head. The last of the states is the model's own. All go through in the same products, so that its row is the model's output to the last
 * bit. Inputs: `states` float32 [S, P, C]; `targets` int64 [S, P, 1]; `top_k` int64 [1]. Outputs: those of `lensOutputs`.
 */
export function buildLensGraph(
  config: GPTConfig,
  source: ParameterSource,
  { quantizedProducts }: Pick<DeviceTraits, "quantizedProducts">,
): Graph {
  const g = new GraphBuilder();
  const states = g.input("states", "float32", ["states", "places", config.nEmbd]);
  const targets = g.input("targets", "int64", ["states", "places", 1]);
  const topK = g.input("top_k", "int64", [1]);
  const attend = () => {
    throw new TypeError("the lens computes no layer");
  };
  const parameter = memoize((name) => source(g, name));
  const context: Context = { g, config, parameter, attend, observe: unobserved, products: quantizedProducts };
  const flat = g.reshape(finalNorm(context, states), ["states*places", config.nEmbd]); // [S·P, C]
  const logprobs = g.logSoftmax(languageModelHead(context, flat)); // [S·P, V]
  lensOutputs(g, g.reshape(logprobs, ["states", "places", config.vocabSize]), targets, topK);
  return g.build();
}
