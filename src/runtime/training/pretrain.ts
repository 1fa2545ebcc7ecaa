/** A pre-training run, from its parameters to a model folder. */
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import * as l10n from "@vscode/l10n";
import { exportModel } from "../checkpoint/export";
import { tokenizerFilesOf } from "../checkpoint/exportClassifier";
import { onnxruntimeVersion } from "../engine/session";
import type { TrainingBatch } from "../engine/trainable";
import { TrainingModel } from "../engine/trainingModel";
import { CancelledError, invalidRequest, RuntimeError, trainingFailed } from "../errors";
import type { Device, DeviceChoice } from "../protocol";
import { holdingRun } from "../runLock";
import type { PretrainParams, TrainingRecord, TrainingResult } from "../trainingProtocol";
import { version } from "../version";
import { passSequences } from "./batchPlan";
import { Checkpoints } from "./checkpoints";
import { checkCorpus } from "./corpus";
import { removeWork, resumedDevice } from "./endedRun";
import type { OnStage } from "./fineTuneInput";
import { firstValues, openPretrainBase, type PretrainBase } from "./pretrainModel";
import { type PretrainText, preparePretrainText } from "./pretrainText";
import { recordTraining, type Tell, type TrainingContext, type TrainingEnd } from "./recordTraining";
import { sampleText } from "./sampleText";
import { schedule } from "./schedule";
import { type TrainingPlan, train } from "./trainer";
import { type StoredTraining, TrainingRunWriter, trainingFiles } from "./trainingRunStore";
import { evenlySpaced, inPieces, windowBatch, windowCount, windowSampler } from "./windows";

/** A run under way. */
interface PretrainRun {
  readonly params: Pick<PretrainParams, "model" | "corpus" | "settings">;
  readonly base: PretrainBase;
  readonly device: Device;
  readonly writer: TrainingRunWriter;
  readonly context: TrainingContext;
}

/**
 * Pre-trains a model. What is wrong with the request or the model is thrown before a folder is made; what goes wrong later, with the text
 * too, is in the record.
 */
export async function pretrain(params: PretrainParams, context: TrainingContext): Promise<TrainingResult> {
  const { model, corpus, settings, runs } = params;
  await checkCorpus(corpus);
  const device = await context.chooseDevice(deviceChoice(params));
  const base = await openPretrainBase(model, settings, context.control.signal);
  try {
    const record = newRecord(params, base, device);
    const writer = await TrainingRunWriter.create(runs, record);
    const pretraining = { params: { model, corpus, settings }, base, device, writer, context };
    return await holdingRun(writer.folder, () => run(pretraining));
  } finally {
    base.model?.tokenizer?.free();
  }
}

/** Goes on with a run that did not end. Throws `invalidRequest` for one that did, `trainingFailed` when its model is not what it was. */
export async function resumePretrain(stored: StoredTraining, context: TrainingContext): Promise<TrainingResult> {
  const { folder, record } = stored;
  const { pretrain: params } = record;
  if (!params) throw invalidRequest(l10n.t("{0} is no pre-training run", folder));
  const device = await context.chooseDevice(resumedDevice(stored));
  const base = await openPretrainBase(params.model, params.settings, context.control.signal);
  try {
    checkUnchanged(base, record);
    return await run({ params, base, device, writer: await TrainingRunWriter.reopen(stored), context });
  } finally {
    base.model?.tokenizer?.free();
  }
}

function deviceChoice({ device, model }: PretrainParams): DeviceChoice {
  return device ?? (model.kind === "continue" ? model.model.device : "auto");
}

function checkUnchanged({ model, sha256 }: PretrainBase, record: TrainingRecord): void {
  if (sha256 === (record.base?.sha256 ?? null)) return;
  const folder = model?.folder ?? record.base?.folder ?? "";
  throw trainingFailed(
    l10n.t("The model in {0} is no longer the one that the run began with.", folder),
    l10n.t("Put it back as it was, or start a new run."),
  );
}

