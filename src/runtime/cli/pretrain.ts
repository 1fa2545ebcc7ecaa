/** `gptw pretrain`: trains a language model on a folder's text. */
import { cp } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { cannotWrite, storeFailed } from "../errors";
import { fileExists } from "../textFile";
import { plannedConfig } from "../training/pretrainModel";
import { defaultCorpus, pretrainDefaults } from "../training/pretrainSettings";
import type { CorpusPreview, CorpusSource } from "../trainingDataProtocol";
import type { PretrainModel, PretrainParams, PretrainSettings, TrainingResult } from "../trainingProtocol";
import type { ExitCode } from "./commandLine";
import { defaultRuns } from "./finetune";
import { formatBytes } from "./format";
import { pretrainModelOption } from "./pretrainModelOptions";
import { withService } from "./serviceCall";
import type { Terminal } from "./terminal";
import { runTraining } from "./trainingRun";
import { deviceOption, type NumberRange, numberOption, type ParsedOptions, parseOptions, UsageError } from "./usage";

/** Options of numbers: what each may be. Defaults hang on the model's size. */
const numbers = {
  steps: { min: 1, max: 1e9, whole: true },
  "learning-rate": { min: 1e-12, max: 10, whole: false },
  "batch-size": { min: 1, max: 65_536, whole: true },
  "micro-batch-size": { min: 1, max: 65_536, whole: true },
  "sequence-length": { min: 2, max: 1_000_000, whole: true },
  warmup: { min: 0, max: 1, whole: false },
  "weight-decay": { min: 0, max: 10, whole: false },
  "max-grad-norm": { min: 0, max: 1e6, whole: false },
  dropout: { min: 0, max: 0.99, whole: false },
  "held-out": { min: 0, max: 0.9, whole: false },
  "evaluate-every": { min: 0, max: 1e9, whole: true },
  "sample-every": { min: 0, max: 1e9, whole: true },
  "checkpoint-every": { min: 1, max: 1e9, whole: true },
  seed: { min: 0, max: 0xffffffff, whole: true },
} as const satisfies Readonly<Record<string, Omit<NumberRange, "default">>>;

/** Runs the command; what it takes is in its help. */
export async function pretrain(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parseOptions("pretrain", args, {
    ...Object.fromEntries(Object.keys(numbers).map((name) => [name, "text" as const])),
    ...{ root: "text", include: "texts", exclude: "texts", license: "texts" },
    ...{ "no-ignore-files": "flag", "max-file-bytes": "text", preview: "flag" },
    ...{ model: "text", store: "text", preset: "text", config: "text", vocabulary: "text", tokenizer: "text" },
    ...{ layers: "text", heads: "text", width: "text", context: "text" },
    ...{ decay: "text", recompute: "flag", device: "text" },
    ...{ runs: "text", name: "text", out: "text", resume: "text", json: "flag" },
  });
  const [unexpected] = options.positionals;
  if (unexpected !== undefined) throw usage(l10n.t('"{0}" is not expected', unexpected));
  const out = await outFolder(options);
  const json = has(options, "json");
  const [resumed] = options.values("resume");
  if (resumed !== undefined) {
    checkAlone(options);
    return runTraining(terminal, json, (training, context, onEvent) =>
      training.resume({ folder: resolve(resumed) }, context, onEvent).then((result) => copyModel(result, out)),
    );
  }
  if (has(options, "preview")) return preview(corpusOptions(options), json, terminal);
  const params = await pretrainParams(options);
  return runTraining(terminal, json, (training, context, onEvent) =>
    training.pretrain(params, context, onEvent).then((result) => copyModel(result, out)),
  );
}

/** A run knows what it was begun with. */
function checkAlone(options: ParsedOptions): void {
  const others = ["root", "include", "exclude", "license", "model", "preset", "config", "vocabulary", "tokenizer"];
  const given = [...others, "preview", ...Object.keys(numbers)].find((name) => has(options, name));
  if (given) throw usage(l10n.t("--{0} does not go with --resume: the run knows it", given));
}

async function pretrainParams(options: ParsedOptions): Promise<PretrainParams> {
  const corpus = corpusOptions(options);
  const model = await pretrainModelOption(options);
  const [runs = defaultRuns] = options.values("runs");
  const [name] = options.values("name");
  return {
    ...{ model, corpus, settings: await settingsOptions(options, model) },
    ...{ device: deviceOption("pretrain", options), runs: resolve(runs) },
    ...(name !== undefined && { name }),
  };
}

