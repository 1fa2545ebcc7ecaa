/** A unit of an arm that trains: a classifier is made of the labels that the arm may use, then asked about the part's items. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import writeFileAtomic from "write-file-atomic";
import { openSafetensors } from "../checkpoint/safetensors";
import { type ModelFolder, openModelFolder } from "../checkpoint/store";
import type { Prediction } from "../comparisonRecord";
import { Classifier } from "../engine/classifier";
import { checkMemory, MemoryBudget } from "../engine/deviceMemory";
import { CancelledError, cannotWrite, invalidRequest, notAModelFolder, RuntimeError, trainingFailed } from "../errors";
import type { Device, DeviceChoice } from "../protocol";
import { fileExists } from "../textFile";
import { removeLeftovers } from "../training/endedRun";
import { fineTune, resumeFineTune } from "../training/finetune";
import { type EncodedItem, encodeItem } from "../training/inputTransforms";
import type { TrainingContext } from "../training/recordTraining";
import { readTraining, type StoredTraining, trainingFiles } from "../training/trainingRunStore";
import type { TaskType, TrainingData } from "../trainingDataProtocol";
import type { FineTuneSettings, TrainingEvent, TrainingResult } from "../trainingProtocol";
import type { ComparisonItem } from "./comparisonInput";
import { mean, median, type OnUnitProgress, type UnitRun, withPeakMemory } from "./unitRun";

/** What is trained, on what, and what it is asked about. */
export interface TrainingUnit {
  /** Absolute path of the base model. */
  readonly model: string;
  readonly device: DeviceChoice;
  readonly contextLength?: number;
  readonly task: TaskType;
  /** Names of the data's labels; none for multiple choice. */
  readonly labels: readonly string[];
  readonly settings: FineTuneSettings;
  /** Of the training: takes the place of the settings'. */
  readonly seed: number;
  /** What is trained on. */
  readonly pool: readonly ComparisonItem[];
  /** What the best step is chosen on; none when empty. */
  readonly dev: readonly ComparisonItem[];
  /** The items of the part. */
  readonly items: readonly ComparisonItem[];
  /** Absolute path of the unit's own folder: a training in it that did not end goes on. */
  readonly folder: string;
}

/** Who asks. */
export interface TrainingUnitOptions {
  readonly signal: AbortSignal;
  readonly chooseDevice: TrainingContext["chooseDevice"];
  readonly onProgress?: OnUnitProgress;
}

/** What came of it, and where the trained model lies. */
export interface TrainingUnitRun extends UnitRun {
  /** Absolute path, inside the unit's folder. */
  readonly model: string;
}

/**
 * Trains, then answers every item of the part. Test is never given to the training: dev alone says which step is the best. Items of dev with
 * a label that the pool lacks say nothing of that, and are left out of it.
 * @throws RuntimeError as `fineTune` does; `trainingFailed` for a training that failed; `CancelledError`, after which the same call goes on
 * from the last checkpoint.
 */
export async function runTrainingUnit(unit: TrainingUnit, options: TrainingUnitOptions): Promise<TrainingUnitRun> {
  checkPool(unit);
  const { result, peakBytes } = await withPeakMemory(async () => {
    const trained = await trainedModel(unit, options);
    return { ...trained, ...(await answers(trained.model, trained.device, unit, options)) };
  });
  const { model, trainMs, predictions, encoded } = result;
  return {
    model,
    predictions,
    cost: {
      trainMs,
      itemMs: median(predictions.map(({ ms }) => ms)),
      peakBytes,
      addedBytes: await addedBytes(model, unit.settings),
      itemTokens: mean(encoded.map(tokensOf)),
    },
    cut: encoded.filter(({ truncated }) => truncated).length,
  };
}

/**
 * What a trained model says of every item of the part.
 * @param device that it was trained on.
 * @throws RuntimeError for a folder that is no classifier of the data; `notEnoughMemory`; `CancelledError`.
 */
