/** A classifier trained on final states that were computed once: seconds where the whole model takes minutes. */
import type { EvaluationResult, FeatureBatch, StepResult, TensorKind, Trainable } from "./trainable";
import type { TrainingSetup } from "./trainingModel";

/** What of `TrainingSetup` matters to a classifier alone. */
export type HeadSetup = Pick<
  TrainingSetup,
  "config" | "objective" | "optimizer" | "dropout" | "seed" | "device" | "initial"
>;

/** A classifier with AdamW. */
export class HeadModel implements Trainable<FeatureBatch> {
  declare readonly trained: readonly string[];
  declare readonly shapes: ReadonlyMap<string, readonly number[]>;
  static create(_setup: HeadSetup): Promise<HeadModel> {
    throw new Error("HeadModel is not written yet");
  }
  declare step: (microBatches: readonly FeatureBatch[], learningRate: number, step: number) => Promise<StepResult>;
  declare evaluate: (batch: FeatureBatch) => Promise<EvaluationResult>;
  declare read: (kind: TensorKind, name: string) => Promise<Float32Array>;
  declare write: (kind: TensorKind, name: string, values: Float32Array) => Promise<void>;
  declare dispose: () => Promise<void>;
}