function newRecord(params: PretrainParams, base: PretrainBase, device: Device): Omit<TrainingRecord, "id"> {
  const { model, corpus, settings } = params;
  return {
    version: 1,
    kind: "pretrain",
    name: params.name ?? (basename(corpus.root) || "gpt"),
    startedAt: new Date().toISOString(),
    state: "running",
    reason: null,
    base: base.model && { name: base.model.name, folder: base.model.folder, sha256: base.sha256 ?? "" },
    device,
    versions: { gptWorkbench: version, onnxruntime: onnxruntimeVersion },
    pretrain: { model, corpus, settings },
    data: {},
    labels: [],
    counts: { train: 0, dev: 0, test: 0 },
    truncated: 0,
    step: 0,
    steps: settings.steps,
    best: null,
    test: null,
    model: null,
    elapsedMs: 0,
  };
}

function run(pretraining: PretrainRun): Promise<TrainingResult> {
  const { params, base, writer, context } = pretraining;
  const { signal } = context.control;
  return recordTraining(writer, context, async (tell) => {
    const onStage = unhurried((stage, done, total) => tell({ kind: "stage", stage, done, total }));
    const request = { base, ...params, folder: writer.folder, runs: join(writer.folder, "..") };
    const text = await preparePretrainText(request, signal, onStage);
    try {
      for (const note of text.notes) await tell({ kind: "note", text: note });
      await writer.update(recordedText(pretraining, text));
      return await teach(pretraining, text, tell);
    } finally {
      await text.close();
    }
  });
}

/** Milliseconds between two looks at the same stage. */
const stageInterval = 100;

/** Tells a stage when it begins and ends, and between not more often than can be read. */
function unhurried(tell: (stage: string, done: number, total: number) => Promise<void>): OnStage {
  let [latest, at] = ["", 0];
  return async (stage, done, total) => {
    if (stage === latest && done !== total && performance.now() - at < stageInterval) return;
    [latest, at] = [stage, performance.now()];
    await tell(stage, done, total);
  };
}

/** What of the text the record says: sequences of each part. */
function recordedText(
  { params, writer }: PretrainRun,
  { shards, sha256 }: PretrainText,
): Pick<TrainingRecord, "counts" | "data"> {
  const { sequenceLength } = params.settings;
  const count = (split: "train" | "dev") => windowCount(shards, split, sequenceLength);
  return {
    counts: { train: count("train"), dev: count("dev"), test: 0 },
    data: sha256 === null ? writer.record.data : { [params.corpus.root]: sha256 },
  };
}

/** Trains, then writes the best model. */
async function teach(pretraining: PretrainRun, text: PretrainText, tell: Tell): Promise<TrainingEnd> {
  const { writer, context } = pretraining;
  const { control } = context;
  const checkpoints = new Checkpoints(writer.folder);
  const model = await TrainingModel.create(trainingSetup(pretraining, text));
  try {
    const outcome = await train(await trainingPlan(pretraining, text, model), checkpoints, control, tell);
    const { state, reason, step, elapsedMs } = outcome;
    const end = { state, reason, step, elapsedMs };
    if (state !== "completed" && state !== "stopped") return { ...end, best: outcome.best };
    // Without held-out text the parameters of the last step are all there are.
    const best = outcome.best === null ? null : await checkpoints.restoreBest(model);
    await writeModel(pretraining, text, model);
    // The record says first that there is a model; then nothing is left to go on from.
    await writer.update({ ...end, best, model: trainingFiles.model });
    await removeWork(writer.folder);
    return end;
  } finally {
    await model.dispose();
  }
}

function trainingSetup({ params, base, device }: PretrainRun, { config }: PretrainText) {
  const { optimizer, dropout, seed, recompute } = params.settings;
  const { beta1, beta2, epsilon, weightDecay, maxGradNorm } = optimizer;
  return {
    ...{ config, seed, recompute, device },
    objective: { kind: "languageModel" as const },
    method: { kind: "full" as const },
    optimizer: { beta1, beta2, epsilon, weightDecay, maxGradNorm },
    dropout: { ...dropout, classifier: 0 },
    initial: (name: string, shape: readonly number[]) => firstValues(base, config, seed, name, shape),
  };
}