export async function answers(
  folder: string,
  device: Device,
  unit: Pick<TrainingUnit, "task" | "labels" | "items" | "contextLength">,
  { signal, onProgress }: Pick<TrainingUnitOptions, "signal" | "onProgress">,
): Promise<{ readonly predictions: readonly Prediction[]; readonly encoded: readonly EncodedItem[] }> {
  const model = await openModelFolder(folder);
  const classifier = openClassifier(model, device, unit);
  try {
    const encoded = encodeAll(model, classifier, unit);
    const sequences = encoded.map((item) => item.sequences);
    const turn = { signal, priority: "batch" as const };
    // The graph is compiled when it is first asked: that is no part of an item's time.
    await classifier.probabilities(sequences.slice(0, 1), turn);
    const started = performance.now();
    const found = await classifier.probabilities(sequences, {
      ...turn,
      onProgress: (done, total) => void onProgress?.("answering", done, total),
    });
    const msPerToken =
      (performance.now() - started) /
      Math.max(
        1,
        encoded.reduce((sum, one) => sum + tokensOf(one), 0),
      );
    const predictions = encoded.map((item, number) => {
      const own = inOrder(found[number] ?? new Float64Array(), classifier.info.labels, unit.labels);
      return prediction(number, own, msPerToken * tokensOf(item));
    });
    return { predictions, encoded };
  } finally {
    await classifier.dispose();
    model.tokenizer?.free();
  }
}

function openClassifier(
  model: ModelFolder,
  device: Device,
  { task, contextLength }: Pick<TrainingUnit, "task" | "contextLength">,
): Classifier {
  if (model.classifier?.task !== task) {
    model.tokenizer?.free();
    throw invalidRequest(l10n.t("{0} is no classifier for the task {1}", model.folder, task));
  }
  checkMemory(model, device, { contextLength });
  return new Classifier(model, model.classifier, device, new MemoryBudget(model, device));
}

function encodeAll(
  { tokenizer, folder, config }: ModelFolder,
  { info }: Classifier,
  { task, items }: Pick<TrainingUnit, "task" | "items">,
): readonly EncodedItem[] {
  if (!tokenizer) throw notAModelFolder(folder, "vocab.json");
  const maxLength = Math.min(info.maxLength, config.nPositions);
  const encode = (text: string) => tokenizer.encode(text);
  return items.map(({ fields }) => encodeItem({ fields, label: 0 }, task, encode, info.special, maxLength));
}

/** By the data's labels. One that was not trained on is never the answer. */
function inOrder(own: Float64Array, trained: readonly string[], labels: readonly string[]): readonly number[] {
  if (labels.length === 0) return [...own];
  return labels.map((label) => own[trained.indexOf(label)] ?? 0);
}

function prediction(item: number, probabilities: readonly number[], ms: number): Prediction {
  const label = probabilities.reduce((best, value, i) => (value > (probabilities[best] ?? 0) ? i : best), 0);
  return { item, label, probabilities, text: null, logprob: null, tokens: null, ms };
}

/** The trained model: as it lies there, from a training that goes on, or from a new one. */
async function trainedModel(
  unit: TrainingUnit,
  options: TrainingUnitOptions,
): Promise<{ readonly model: string; readonly device: Device; readonly trainMs: number }> {
  const started = performance.now();
  const { folder, record } = await training(unit, options);
  if (record.state === "paused") throw new CancelledError("cancelled while training");
  if (record.model === null) throw trainingFailed(record.reason ?? l10n.t("The training gave no model."));
  // The record's time leaves out what is read and computed before the first step, this one what an earlier process did.
  const trainMs = Math.max(performance.now() - started, record.elapsedMs);
  return { model: join(folder, record.model), device: await options.chooseDevice(unit.device), trainMs };
}

