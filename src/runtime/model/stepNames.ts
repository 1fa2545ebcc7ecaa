/** How the graphs of training call what goes in and comes out. */

/** Names of a step's inputs and outputs besides `batchInputs` and the parameters under their own names. */
export const stepNames = {
  /** float32 [] */
  learningRate: "learning_rate",
  /** float32 []: 1 − β₁ᵗ and 1 − β₂ᵗ. */
  correction1: "correction1",
  correction2: "correction2",
  /** Moments and sums of gradients of a parameter, in. */
  m: (name: string) => `${name}.m`,
  v: (name: string) => `${name}.v`,
  sum: (name: string) => `${name}.sum`,
  /** What comes of an input that is changed. */
  next: (name: string) => `${name}.next`,
  /** The inverse of `next`; null for other names. */
  former: (name: string) => (name.endsWith(".next") ? name.slice(0, -".next".length) : null),
  gradient: (name: string) => `${name}.gradient`,
  /** float32 [] */
  taskLoss: "task_loss",
  lmLoss: "lm_loss",
  gradientNorm: "gradient_norm",
  /** float32 [N, labels] */
  probabilities: "probabilities",
} as const;