async function trainingPlan(
  pretraining: PretrainRun,
  text: PretrainText,
  model: TrainingModel,
): Promise<TrainingPlan<TrainingBatch>> {
  const { params, device } = pretraining;
  const { settings } = params;
  const { shards } = text;
  const { sequenceLength, steps, optimizer } = settings;
  const { batchSize, microBatchSize } = optimizer;
  const size = passSequences(microBatchSize, sequenceLength, device);
  const windows = windowCount(shards, "train", sequenceLength);
  const sample = windowSampler(windows, batchSize, settings.seed);
  return {
    model,
    steps,
    stepsPerEpoch: Math.max(1, Math.floor(windows / batchSize)),
    learningRate: schedule(optimizer, steps),
    batches: (step) =>
      Promise.all(inPieces(sample(step), size).map((piece) => windowBatch(shards, "train", piece, sequenceLength))),
    tokens: ({ lengths }) => lengths.reduce((a, b) => a + b, 0),
    evaluate: evaluation(pretraining, text, model),
    evaluateEvery: settings.evaluateEvery,
    patience: 0,
    checkpointEvery: settings.checkpointEvery,
    ...(settings.sampleEvery > 0 && { sample: await sampling(pretraining, text, model) }),
  };
}

/** Held-out tokens that are looked at each time: the mean over them is within about a hundredth of that over all. */
const evaluationTokens = 1 << 16;

/** Mean loss on held-out text, or on sequences of it that lie evenly in it; null when there is none. */
function evaluation({ params, context }: PretrainRun, { shards }: PretrainText, model: TrainingModel) {
  const { sequenceLength, optimizer } = params.settings;
  const size = optimizer.microBatchSize;
  const count = windowCount(shards, "dev", sequenceLength);
  if (count === 0) return null;
  // Whole micro-batches where possible: each size of them is a graph of its own.
  const most = Math.max(1, Math.floor(Math.min(count, evaluationTokens / sequenceLength) / size)) * size;
  const pieces = inPieces(evenlySpaced(count, most), size);
  return async () => {
    let [loss, tokens] = [0, 0];
    for (const piece of pieces) {
      if (context.control.signal.aborted) throw new CancelledError("cancelled while evaluating");
      const result = await model.evaluate(await windowBatch(shards, "dev", piece, sequenceLength));
      loss += result.lmLoss;
      tokens += result.lmTokens;
    }
    return { loss: loss / tokens, accuracy: null };
  };
}

/** Text from nothing but the token that ends one before it; where there is none, from the first token of the text. */
async function sampling({ params, writer, context }: PretrainRun, text: PretrainText, model: TrainingModel) {
  const { seed, sampleEvery } = params.settings;
  const { config, tokenizer, shards } = text;
  const prompt = tokenizer.endOfTextId === null ? [...(await shards.read("train", 0, 1))] : [tokenizer.endOfTextId];
  const tokenizerFiles = await tokenizerFilesOf(text.tokenizerFolder);
  const options = { prompt, seed, tokenizerFiles, signal: context.control.signal };
  const make = () =>
    sampleText(join(writer.folder, "sample"), modelToWrite(config, model), options).catch(unlessCancelled);
  return { every: sampleEvery, make };
}

/** A sample that cannot be had, as on a full disk, ends no run. */
function unlessCancelled(error: unknown): string {
  if (error instanceof RuntimeError) return l10n.t("[no sample: {0}]", error.message);
  throw error;
}

function modelToWrite(config: PretrainText["config"], model: TrainingModel) {
  const values = async function* (name: string) {
    yield await model.read("parameter", name);
  };
  return { config, values };
}

async function writeModel({ writer, context }: PretrainRun, text: PretrainText, model: TrainingModel): Promise<void> {
  const folder = join(writer.folder, trainingFiles.model);
  // One that was written just before the process ended.
  await rm(folder, { recursive: true, force: true });
  const copy = await tokenizerFilesOf(text.tokenizerFolder);
  const { signal } = context.control;
  await exportModel(folder, modelToWrite(text.config, model), { dtype: "F32", copy, signal });
}
