/** The two ways to train a classifier: the whole graph on tokens, or the head alone on states that are computed once. */
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import { parameterValues } from "../checkpoint/parameterValues";
import { HeadModel } from "../engine/headModel";
import type { FeatureBatch, Trainable, TrainingBatch } from "../engine/trainable";
import { TrainingModel, type TrainingSetup } from "../engine/trainingModel";
import { CancelledError } from "../errors";
import { initialHead, type Objective } from "../model/heads";
import { initialFactor } from "../model/lora";
import type { Device } from "../protocol";
import { fillNormal } from "../random";
import type { SplitName } from "../trainingDataProtocol";
import { cutBatch, type ItemSize, lengthStep } from "./batchPlan";
import { FeatureStore } from "./features";
import type { FineTuneInput, OnStage } from "./fineTuneInput";
import { trainingBatch } from "./inputTransforms";
import { randomStream } from "./streams";

/** A model that is trained, and how items become its batches. */
export interface Learner<B> {
  readonly model: Trainable<B>;
  readonly batch: (split: SplitName, items: readonly number[]) => Promise<B>;
  /** A parameter of the model as it is now, frozen ones too. */
  readonly values: (name: string) => Promise<Float32Array>;
}

/** What an objective hangs on. */
export interface ObjectiveParts extends Pick<FineTuneInput, "labels" | "settings"> {
  readonly data: Pick<FineTuneInput["data"], "task">;
}

/** What the classifier learns. */
export function fineTuneObjective({ data, labels, settings }: ObjectiveParts): Objective {
  const { lmCoef, headBias } = settings;
  return { kind: data.task, numLabels: labels.length, lmCoef, headBias };
}

/** Sizes of items, for planning. */
export function itemSizes(items: FineTuneInput["items"][SplitName]): readonly ItemSize[] {
  return items.map(({ sequences }) => ({
    sequences: sequences.length,
    length: Math.max(...sequences.map(({ length }) => length)),
  }));
}

/** Cuts all items of a part into micro-batches, to look at. */
export function allBatches(input: FineTuneInput, split: SplitName): readonly (readonly number[])[] {
  const items = input.items[split];
  const all = items.map((_, i) => i);
  return cutBatch(all, itemSizes(items), input.settings.optimizer.microBatchSize);
}

/** Opens the whole model: for full training and LoRA. Dispose its model. */
export async function openWhole(input: FineTuneInput, device: Device): Promise<Learner<TrainingBatch>> {
  const setup = trainingSetup(input, device);
  const model = await TrainingModel.create(setup);
  const trained = new Set(model.trained);
  return {
    model,
    batch: async (split, items) => tokenBatch(input, split, items),
    values: async (name) =>
      trained.has(name) ? model.read("parameter", name) : setup.initial(name, shapeOf(model.shapes, name)),
  };
}

/** Opens the head, with the states that it reads kept in `folder`. Dispose its model. */
export async function openHead(
  input: FineTuneInput,
  device: Device,
  folder: string,
  signal: AbortSignal,
  onStage: OnStage,
): Promise<Learner<FeatureBatch>> {
  const setup = trainingSetup(input, device);
  const { stores, shapes } = await featureStores(input, setup, folder, signal, onStage);
  const model = await HeadModel.create(setup);
  const trained = new Set(model.trained);
  return {
    model,
    batch: (split, items) => stores[split].batch(items),
    values: async (name) =>
      trained.has(name) ? model.read("parameter", name) : setup.initial(name, shapeOf(shapes, name)),
  };
}

async function featureStores(
  input: FineTuneInput,
  setup: TrainingSetup,
  folder: string,
  signal: AbortSignal,
  onStage: OnStage,
) {
  const whole = await TrainingModel.create(setup);
  const total = Object.values(input.items).reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  const open = (split: SplitName) => {
    const compute = async (items: readonly number[]) => {
      if (signal.aborted) throw new CancelledError("cancelled while computing features");
      const states = await whole.features(tokenBatch(input, split, items));
      done += items.length;
      await onStage(l10n.t("Computing the states that the classifier reads"), done, total);
      return states;
    };
    const batches = allBatches(input, split);
    return FeatureStore.open(join(folder, "features"), split, input.items[split], input.config.nEmbd, batches, compute);
  };
  try {
    const stores = { train: await open("train"), dev: await open("dev"), test: await open("test") };
    return { stores, shapes: whole.shapes };
  } finally {
    await whole.dispose();
  }
}

function tokenBatch({ items, settings }: FineTuneInput, split: SplitName, numbers: readonly number[]): TrainingBatch {
  const batch = numbers.flatMap((number) => items[split][number] ?? []);
  const { maxLength, lmCoef } = settings;
  return trainingBatch(batch, { padTo: lengthStep, maxLength, lm: lmCoef > 0 });
}

function trainingSetup(input: FineTuneInput, device: Device): TrainingSetup {
  const { config, settings } = input;
  const { method, optimizer, dropout, seed, recompute } = settings;
  const { beta1, beta2, epsilon, weightDecay, maxGradNorm } = optimizer;
  return {
    ...{ config, method, dropout, seed, recompute, device },
    objective: fineTuneObjective(input),
    optimizer: { beta1, beta2, epsilon, weightDecay, maxGradNorm },
    initial: (name, shape) => initialValues(input, name, shape),
  };
}

/**
 * A parameter before the first step: the base's, rows of new tokens normal with deviation 0.02 (as in GPT-1's code), and what the base has
 * not by its own rule. All from the seed, so that a run that is resumed begins with the same.
 */
async function initialValues(
  { base, settings }: FineTuneInput,
  name: string,
  shape: readonly number[],
): Promise<Float32Array> {
  const random = randomStream(settings.seed, "initial values", name);
  if (name.startsWith("score.")) return initialHead(name, shape, random);
  if (name.includes(".lora_")) return initialFactor(name, shape, random);
  const values = await parameterValues(base, name);
  const count = shape.reduce((a, b) => a * b, 1);
  if (values.length === count) return values;
  const extended = new Float32Array(count);
  fillNormal(extended, 0.02, random);
  extended.set(values);
  return extended;
}

function shapeOf(shapes: ReadonlyMap<string, readonly number[]>, name: string): readonly number[] {
  const shape = shapes.get(name);
  if (!shape) throw new TypeError(`${name} is no parameter of the model`);
  return shape;
}
