/** A fine-tuning run, from its parameters to a model folder. */
import { rm } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import * as l10n from "@vscode/l10n";
import { writeAdapter } from "../checkpoint/adapter";
import { type ClassifierInfo, tokenizerFilesOf, writeClassifier } from "../checkpoint/exportClassifier";
import { onnxruntimeVersion } from "../engine/session";
import type { Trainable } from "../engine/trainable";
import { CancelledError, invalidRequest, trainingFailed } from "../errors";
import type { Device } from "../protocol";
import { holdingRun } from "../runLock";
import type { SplitName } from "../trainingDataProtocol";
import type { FineTuneParams, TrainingRecord, TrainingResult } from "../trainingProtocol";
import { version } from "../version";
import { type BatchPlan, batchPlan, passTokens } from "./batchPlan";
import { Checkpoints } from "./checkpoints";
import { removeWork, resumedDevice } from "./endedRun";
import { type FineTuneInput, openFineTuneInput, recordedInput } from "./fineTuneInput";
import { allBatches, itemSizes, type Learner, openHead, openWhole } from "./fineTuneModel";
import type { EncodedItem } from "./inputTransforms";
import { recordTraining, type Tell, type TrainingContext, type TrainingEnd } from "./recordTraining";
import { schedule } from "./schedule";
import { type TrainingOutcome, type TrainingPlan, train } from "./trainer";
import { type StoredTraining, TrainingRunWriter, trainingFiles } from "./trainingRunStore";

/**
 * Fine-tunes a model. What is wrong with the request, the model or the data is thrown before a folder is made; what goes wrong later is in
 * the record.
 */
export async function fineTune(params: FineTuneParams, context: TrainingContext): Promise<TrainingResult> {
  const { model, data, settings, runs } = params;
  const device = await context.chooseDevice(model.device);
  const input = await openInput({ model, data, settings }, context);
  try {
    const name = params.name ?? basename(data.path, extname(data.path));
    const writer = await TrainingRunWriter.create(runs, newRecord(input, name, device));
    return await holdingRun(writer.folder, () => run(input, writer, device, context));
  } finally {
    input.base.tokenizer?.free();
  }
}

/**
 * Goes on with a run that did not end. Throws `invalidRequest` for one that did, and `trainingFailed` when model or data are not what they
 * were.
 */
export async function resumeFineTune(stored: StoredTraining, context: TrainingContext): Promise<TrainingResult> {
  const { folder, record } = stored;
  const { finetune, base } = record;
  if (!finetune || !base) throw invalidRequest(l10n.t("{0} is no fine-tuning run", folder));
  const device = await context.chooseDevice(resumedDevice(stored));
  const input = await openInput({ model: { folder: base.folder }, ...finetune }, context);
  try {
    checkUnchanged(input, record);
    return await run(input, await TrainingRunWriter.reopen(stored), device, context);
  } finally {
    input.base.tokenizer?.free();
  }
}

function openInput(request: Parameters<typeof openFineTuneInput>[0], { control, onEvent }: TrainingContext) {
  return openFineTuneInput(request, control.signal, (stage, done, total) =>
    onEvent({ kind: "stage", stage, done, total }),
  );
}

/** The same model, the same rows: else what was done so far means nothing. */
function checkUnchanged({ sha256, dataSha256, base }: FineTuneInput, record: TrainingRecord): void {
  const remedy = l10n.t("Put it back as it was, or start a new run.");
  if (sha256 !== record.base?.sha256)
    throw trainingFailed(l10n.t("The model in {0} is no longer the one that the run began with.", base.folder), remedy);
  for (const [path, hash] of Object.entries(record.data))
    if (dataSha256[path] !== hash)
      throw trainingFailed(l10n.t("{0} is no longer what the run began with.", path), remedy);
}

function newRecord(input: FineTuneInput, name: string, device: Device): Omit<TrainingRecord, "id"> {
  return {
    version: 1,
    kind: "finetune",
    name,
    startedAt: new Date().toISOString(),
    state: "running",
    reason: null,
    device,
    versions: { gptWorkbench: version, onnxruntime: onnxruntimeVersion },
    ...recordedInput(input),
    step: 0,
    steps: planOf(input, device).steps,
    best: null,
    test: null,
    model: null,
    elapsedMs: 0,
  };
}

function planOf({ items, settings }: FineTuneInput, device: Device): BatchPlan {
  const { method, optimizer, epochs, seed } = settings;
  const { batchSize, microBatchSize } = optimizer;
  // A head's passes see no tokens.
  const tokens = method.kind === "head" ? Number.POSITIVE_INFINITY : passTokens(device);
  return batchPlan(itemSizes(items.train), { batchSize, microBatchSize, passTokens: tokens, epochs, seed });
}

function run(
  input: FineTuneInput,
  writer: TrainingRunWriter,
  device: Device,
  context: TrainingContext,
): Promise<TrainingResult> {
  const { signal } = context.control;
  return recordTraining(writer, context, async (tell) => {
    for (const text of input.notes) await tell({ kind: "note", text });
    const onStage = (stage: string, done: number, total: number) => tell({ kind: "stage", stage, done, total });
    if (input.settings.method.kind === "head")
      return teach(
        { input, device },
        await openHead(input, device, writer.folder, signal, onStage),
        writer,
        context,
        tell,
      );
    return teach({ input, device }, await openWhole(input, device), writer, context, tell);
  });
}

