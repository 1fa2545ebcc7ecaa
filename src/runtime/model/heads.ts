/**
 * What a GPT is trained for: to predict the next token, or a label by a linear layer on the last token's final state (Radford et al.
 * 2018 §3.2, 3.3).
 */
import type { GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";
import { fillNormal, type Random } from "../random";
import type { TaskType } from "../trainingDataProtocol";

/** What is learned. */
export type Objective =
  | { readonly kind: "languageModel" }
  | {
      readonly kind: TaskType;
      /** Rows of `score.weight`; for multiple choice there is one, whatever this says. */
      readonly numLabels: number;
      /** λ of L2 + λ·L1; at 0 the language model's loss is not computed. */
      readonly lmCoef: number;
      /** Whether there is a `score.bias`. */
      readonly headBias: boolean;
    };

/** Names and shapes of the classifier's parameters; none for language modelling. */
export function headShapes(objective: Objective, nEmbd: number): ReadonlyMap<string, readonly number[]> {
  if (objective.kind === "languageModel") return new Map();
  const rows = objective.kind === "multipleChoice" ? 1 : objective.numLabels;
  const shapes = new Map<string, readonly number[]>([["score.weight", [rows, nEmbd]]]);
  if (objective.headBias) shapes.set("score.bias", [rows]);
  return shapes;
}

/** Initial values of a classifier's parameter: weights normal with deviation 0.02, bias 0. */
export function initialHead(name: string, shape: readonly number[], random: Random): Float32Array<ArrayBuffer> {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  if (name !== "score.bias") fillNormal(values, 0.02, random);
  return values;
}

/** An objective with labels. */
export type TaskObjective = Exclude<Objective, { readonly kind: "languageModel" }>;

/** What a classifier reads. S sequences · C embedding · N items */
export interface ClassifierInputs {
  /** Final states at the extract tokens, [S, C]. */
  readonly states: Value;
  /** N */
  readonly items: number;
  readonly parameter: (name: string) => Value;
  /** Gives a mask of this shape, null where nothing is dropped. The choices of an item share it. */
  readonly mask: (shape: readonly number[]) => Value | null;
}

/** Logits of each item's labels or choices: [N, labels]. */
export function classifierLogits(g: GraphBuilder, objective: TaskObjective, inputs: ClassifierInputs): Value {
  const { states, items: N, parameter, mask } = inputs;
  const [S = 0, C = 0] = states.shape.map(Number);
  const perItem = S / N;
  const byItem = g.reshape(states, [N, perItem, C]);
  const pooled = objective.kind === "similarity" ? g.sum(byItem, [1], 1) : byItem; // [N, 1 or choices, C]
  const dropped = mask([N, 1, C]);
  const kept = g.reshape(dropped ? g.mul(pooled, dropped) : pooled, [objective.kind === "similarity" ? N : S, C]);
  const scores = g.matMulTransposed(kept, parameter("score.weight"));
  const logits = objective.headBias ? g.add(scores, parameter("score.bias")) : scores;
  return objective.kind === "multipleChoice" ? g.reshape(logits, [N, perItem]) : logits;
}

/** Loss and probabilities of a classifier. */
export interface ClassifierLoss {
  /** weight · Σ −log p(label), []. */
  readonly loss: Value;
  /** [N, labels] */
  readonly probabilities: Value;
}

/** Cross-entropy of `labels` int64 [N], times `weight` []. */
export function classifierLoss(g: GraphBuilder, logits: Value, labels: Value, weight: Value): ClassifierLoss {
  const logProbabilities = g.logSoftmax(logits); // [N, labels]
  const chosen = g.gatherLast(logProbabilities, g.unsqueeze(labels, [1])); // [N, 1]
  return { loss: g.mul(g.neg(g.sum(chosen, [0, 1], 0)), weight), probabilities: g.exp(logProbabilities) };
}
