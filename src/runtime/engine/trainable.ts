/** What the trainer needs of a model that can be trained, whatever it is made of. */

/** One micro-batch, padded on the right. B rows · T tokens */
export interface TrainingBatch {
  /** B */
  readonly rows: number;
  /** T */
  readonly length: number;
  /** [B·T] */
  readonly inputIds: Int32Array;
  /** Real tokens of each row. */
  readonly lengths: readonly number[];
  /** [B·T]: token to predict at each place, −1 for none. */
  readonly lmTargets: Int32Array;
  /** Flat places (row·T + column) of the extract tokens, sequence after sequence; [] for language modelling. */
  readonly extract: readonly number[];
  /**
   * One per item. An item has one sequence (classification, entailment) or several in a row (similarity: both orders; multiple choice: one
   * per choice, all items of a batch equally many).
   */
  readonly labels: readonly number[];
}

/** Final states that a classifier reads, computed once. */
export interface FeatureBatch {
  /** [sequences, C] */
  readonly features: Float32Array;
  /** One per item, as in `TrainingBatch`. */
  readonly labels: readonly number[];
}

/** What one optimizer step gives. Losses are means over all items or tokens of its micro-batches, nats, before the update. */
export interface StepResult {
  /** taskLoss + λ · lmLoss, or the one that there is. */
  readonly loss: number;
  readonly taskLoss: number | null;
  readonly lmLoss: number | null;
  /** Global, before clipping. */
  readonly gradientNorm: number;
  /** Items whose most probable label is theirs; null for language modelling. */
  readonly correct: number | null;
}

/** What a model makes of a batch, without dropout. */
export interface EvaluationResult {
  /** Σ over items, nats; 0 for language modelling. */
  readonly taskLoss: number;
  /** Σ over tokens, nats; 0 where the objective has no language model. */
  readonly lmLoss: number;
  readonly lmTokens: number;
  /** Of each item's labels; [] for language modelling. */
  readonly probabilities: readonly Float32Array[];
}

/** Kinds of tensors that belong to a trained parameter. */
export type TensorKind = "parameter" | "m" | "v";

/** A model with an optimizer. */
export interface Trainable<B> {
  /**
   * One optimizer step over micro-batches. `step` counts from 0; dropout is a pure function of (seed, step, micro-batch, place). `signal` is
   * looked at between micro-batches: `CancelledError` leaves parameters and moments as before the step. Throws `sessionFailed`.
   */
  step(microBatches: readonly B[], learningRate: number, step: number, signal?: AbortSignal): Promise<StepResult>;
  /** Losses and probabilities of a batch. */
  evaluate(batch: B): Promise<EvaluationResult>;
  /**
   * Canonical names of what is trained: h.0.attn.c_attn.weight, score.weight, score.bias, h.0.attn.c_attn.lora_A.weight [r, in],
   * …lora_B.weight [out, r].
   */
  readonly trained: readonly string[];
  /** Of every parameter, frozen ones too. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** A copy. */
  read(kind: TensorKind, name: string): Promise<Float32Array>;
  /** Replaces the values; those given are not kept. */
  write(kind: TensorKind, name: string, values: Float32Array): Promise<void>;
  dispose(): Promise<void>;
}