/** Trains, then measures and writes the best. */
async function teach<B>(
  { input, device }: { readonly input: FineTuneInput; readonly device: Device },
  learner: Learner<B>,
  writer: TrainingRunWriter,
  { control }: TrainingContext,
  tell: Tell,
): Promise<TrainingEnd> {
  const checkpoints = new Checkpoints(writer.folder);
  try {
    const outcome = await train(trainingPlan(input, device, learner, control.signal), checkpoints, control, tell);
    const { state, reason, step, elapsedMs } = outcome;
    const end = { state, reason, step, elapsedMs };
    if (state !== "completed" && state !== "stopped") return { ...end, best: outcome.best };
    const best = await keepBest(learner, checkpoints, outcome);
    const test = await testOnce(input, learner, control.signal, tell, step);
    await writeModel(input, learner, writer, control.signal);
    // The record says first that there is a model; then nothing is left to go on from.
    await writer.update({ ...end, best, test, model: trainingFiles.model });
    await removeWork(writer.folder);
    return end;
  } finally {
    await learner.model.dispose();
  }
}

function trainingPlan<B>(
  input: FineTuneInput,
  device: Device,
  learner: Learner<B>,
  signal: AbortSignal,
): TrainingPlan<B> {
  const { items, settings } = input;
  const { steps, stepsPerEpoch, microBatches } = planOf(input, device);
  const tokens = new WeakMap<object, number>();
  return {
    model: learner.model,
    ...{ steps, stepsPerEpoch },
    learningRate: schedule(settings.optimizer, steps),
    batches: (step) =>
      Promise.all(
        microBatches(step).map(async (numbers) => {
          const batch = await learner.batch("train", numbers);
          tokens.set(batch as object, sum(numbers.map((number) => tokensOf(items.train[number]))));
          return batch;
        }),
      ),
    tokens: (batch) => tokens.get(batch as object) ?? 0,
    evaluate: items.dev.length > 0 ? () => evaluate(input, learner, "dev", signal) : null,
    evaluateEvery: settings.evaluateEvery,
    patience: settings.patience,
    checkpointEvery: settings.checkpointEvery,
  };
}

/** Mean loss of the task, and the share of items whose most probable label is theirs. */
async function evaluate<B>(
  input: FineTuneInput,
  { model, batch }: Learner<B>,
  split: SplitName,
  signal: AbortSignal,
): Promise<{ loss: number; accuracy: number }> {
  const items = input.items[split];
  let [loss, right] = [0, 0];
  for (const numbers of allBatches(input, split)) {
    if (signal.aborted) throw new CancelledError("cancelled while evaluating");
    const { taskLoss, probabilities } = await model.evaluate(await batch(split, numbers));
    loss += taskLoss;
    right += numbers.filter((number, i) => largest(probabilities[i]) === items[number]?.label).length;
  }
  return { loss: loss / items.length, accuracy: right / items.length };
}

function largest(values: Float32Array | undefined): number {
  const all = values ?? new Float32Array();
  return all.reduce((best, value, i) => (value > (all[best] ?? 0) ? i : best), 0);
}

/** Gives the model its best parameters; without dev those of the last step are all there are. */
async function keepBest<B>(
  { model }: Learner<B>,
  checkpoints: Checkpoints,
  { best }: Pick<TrainingOutcome, "best">,
): Promise<TrainingRecord["best"]> {
  return best === null ? null : checkpoints.restoreBest(model as Trainable<never>);
}

/** Test is looked at here and nowhere else, when nothing is left to choose. */
async function testOnce<B>(
  input: FineTuneInput,
  learner: Learner<B>,
  signal: AbortSignal,
  tell: Tell,
  step: number,
): Promise<TrainingRecord["test"]> {
  const { train, test } = input.items;
  if (test.length === 0) return null;
  const look = await evaluate(input, learner, "test", signal);
  await tell({ kind: "evaluation", step, split: "test", ...look, best: false });
  return { ...look, majority: majorityShare(train, test) };
}

/** Share of `test` that is right when the answer is always the most frequent label of `train`; the first of those that are equally so. */
export function majorityShare(
  train: readonly Pick<EncodedItem, "label">[],
  test: readonly Pick<EncodedItem, "label">[],
): number {
  const counts = new Map<number, number>();
  for (const { label } of train) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [majority] = [...counts].sort(([a, m], [b, n]) => n - m || a - b)[0] ?? [0];
  return test.filter(({ label }) => label === majority).length / test.length;
}

async function writeModel<B>(
  input: FineTuneInput,
  { values }: Learner<B>,
  writer: TrainingRunWriter,
  signal: AbortSignal,
): Promise<void> {
  const { base, sha256, config, special, data, labels, settings } = input;
  const { method, maxLength, headBias } = settings;
  const info: ClassifierInfo = {
    task: data.task,
    labels: data.task === "multipleChoice" ? [] : labels,
    ...{ special, maxLength, headBias },
    base: { name: base.name, folder: base.folder, sha256 },
  };
  const folder = join(writer.folder, trainingFiles.model);
  // One that was written just before the process ended.
  await rm(folder, { recursive: true, force: true });
  const model = { config, values, info, tokenizerFiles: await tokenizerFilesOf(base.folder) };
  if (method.kind === "lora") await writeAdapter(folder, { ...model, method }, { signal });
  else await writeClassifier(folder, model, { signal });
}

function tokensOf(item: EncodedItem | undefined): number {
  return sum((item?.sequences ?? []).map(({ length }) => length));
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
