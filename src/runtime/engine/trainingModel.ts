/** A GPT that is being trained: its parameters, its optimizer's moments, and the graphs that move them. */
import type { GPTConfig } from "../model/config";
import type { Objective } from "../model/heads";
import type { Device } from "../protocol";
import type { DropoutSettings, TrainingMethod } from "../trainingProtocol";
import type { EvaluationResult, StepResult, TensorKind, Trainable, TrainingBatch } from "./trainable";

/** As in `graph/optimizer.ts`. */
export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Gradients are not clipped when it is 0. */
  readonly maxGradNorm: number;
}

/** Everything that training depends on but the data. */
export interface TrainingSetup {
  /** `vocabSize` already with the new rows, where there are any; not quantized. */
  readonly config: GPTConfig;
  readonly objective: Objective;
  readonly method: TrainingMethod;
  readonly optimizer: AdamWOptions;
  readonly dropout: DropoutSettings;
  readonly seed: number;
  /** Compute the blocks' activations anew in the backward pass. */
  readonly recompute: boolean;
  readonly device: Device;
  /** Initial values of every parameter, frozen ones and adapters too. */
  readonly initial: (name: string, shape: readonly number[]) => Float32Array | Promise<Float32Array>;
}

/** A GPT with AdamW. */
export class TrainingModel implements Trainable<TrainingBatch> {
  declare readonly trained: readonly string[];
  declare readonly shapes: ReadonlyMap<string, readonly number[]>;

  static create(_setup: TrainingSetup): Promise<TrainingModel> {
    throw new Error("TrainingModel is not written yet");
  }
  declare step: (microBatches: readonly TrainingBatch[], learningRate: number, step: number) => Promise<StepResult>;
  declare evaluate: (batch: TrainingBatch) => Promise<EvaluationResult>;
  /** The final state at the extract places, [sequences, C]. */
  declare features: (batch: TrainingBatch) => Promise<Float32Array>;
  declare read: (kind: TensorKind, name: string) => Promise<Float32Array>;
  declare write: (kind: TensorKind, name: string, values: Float32Array) => Promise<void>;
  declare dispose: () => Promise<void>;
}
