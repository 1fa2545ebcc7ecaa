/** `gptw finetune`: trains a classifier on labelled data. */
import { resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { fineTuneDefaults } from "../training/settings";
import { type TaskType, type TrainingData, taskFields, taskTypes } from "../trainingDataProtocol";
import type { FineTuneParams, FineTuneSettings, OptimizerSettings, TrainingMethod } from "../trainingProtocol";
import type { ExitCode } from "./commandLine";
import { modelFolderOption } from "./store";
import type { Terminal } from "./terminal";
import { runTraining } from "./trainingRun";
import { type NumberRange, numberOption, type ParsedOptions, parseOptions, runOptions, UsageError } from "./usage";

/** Folder of the runs, where none is given: that of the editor's workspace. */
export const defaultRuns = ".gpt-workbench/runs";

/** Options of numbers: what each may be. Defaults hang on the method. */
const numbers = {
  epochs: { min: 1, max: 100_000, whole: true },
  "learning-rate": { min: 1e-12, max: 10, whole: false },
  "batch-size": { min: 1, max: 65_536, whole: true },
  "micro-batch-size": { min: 1, max: 65_536, whole: true },
  warmup: { min: 0, max: 1, whole: false },
  "weight-decay": { min: 0, max: 10, whole: false },
  "max-grad-norm": { min: 0, max: 1e6, whole: false },
  dropout: { min: 0, max: 0.99, whole: false },
  "lm-coef": { min: 0, max: 1000, whole: false },
  "max-length": { min: 5, max: 1_000_000, whole: true },
  "evaluate-every": { min: 0, max: 1e9, whole: true },
  patience: { min: 0, max: 1e9, whole: true },
  "checkpoint-every": { min: 1, max: 1e9, whole: true },
  seed: { min: 0, max: 0xffffffff, whole: true },
  "lora-r": { min: 1, max: 4096, whole: true },
  "lora-alpha": { min: 1e-6, max: 1e6, whole: false },
  "lora-dropout": { min: 0, max: 0.99, whole: false },
} as const satisfies Readonly<Record<string, Omit<NumberRange, "default">>>;

/** Runs the command; what it takes is in its help. */
export async function finetune(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const numeric = Object.fromEntries(Object.keys(numbers).map((name) => [name, "text" as const]));
  const options = parseOptions("finetune", args, {
    ...numeric,
    ...{ model: "text", store: "text", device: "text", context: "text" },
    ...{ data: "text", dev: "text", test: "text", task: "text", column: "texts", label: "texts" },
    ...{ "dev-share": "text", "test-share": "text", "split-seed": "text", limit: "text" },
    ...{ "skip-bad-rows": "flag", "keep-duplicates": "flag" },
    ...{ method: "text", "lora-targets": "text", decay: "text", "special-tokens": "text" },
    ...{ "head-bias": "flag", recompute: "flag" },
    ...{ runs: "text", name: "text", resume: "text", json: "flag" },
  });
  if (options.positionals.length > 0)
    throw new UsageError(l10n.t('"{0}" is not expected', options.positionals[0] ?? ""), "finetune");
  const json = has(options, "json");
  const [folder] = options.values("resume");
  if (folder !== undefined) {
    const given = ["model", "data", "task", "method", ...Object.keys(numbers)].find((name) => has(options, name));
    if (given) throw new UsageError(l10n.t("--{0} does not go with --resume: the run knows it", given), "finetune");
    return runTraining(terminal, json, (training, context, onEvent) =>
      training.resume({ folder: resolve(folder) }, context, onEvent),
    );
  }
  const params = await fineTuneParams(options);
  return runTraining(terminal, json, (training, context, onEvent) => training.fineTune(params, context, onEvent));
}

async function fineTuneParams(options: ParsedOptions): Promise<FineTuneParams> {
  const data = dataOptions(options);
  const settings = settingsOptions(options);
  const [runs = defaultRuns] = options.values("runs");
  const [name] = options.values("name");
  return {
    model: { folder: await modelFolderOption("finetune", options), ...runOptions("finetune", options) },
    ...{ data, settings, runs: resolve(runs) },
    ...(name !== undefined && { name }),
  };
}

function has(options: ParsedOptions, name: string): boolean {
  return options.values(name).length > 0;
}

function dataOptions(options: ParsedOptions): TrainingData {
  const [path] = options.values("data");
  if (!path) throw new UsageError(l10n.t("--data is missing: the file of labelled items"), "finetune");
  const task = oneOf(options, "task", taskTypes);
  if (!task) throw new UsageError(l10n.t("--task is missing: one of {0}", taskTypes.join(", ")), "finetune");
  const [dev] = options.values("dev");
  const [test] = options.values("test");
  const share = (name: string, given: string | undefined) =>
    numberOption("finetune", options, name, { min: 0, max: 0.9, whole: false, default: given === undefined ? 0.1 : 0 });
  const whole = (name: string, min: number, max: number) =>
    numberOption("finetune", options, name, { min, max, whole: true, default: 0 });
  return {
    path: resolve(path),
    ...(dev !== undefined && { dev: resolve(dev) }),
    ...(test !== undefined && { test: resolve(test) }),
    task,
    columns: columnOptions(options, task),
    labels: pairs(options, "label"),
    devShare: share("dev-share", dev),
    testShare: share("test-share", test),
    seed: whole("split-seed", 0, 0xffffffff),
    ...(has(options, "limit") && { limit: whole("limit", 1, 1e9) }),
    ...(has(options, "skip-bad-rows") && { skipBadRows: true }),
    ...(has(options, "keep-duplicates") && { keepDuplicates: true }),
  };
}

function columnOptions(options: ParsedOptions, task: TaskType): Readonly<Record<string, string>> {
  const columns = pairs(options, "column");
  const unknown = Object.keys(columns).find((field) => !taskFields[task].includes(field));
  if (unknown === undefined) return columns;
  const problem = l10n.t('--column: {0} has no field "{1}", only {2}', task, unknown, taskFields[task].join(", "));
  throw new UsageError(problem, "finetune");
}

/** Values of the form `A=B`. */
function pairs(options: ParsedOptions, name: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    options.values(name).map((text) => {
      const at = text.indexOf("=");
      if (at < 1) throw new UsageError(l10n.t("--{0} must be of the form A=B, not {1}", name, text), "finetune");
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

function oneOf<T extends string>(options: ParsedOptions, name: string, choices: readonly T[]): T | undefined {
  const [given] = options.values(name);
  if (given === undefined) return undefined;
  const choice = choices.find((one) => one === given);
  if (choice) return choice;
  throw new UsageError(l10n.t("--{0} must be one of {1}, not {2}", name, choices.join(", "), given), "finetune");
}

function settingsOptions(options: ParsedOptions): FineTuneSettings {
  const kind = oneOf(options, "method", ["head", "lora", "full"] as const) ?? "lora";
  const standard = fineTuneDefaults[kind];
  const number = (name: keyof typeof numbers, value: number) =>
    numberOption("finetune", options, name, { ...numbers[name], default: value });
  const { dropout } = standard;
  const share = (value: number) => number("dropout", value);
  return {
    method: methodOptions(options, standard.method, number),
    optimizer: optimizerOptions(options, standard.optimizer, number),
    dropout: {
      embedding: share(dropout.embedding),
      residual: share(dropout.residual),
      attention: share(dropout.attention),
      classifier: share(dropout.classifier),
    },
    epochs: number("epochs", standard.epochs),
    lmCoef: number("lm-coef", standard.lmCoef),
    headBias: standard.headBias || has(options, "head-bias"),
    specialTokens: oneOf(options, "special-tokens", ["new", "existing"] as const) ?? standard.specialTokens,
    maxLength: number("max-length", standard.maxLength),
    evaluateEvery: number("evaluate-every", standard.evaluateEvery),
    patience: number("patience", standard.patience),
    checkpointEvery: number("checkpoint-every", standard.checkpointEvery),
    seed: number("seed", standard.seed),
    recompute: has(options, "recompute"),
  };
}

type NumberOf = (name: keyof typeof numbers, value: number) => number;

function optimizerOptions(options: ParsedOptions, standard: OptimizerSettings, number: NumberOf): OptimizerSettings {
  const batchSize = number("batch-size", standard.batchSize);
  return {
    ...standard,
    batchSize,
    learningRate: number("learning-rate", standard.learningRate),
    microBatchSize: number("micro-batch-size", Math.min(standard.microBatchSize, batchSize)),
    warmup: number("warmup", standard.warmup),
    decay: oneOf(options, "decay", ["linear", "cosine", "constant"] as const) ?? standard.decay,
    weightDecay: number("weight-decay", standard.weightDecay),
    maxGradNorm: number("max-grad-norm", standard.maxGradNorm),
  };
}

function methodOptions(options: ParsedOptions, standard: TrainingMethod, number: NumberOf): TrainingMethod {
  const given = ["lora-r", "lora-alpha", "lora-dropout", "lora-targets"].find((name) => has(options, name));
  if (standard.kind !== "lora") {
    if (given) throw new UsageError(l10n.t("--{0} needs --method lora", given), "finetune");
    return standard;
  }
  const [targets] = options.values("lora-targets");
  return {
    kind: "lora",
    r: number("lora-r", standard.r),
    loraAlpha: number("lora-alpha", standard.loraAlpha),
    loraDropout: number("lora-dropout", standard.loraDropout),
    targetModules: targets?.split(",").map((name) => name.trim()) ?? standard.targetModules,
  };
}
