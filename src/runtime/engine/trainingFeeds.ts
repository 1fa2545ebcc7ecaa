/** What is fed to the graphs of training for a batch, and what comes back, in the trainer's words. */
import type { AdamWOptions } from "../graph/optimizer";
import type { GPTConfig } from "../model/config";
import type { Objective } from "../model/heads";
import { stepNames } from "../model/stepNames";
import { batchInputs } from "../model/trainingPass";
import { float32Tensor, int64Tensor, readFloat32, type SessionTensor } from "./session";
import type { EvaluationResult, StepResult, TrainingBatch } from "./trainable";

/** Inputs or outputs of a graph by name. */
export type Tensors = Readonly<Record<string, SessionTensor>>;

/** What of a batch says what is right; see `TrainingBatch`. */
export interface Targets {
  readonly labels: readonly number[];
  /** Absent where there is no language model. */
  readonly lmTargets?: Int32Array;
}

/** What a step's means are over. */
export interface StepCount {
  readonly items: number;
  readonly lmTokens: number;
}

/** Outputs of a micro-batch, and its labels. */
export interface Counts {
  readonly outputs: Tensors;
  readonly labels: readonly number[];
}

/** Items and targets of all micro-batches together. */
export function countOf(batches: readonly Targets[]): StepCount {
  return {
    items: batches.reduce((sum, { labels }) => sum + labels.length, 0),
    lmTokens: batches.reduce((sum, batch) => sum + lmTokensOf(batch), 0),
  };
}

function lmTokensOf({ lmTargets }: Targets): number {
  return lmTargets ? lmTargets.reduce((sum, target) => (target >= 0 ? sum + 1 : sum), 0) : 0;
}

/** Inputs of a batch: each item and token counts as its share of `count`, or as 1 where that is null. */
export function batchFeeds(batch: TrainingBatch, { nPositions }: GPTConfig, count: StepCount | null): Tensors {
  const { rows: B, length: T, inputIds, lmTargets, extract, labels } = batch;
  const places = [B * T];
  const lmWeight = count ? 1 / Math.max(1, count.lmTokens) : 1;
  // Padding may reach beyond the last position; nothing hangs on what it reads.
  const positions = Int32Array.from(inputIds, (_, place) => Math.min(place % T, nPositions - 1));
  return {
    [batchInputs.inputIds]: int64Tensor(inputIds, places),
    [batchInputs.positionIds]: int64Tensor(positions, places),
    [batchInputs.lmTargets]: int64Tensor(
      lmTargets.map((target) => Math.max(0, target)),
      places,
    ),
    [batchInputs.lmWeights]: float32Tensor(
      Float32Array.from(lmTargets, (target) => (target >= 0 ? lmWeight : 0)),
      places,
    ),
    [batchInputs.extract]: int64Tensor(extract, [extract.length]),
    ...labelFeeds(labels, count),
  };
}

/** Inputs that say what is right. */
export function labelFeeds(labels: readonly number[], count: StepCount | null): Tensors {
  return {
    [batchInputs.labels]: int64Tensor(labels, [labels.length]),
    [batchInputs.taskWeight]: scalar(count ? 1 / Math.max(1, count.items) : 1),
  };
}

/** Inputs of the optimizer at `step`, from 0. */
export function optimizerFeeds({ beta1, beta2 }: AdamWOptions, learningRate: number, step: number): Tensors {
  return {
    [stepNames.learningRate]: scalar(learningRate),
    [stepNames.correction1]: scalar(1 - beta1 ** (step + 1)),
    [stepNames.correction2]: scalar(1 - beta2 ** (step + 1)),
  };
}

/** Losses of all micro-batches, which hold their shares of the means. */
export function stepResult(parts: readonly Counts[], objective: Objective): StepResult {
  const total = (name: string) =>
    parts.every(({ outputs }) => outputs[name])
      ? parts.reduce((sum, { outputs }) => sum + number(outputs, name), 0)
      : null;
  const [taskLoss, lmLoss] = [total(stepNames.taskLoss), total(stepNames.lmLoss)];
  const last = parts.at(-1);
  const common = { taskLoss, lmLoss, gradientNorm: last ? number(last.outputs, stepNames.gradientNorm) : 0 };
  if (objective.kind === "languageModel") return { loss: lmLoss ?? 0, ...common, correct: null };
  return { loss: (taskLoss ?? 0) + objective.lmCoef * (lmLoss ?? 0), ...common, correct: correctOf(parts) };
}

function correctOf(parts: readonly Counts[]): number {
  return parts.reduce((sum, { outputs, labels }) => {
    const items = probabilitiesOf(outputs, labels.length);
    return sum + items.filter((item, i) => item.indexOf(Math.max(...item)) === labels[i]).length;
  }, 0);
}

/** What an evaluation's outputs say of a batch. */
export function evaluationResult(outputs: Tensors, batch: Targets): EvaluationResult {
  return {
    taskLoss: outputs[stepNames.taskLoss] ? number(outputs, stepNames.taskLoss) : 0,
    lmLoss: outputs[stepNames.lmLoss] ? number(outputs, stepNames.lmLoss) : 0,
    lmTokens: outputs[stepNames.lmLoss] ? lmTokensOf(batch) : 0,
    probabilities: probabilitiesOf(outputs, batch.labels.length),
  };
}

/** Rows of `probabilities`, a copy of each; [] where there is none. */
function probabilitiesOf(outputs: Tensors, items: number): Float32Array[] {
  if (!outputs[stepNames.probabilities]) return [];
  const all = readFloat32(outputs, stepNames.probabilities);
  const width = all.length / items;
  return Array.from({ length: items }, (_, i) => all.slice(i * width, (i + 1) * width));
}

function number(outputs: Tensors, name: string): number {
  return readFloat32(outputs, name)[0] ?? Number.NaN;
}

function scalar(value: number): SessionTensor {
  return float32Tensor(Float32Array.of(value), []);
}