function corpusOptions(options: ParsedOptions): CorpusSource {
  const [root = "."] = options.values("root");
  const licenses = options.values("license");
  const bytes = { min: 1, max: 1 << 28, whole: true, default: defaultCorpus.maxFileBytes };
  return {
    root: resolve(root),
    include: has(options, "include") ? options.values("include") : defaultCorpus.include,
    exclude: has(options, "exclude") ? options.values("exclude") : defaultCorpus.exclude,
    respectIgnoreFiles: !has(options, "no-ignore-files"),
    maxFileBytes: numberOption("pretrain", options, "max-file-bytes", bytes),
    ...(licenses.length > 0 && { licenses }),
  };
}

async function settingsOptions(options: ParsedOptions, model: PretrainModel): Promise<PretrainSettings> {
  const number = (name: keyof typeof numbers, value: number) =>
    numberOption("pretrain", options, name, { ...numbers[name], default: value });
  const config = await plannedConfig(model);
  const sequenceLength = number("sequence-length", config.nPositions);
  const standard = pretrainDefaults({ ...config, nPositions: sequenceLength }, number("steps", 1000));
  const { optimizer, dropout } = standard;
  const batchSize = number("batch-size", optimizer.batchSize);
  return {
    ...standard,
    optimizer: {
      ...optimizer,
      batchSize,
      learningRate: number("learning-rate", optimizer.learningRate),
      microBatchSize: number("micro-batch-size", Math.min(optimizer.microBatchSize, batchSize)),
      warmup: number("warmup", optimizer.warmup),
      decay: decayOption(options) ?? optimizer.decay,
      weightDecay: number("weight-decay", optimizer.weightDecay),
      maxGradNorm: number("max-grad-norm", optimizer.maxGradNorm),
    },
    dropout: {
      embedding: number("dropout", dropout.embedding),
      residual: number("dropout", dropout.residual),
      attention: number("dropout", dropout.attention),
    },
    heldOutShare: number("held-out", standard.heldOutShare),
    evaluateEvery: number("evaluate-every", standard.evaluateEvery),
    sampleEvery: number("sample-every", standard.sampleEvery),
    checkpointEvery: number("checkpoint-every", standard.checkpointEvery),
    seed: number("seed", standard.seed),
    recompute: has(options, "recompute"),
  };
}

function decayOption(options: ParsedOptions) {
  const [given] = options.values("decay");
  if (given === undefined) return undefined;
  const kinds = ["linear", "cosine", "constant"] as const;
  const kind = kinds.find((one) => one === given);
  if (kind) return kind;
  throw usage(l10n.t("--{0} must be one of {1}, not {2}", "decay", kinds.join(", "), given));
}

/** Where a copy of the model is wanted; null for nowhere. Told at once when it is taken, not after hours of training. */
async function outFolder(options: ParsedOptions): Promise<string | null> {
  const [out] = options.values("out");
  if (out === undefined) return null;
  const folder = resolve(out);
  if (await fileExists(folder))
    throw storeFailed(folder, l10n.t("is there already"), l10n.t("Choose another folder, or remove this one."));
  return folder;
}

async function copyModel(result: TrainingResult, out: string | null): Promise<TrainingResult> {
  const { model } = result.record;
  if (out === null || model === null) return result;
  try {
    await cp(join(result.folder, model), out, { recursive: true, errorOnExist: true, force: false });
  } catch (error) {
    throw cannotWrite(out, error);
  }
  return result;
}

function preview(source: CorpusSource, json: boolean, terminal: Terminal): Promise<ExitCode> {
  return withService(terminal, async ({ training }, context): Promise<ExitCode> => {
    const found = await training.previewCorpus(source, context);
    terminal.out(json ? `${JSON.stringify(found, null, 2)}\n` : previewText(found));
    return 0;
  });
}

function previewText({ files, bytes, skipped, largest }: CorpusPreview): string {
  const lines = [
    l10n.t("{0} files, {1}", files, formatBytes(bytes)),
    ...skipped.map(({ reason, files: count }) => l10n.t("left out, {0}: {1} files", reason, count)),
    ...largest.map((file) => `${formatBytes(file.bytes).padStart(12)}  ${file.path}`),
  ];
  return `${lines.join("\n")}\n`;
}

function has(options: ParsedOptions, name: string): boolean {
  return options.values(name).length > 0;
}

function usage(problem: string): UsageError {
  return new UsageError(problem, "pretrain");
}
