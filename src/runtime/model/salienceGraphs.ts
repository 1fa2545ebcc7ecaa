/**
 * What a prediction hangs on: the gradient of its log-probability by the token embeddings, a few blocks at a time from the last to the
 * first. The forward pass is that of `gpt.ts`, run once more with attention that can be differentiated.
 *
 * T tokens · C embedding · V vocabulary or labels
 */
import { gradients, vjp } from "../graph/autodiff";
import { type Graph, GraphBuilder } from "../graph/graph";
import type { GPTConfig } from "./config";
import type { DeviceTraits } from "./deviceTraits";
import {
  block,
  type Context,
  finalNorm,
  languageModelHead,
  memoize,
  type ParameterSource,
  partsContext,
  tokenEmbeddings,
  unobserved,
} from "./gpt";
import { trainingAttention } from "./trainingAttention";

/** Names of inputs and outputs. */
export const salienceNames = {
  state: "state",
  target: "target",
  gradient: "gradient",
  below: "gradient_below",
  above: "state_above",
  logprob: "logprob",
  rows: "rows",
} as const;

/** Whose probability is followed. */
export type Followed =
  | { readonly kind: "token" }
  /** `headBias` tells whether there is a `score.bias`. */
  | { readonly kind: "label"; readonly headBias: boolean };

/** Input: `input_ids` int64 [T]. Output: `rows` [T, C], the token embeddings without positions. */
export function buildTokenRowsGraph(config: GPTConfig, source: ParameterSource): Graph {
  const g = new GraphBuilder();
  const ids = g.input("input_ids", "int64", [1, "sequence"]);
  g.outputAs(salienceNames.rows, tokenEmbeddings(partsContext(g, config, source), ids));
  return g.build();
}

/**
 * Inputs: `state` [1, C], the last block's output at the row that predicts; `target` int64 [1]. Outputs: `logprob` [1], of the target;
 * `gradient` [1, C] of `logprob` by `state`.
 */
export function buildHeadGradientGraph(config: GPTConfig, source: ParameterSource, followed: Followed): Graph {
  const g = new GraphBuilder();
  const state = g.input(salienceNames.state, "float32", [1, config.nEmbd]);
  const target = g.input(salienceNames.target, "int64", [1]);
  const context = partsContext(g, config, source);
  const final = finalNorm(context, state);
  const logits = followed.kind === "token" ? languageModelHead(context, final) : labelLogits(context, final, followed);
  const logprobs = g.logSoftmax(logits); // [1, V]
  const logprob = g.sum(g.gatherLast(logprobs, g.unsqueeze(target, [1])), [0, 1], 0); // []
  const [gradient] = gradients(g, logprob, [state]);
  if (!gradient) throw new TypeError("the probability hangs on the state");
  g.outputAs(salienceNames.logprob, logprob);
  g.outputAs(salienceNames.gradient, gradient);
  return g.build();
}

function labelLogits(
  { g, parameter }: Context,
  final: ReturnType<typeof finalNorm>,
  { headBias }: { headBias: boolean },
) {
  const scores = g.matMulTransposed(final, parameter("score.weight"));
  return headBias ? g.add(scores, parameter("score.bias")) : scores;
}

/**
 * Blocks `first` to `last` (exclusive) backwards, over one sequence of `length` tokens. Inputs: `state` [T, C], what block `first` reads,
 * and `gradient` [T, C] by what block `last` reads. Outputs: `gradient_below` [T, C], by `state`; `state_above`
 * [T, C], what the last of them gives.
 */
export function buildBlocksGradientGraph(
  config: GPTConfig,
  source: ParameterSource,
  { headsAtOnce }: Pick<DeviceTraits, "headsAtOnce">,
  { first, last, length }: { readonly first: number; readonly last: number; readonly length: number },
): Graph {
  const g = new GraphBuilder();
  const parameter = memoize((name) => source(g, name));
  const shape = [length, config.nEmbd];
  const state = g.input(salienceNames.state, "float32", shape);
  const gradient = g.input(salienceNames.gradient, "float32", shape);
  const attend = trainingAttention(g, config, {
    rows: 1,
    length,
    headsAtOnce,
    dropout: (probabilities) => probabilities,
  });
  const context: Context = { g, config, parameter, attend, observe: unobserved, products: "exact" };
  let x = state;
  for (let layer = first; layer < last; layer++) x = block(context, x, layer);
  const [below] = vjp(g, [{ value: x, gradient }], [state]);
  if (!below) throw new TypeError("a block hangs on its input");
  g.outputAs(salienceNames.below, below);
  // GPT-1's last norm gives its gradient by what it finds on the way: onnxruntime wants its result to be used too.
  g.outputAs(salienceNames.above, x);
  return g.build();
}
