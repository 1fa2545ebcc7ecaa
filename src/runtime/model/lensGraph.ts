/** The logit lens: states after any layer, read as the last one's is. */
import { type Graph, GraphBuilder } from "../graph/graph";
import type { GPTConfig } from "./config";
import type { DeviceTraits } from "./deviceTraits";
import { type Context, finalNorm, languageModelHead, memoize, type ParameterSource, unobserved } from "./gpt";
import { lensOutputs } from "./predictions";

/**
 * The graph of the logit lens (nostalgebraist 2020): N states, after any layers and at any places, through the final norm (GPT-1 has none)
 * and the output head. The model's own goes through beside the others, so that its row is the model's output to the last bit.
 * Inputs: `states` float32 [N, C]; `targets`, `own_rows` int64 [N] and `top_k` int64 [1], as `LensInputs` says. Outputs: those of
 * `lensOutputs`.
 */
export function buildLensGraph(
  config: GPTConfig,
  source: ParameterSource,
  { quantizedProducts }: Pick<DeviceTraits, "quantizedProducts">,
): Graph {
  const g = new GraphBuilder();
  const states = g.input("states", "float32", ["rows", config.nEmbd]);
  const inputs = {
    targets: g.input("targets", "int64", ["rows"]),
    ownRows: g.input("own_rows", "int64", ["rows"]),
    topK: g.input("top_k", "int64", [1]),
  };
  const attend = () => {
    throw new TypeError("the lens computes no layer");
  };
  const parameter = memoize((name) => source(g, name));
  const context: Context = { g, config, parameter, attend, observe: unobserved, products: quantizedProducts };
  lensOutputs(g, languageModelHead(context, finalNorm(context, states)), inputs);
  return g.build();
}
