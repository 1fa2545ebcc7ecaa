/** Numbers as they are typed in the training forms: their limits, and what is wrong with them. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { FineTuneField, OptimizerField, PretrainField } from "../../runtime/trainingPanelProtocol";

/** What a number may be. */
export interface FieldLimits {
  readonly min: number;
  readonly max: number;
  /** Whether `min` itself is too small. */
  readonly above?: boolean;
  readonly integer?: boolean;
  /** May be left empty. */
  readonly optional?: boolean;
}

const count = (min: number, max: number): FieldLimits => ({ min, max, integer: true });
const share: FieldLimits = { min: 0, max: 0.9 };
const seed = count(0, 0xffffffff);

const optimizer: { readonly [K in OptimizerField]: FieldLimits } = {
  learningRate: { min: 0, max: 1, above: true },
  batchSize: count(1, 4096),
  microBatchSize: count(1, 1024),
  warmup: { min: 0, max: 1 },
  beta1: { min: 0, max: 0.99999 },
  beta2: { min: 0, max: 0.9999999 },
  epsilon: { min: 0, max: 1, above: true },
  weightDecay: { min: 0, max: 10 },
  maxGradNorm: { min: 0, max: 1000 },
  dropoutEmbedding: share,
  dropoutResidual: share,
  dropoutAttention: share,
  evaluateEvery: count(0, 10_000_000),
  checkpointEvery: count(1, 10_000_000),
  seed,
};

/** Limits of the fine-tuning form. */
export const fineTuneFields: { readonly [K in FineTuneField]: FieldLimits } = {
  ...optimizer,
  dropoutClassifier: share,
  epochs: count(1, 10_000),
  lmCoef: { min: 0, max: 100 },
  maxLength: count(5, 1_000_000),
  patience: count(0, 10_000),
  r: count(1, 4096),
  loraAlpha: { min: 0, max: 10_000, above: true },
  loraDropout: share,
  devShare: share,
  testShare: share,
  splitSeed: seed,
  limit: { ...count(1, 100_000_000), optional: true },
};

/** Limits of the pre-training form. */
export const pretrainFields: { readonly [K in PretrainField]: FieldLimits } = {
  ...optimizer,
  sequenceLength: count(4, 1_000_000),
  steps: count(1, 100_000_000),
  heldOutShare: { min: 0, max: 0.5 },
  sampleEvery: count(0, 10_000_000),
  vocabulary: count(257, 1_000_000),
  nLayer: count(1, 1000),
  nHead: count(1, 1000),
  nEmbd: count(1, 100_000),
  nPositions: count(4, 1_000_000),
  maxFileKilobytes: count(1, 1_000_000),
};

/** The numbers of a form, and a sentence for each that cannot be used; a number with a problem is NaN. */
export function readFields<K extends string>(
  limits: Readonly<Record<K, FieldLimits>>,
  texts: Readonly<Record<K, string>>,
): { readonly numbers: Readonly<Record<K, number>>; readonly problems: Readonly<Partial<Record<K, string>>> } {
  const problems: Partial<Record<K, string>> = {};
  const numbers = {} as Record<K, number>;
  for (const key of Object.keys(limits) as K[]) {
    const problem = fieldProblem(limits[key], texts[key]);
    if (problem !== null) problems[key] = problem;
    numbers[key] = problem === null && texts[key].trim() !== "" ? Number(texts[key].trim()) : Number.NaN;
  }
  return { numbers, problems };
}

/** What is wrong with a number, in a sentence; null when nothing is. */
export function fieldProblem({ min, max, above, integer, optional }: FieldLimits, typed: string): string | null {
  const text = typed.trim();
  if (text === "") return optional ? null : l10n.t("Enter a number.");
  // What `Number` takes beside decimal numbers, 0x10 say, nobody means here.
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return l10n.t("“{0}” is not a number.", text.slice(0, 40));
  const value = Number(text);
  if (integer && !Number.isInteger(value)) return l10n.t("Enter a whole number.");
  if (above && value <= min) return l10n.t("Enter a number above {0}.", min);
  if (value < min || value > max) return l10n.t("Enter a number from {0} to {1}.", min, max);
  return null;
}

/** A number as a field shows it: small ones with an exponent, as papers write them. Read back it is the same. */
export function fieldText(value: number): string {
  const small = value !== 0 && Math.abs(value) < 0.001;
  return small ? value.toExponential() : String(value);
}
