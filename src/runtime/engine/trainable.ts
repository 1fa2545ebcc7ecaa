/** What the trainer asks of a model: steps, looks, and its state. It knows no architecture. */

/** Losses of an optimizer step, nats: means over all its items, and over all tokens that it predicts. */
export interface StepResult {
  /** taskLoss + λ · lmLoss, or the one there is. */
  readonly loss: number;
  readonly taskLoss: number | null;
  readonly lmLoss: number | null;
  /** Global, before clipping. */
  readonly gradientNorm: number;
  /** Items whose label was the most probable; null for language modelling. */
  readonly correct: number | null;
}

/** What a model says of a batch, with nothing dropped. */
export interface EvaluationResult {
  /** Σ over items, nats. */
  readonly taskLoss: number;
  /** Σ over tokens, nats. */
  readonly lmLoss: number;
  readonly lmTokens: number;
  /** Of each item's labels; [] for language modelling. */
  readonly probabilities: readonly Float32Array[];
}

/** Parts of the state of a trained parameter: its value and AdamW's two moments. */
export const stateKinds = ["parameter", "m", "v"] as const;

/** One of `stateKinds`. */
export type StateKind = (typeof stateKinds)[number];

/** A model that can be trained on batches of type `B`. */
export interface Trainable<B> {
  /**
   * One optimizer step over micro-batches. Dropout is a pure function of (seed, step, micro-batch, place).
   * @param step from 0.
   * @param signal looked at between micro-batches: throws `CancelledError` with parameters and moments as before the step.
   */
  step(microBatches: readonly B[], learningRate: number, step: number, signal?: AbortSignal): Promise<StepResult>;
  evaluate(batch: B): Promise<EvaluationResult>;
  /** Canonical names of the parameters that are moved. */
  readonly trained: readonly string[];
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** A copy of a trained parameter's values or moments. */
  read(kind: StateKind, name: string): Promise<Float32Array>;
  write(kind: StateKind, name: string, values: Float32Array): Promise<void>;
  dispose(): Promise<void>;
}
