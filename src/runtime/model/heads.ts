/**
 * What a GPT is trained for: to predict the next token, or a label by a linear layer on the last token's final state (Radford et al.
 * 2018 §3.2, 3.3).
 */
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

/** Sequences of an item: both orders of a similarity, one per choice. Null when it is for the batch to say. */
export function sequencesPerItem(kind: TaskType): number | null {
  if (kind === "multipleChoice") return null;
  return kind === "similarity" ? 2 : 1;
}

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
