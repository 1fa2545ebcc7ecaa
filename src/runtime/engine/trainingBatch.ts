/** One micro-batch, padded on the right to T tokens. */
export interface TrainingBatch {
  /** B: sequences. */
  readonly rows: number;
  /** T. */
  readonly length: number;
  /** [B·T] */
  readonly inputIds: Int32Array;
  /** Real tokens of each row. */
  readonly lengths: readonly number[];
  /** [B·T]: the token to predict at each place, −1 for none. */
  readonly lmTargets: Int32Array;
  /** Flat places (row·T + column) of the extract tokens, sequence after sequence; none for language modelling. */
  readonly extract: readonly number[];
  /**
   * One per item. An item has one sequence (classification, entailment) or several in a row (similarity: both orders; multiple choice: one
   * per choice, all items of a batch equally many).
   */
  readonly labels: readonly number[];
}
