/** What is shown of a distribution, computed in the graph, so that the whole vocabulary need not leave the device. */
import type { GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";

/** Names of the outputs that `predictionOutputs` makes. */
export const predictionNames = {
  lastLogprobs: "last_logprobs",
  lastLogSumExp: "last_log_sum_exp",
  entropy: "entropy",
  topIds: "top_ids",
  topLogprobs: "top_logprobs",
  targetLogprobs: "target_logprobs",
  targetRanks: "target_ranks",
} as const;

/**
 * Outputs, all over the full vocabulary, for `logits` [N, V], `targets` int64 [N], `topK` int64 [1]: `last_logprobs` [1, V], natural
 * logarithms of the last row's probabilities, to draw from; `last_log_sum_exp` [1], what to add to them for the logits; `entropy` [N] bits; `top_ids`, `top_logprobs` [N, K] best first;
 * `target_logprobs` [N]; `target_ranks` [N] float32, 1 for the most probable token.
 */
export function predictionOutputs(g: GraphBuilder, logits: Value, targets: Value, topK: Value): void {
  const logprobs = g.logSoftmax(logits); // [N, V]
  const last = g.int64s([-1]);
  const lastLogprobs = g.gather(logprobs, last); // [1, V]
  g.outputAs(predictionNames.lastLogprobs, lastLogprobs);
  // The same for every token: the first one's tells it, and the logits themselves need not leave the device.
  const first = g.unsqueeze(g.int64s([0]), [0]);
  const logSumExp = g.sub(g.gatherLast(g.gather(logits, last), first), g.gatherLast(lastLogprobs, first)); // [1, 1]
  g.outputAs(predictionNames.lastLogSumExp, g.reshape(logSumExp, [1]));

  const plogp = g.sumLast(g.mul(g.exp(logprobs), logprobs)); // [N], nats, negative
  g.outputAs(predictionNames.entropy, g.mul(plogp, g.scalar(-Math.LOG2E)));

  const [topLogprobs, topIds] = g.topK(logprobs, topK); // [N, K]
  g.outputAs(predictionNames.topIds, topIds);
  g.outputAs(predictionNames.topLogprobs, topLogprobs);

  const target = g.gatherLast(logprobs, g.unsqueeze(targets, [1])); // [N, 1]
  g.outputAs(predictionNames.targetLogprobs, g.reshape(target, ["rows"]));
  const better = g.sumLast(g.cast(g.greater(logprobs, target), "float32")); // [N]
  g.outputAs(predictionNames.targetRanks, g.add(better, g.scalar(1)));
}

/** Names of the outputs that `lensOutputs` makes. */
export const lensNames = {
  topIds: "top_ids",
  topLogprobs: "top_logprobs",
  targetLogprobs: "target_logprobs",
  targetRanks: "target_ranks",
  divergence: "divergence",
} as const;

/** What `lensOutputs` is asked of N states' predictions. */
export interface LensInputs {
  /** int64 [N]: the token whose probability is asked. */
  readonly targets: Value;
  /** int64 [N]: the row of the model's own output at the same place. */
  readonly ownRows: Value;
  /** int64 [1] */
  readonly topK: Value;
}

/**
 * Outputs, all over the full vocabulary, for `logits` [N, V]: `top_ids`, `top_logprobs` [N, K] best first; `target_logprobs` [N];
 * `target_ranks` [N] float32, 1 for the most probable token; `divergence` [N], KL from the model's own distribution p at the place,
 * Σ p log₂(p / q), bits, 0 for that itself.
 */
export function lensOutputs(g: GraphBuilder, logits: Value, { targets, ownRows, topK }: LensInputs): void {
  const logprobs = g.logSoftmax(logits); // [N, V]
  const own = g.gather(logprobs, ownRows); // [N, V]
  const terms = g.mul(g.exp(own), g.sub(own, logprobs)); // [N, V], nats
  g.outputAs(lensNames.divergence, g.mul(g.sumLast(terms), g.scalar(Math.LOG2E)));

  const [topLogprobs, topIds] = g.topK(logprobs, topK); // [N, K]
  g.outputAs(lensNames.topIds, topIds);
  g.outputAs(lensNames.topLogprobs, topLogprobs);

  const target = g.gatherLast(logprobs, g.unsqueeze(targets, [1])); // [N, 1]
  g.outputAs(lensNames.targetLogprobs, g.reshape(target, ["rows"]));
  const better = g.sumLast(g.cast(g.greater(logprobs, target), "float32")); // [N]
  g.outputAs(lensNames.targetRanks, g.add(better, g.scalar(1)));
}