async function training(unit: TrainingUnit, options: TrainingUnitOptions): Promise<TrainingResult> {
  const data = await writeData(unit);
  const settings: FineTuneSettings = { ...unit.settings, seed: unit.seed };
  const context: TrainingContext = {
    // What was trained until a pause is not trained again.
    control: { signal: options.signal, wanted: () => null, keepsSteps: true },
    onEvent: stepsTo(options.onProgress),
    chooseDevice: options.chooseDevice,
  };
  for (const stored of await earlierTrainings(unit.folder)) {
    const { folder, record } = stored;
    // Its paths are absolute: a comparison that was moved trains anew.
    if (record.finetune?.data.path === data.path) {
      if (record.model !== null && (await fileExists(join(folder, record.model)))) return { folder, record };
      if (record.model === null) {
        await removeLeftovers(folder);
        return resumeFineTune(stored, context);
      }
    }
    await rm(folder, { recursive: true, force: true });
  }
  const { model: folder, device, contextLength } = unit;
  const model = { folder, device, ...(contextLength !== undefined && { contextLength }) };
  return fineTune({ model, data, settings, runs: unit.folder, name: trainingFiles.model }, context);
}

/** Trainings in a unit's folder: one, unless something went wrong. What cannot be read is removed. */
async function earlierTrainings(parent: string): Promise<readonly StoredTraining[]> {
  const found: StoredTraining[] = [];
  for (const entry of await readdir(parent, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const folder = join(parent, entry.name);
    try {
      found.push(await readTraining(folder));
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      await rm(folder, { recursive: true, force: true });
    }
  }
  return found;
}

/** Steps as a unit's progress. */
function stepsTo(onProgress: OnUnitProgress | undefined): (event: TrainingEvent) => unknown {
  let steps = 0;
  return (event) => {
    if (event.kind === "begin") steps = event.record.steps;
    return event.kind === "step" ? onProgress?.("training", event.step, steps) : undefined;
  };
}

/** Writes pool and dev, and tells how they are read. */
async function writeData({ task, pool, dev, folder }: TrainingUnit): Promise<TrainingData> {
  const known = new Set(pool.map(({ gold }) => gold));
  const useful = task === "multipleChoice" ? dev : dev.filter(({ gold }) => known.has(gold));
  const path = join(folder, "train.jsonl");
  const devPath = join(folder, "dev.jsonl");
  await writeItems(path, pool);
  if (useful.length > 0) await writeItems(devPath, useful);
  return {
    path,
    ...(useful.length > 0 && { dev: devPath }),
    task,
    devShare: 0,
    testShare: 0,
    seed: 0,
    // What is trained on was decided when the data was split.
    keepDuplicates: true,
  };
}

async function writeItems(path: string, items: readonly ComparisonItem[]): Promise<void> {
  const lines = items.map(({ fields, gold }) => `${JSON.stringify({ ...fields, label: gold })}\n`);
  try {
    await mkdir(join(path, ".."), { recursive: true });
    await writeFileAtomic(path, lines.join(""));
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function checkPool({ task, pool }: TrainingUnit): void {
  if (task === "multipleChoice" || new Set(pool.map(({ gold }) => gold)).size > 1) return;
  const problem = l10n.t(
    "The {0} labelled items that may be trained on have one label: there is nothing to tell apart.",
    pool.length,
  );
  throw trainingFailed(problem, l10n.t("Give more labels."));
}

function tokensOf({ sequences }: EncodedItem): number {
  return sequences.reduce((sum, { length }) => sum + length, 0);
}

/** Of the tensors that a trained model adds to its base: those of a head alone, an adapter's, or all of the model's. */
async function addedBytes(folder: string, { method }: FineTuneSettings): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".safetensors"));
  const files = await Promise.all(names.map((name) => openSafetensors(join(folder, name))));
  const tensors = files.flatMap((file) => [...file.tensors.values()]);
  const added = method.kind === "head" ? tensors.filter(({ name }) => name.startsWith("score.")) : tensors;
  return added.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
