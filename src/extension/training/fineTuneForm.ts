/** The fine-tuning form as parameters of a run, and the other way round. Knows nothing of VS Code. */
import { basename, extname } from "node:path";
import * as l10n from "@vscode/l10n";
import type { DeviceChoice, ModelReference } from "../../runtime/protocol";
import { type TrainingData, taskFields } from "../../runtime/trainingDataProtocol";
import type { FineTuneField, FineTuneValues, MethodKind } from "../../runtime/trainingPanelProtocol";
import type { FineTuneParams, FineTuneSettings, TrainingMethod, TrainingRecord } from "../../runtime/trainingProtocol";
import { defaultModules, fineTuneNumbers, methodChoices, optimizerKeys, pick } from "./defaults";
import { fieldText, fineTuneFields, readFields } from "./formFields";

/** Parameters but for what the window adds: the folder of runs. */
export type FineTuneRequest = Omit<FineTuneParams, "runs">;

/** What a form says. */
export interface ReadForm<P> {
  /** By the value's name. */
  readonly problems: Readonly<Record<string, string>>;
  /** Null while there is a problem. */
  readonly params: P | null;
}

/** A form that nobody has touched. */
export function newFineTune(model: ModelReference, method: MethodKind = "head"): FineTuneValues {
  return {
    fields: { ...defaultTexts(method), limit: "" },
    path: "",
    dev: "",
    test: "",
    task: "classification",
    columns: {},
    labels: {},
    skipBadRows: false,
    keepDuplicates: false,
    model: model.folder,
    device: model.device,
    method,
    targetModules: defaultModules,
    recompute: false,
    name: "",
    ...methodChoices(method),
  };
}

/** The fields of a method, as they are unless they are changed. */
export function defaultTexts(method: MethodKind): Readonly<Record<Exclude<FineTuneField, "limit">, string>> {
  const entries = Object.entries(fineTuneNumbers(method)).map(([key, value]) => [key, fieldText(value)]);
  return Object.fromEntries(entries) as Record<Exclude<FineTuneField, "limit">, string>;
}

/** The values under another method: what was as that of `before` has it becomes as this one has it. */
export function withMethod(values: FineTuneValues, before: MethodKind): FineTuneValues {
  const [from, to] = [defaultTexts(before), defaultTexts(values.method)];
  const fields = { ...values.fields };
  for (const key of Object.keys(to) as (keyof typeof to)[]) if (fields[key] === from[key]) fields[key] = to[key];
  return { ...values, fields, ...methodChoices(values.method) };
}

/** What the form says of the data; null while that cannot be read. */
export function readData(values: FineTuneValues): ReadForm<TrainingData> {
  const { numbers, problems } = readFields(fineTuneFields, values.fields);
  const wrong: Record<string, string> = {};
  for (const key of ["devShare", "testShare", "splitSeed", "limit"] as const) {
    const problem = problems[key];
    if (problem !== undefined) wrong[key] = problem;
  }
  if (values.path === "") wrong.path = l10n.t("Choose a data file.");
  if (numbers.devShare + numbers.testShare >= 1) {
    wrong.testShare = l10n.t("The shares of dev and test must leave something to train on.");
  }
  const columns = columnsOf(values);
  for (const field of taskFields[values.task]) {
    if ((values.columns[field] ?? "") === "") wrong[`column.${field}`] = l10n.t("Choose a column.");
  }
  if (Object.keys(wrong).length > 0) return { problems: wrong, params: null };
  const params: TrainingData = {
    path: values.path,
    ...(values.dev ? { dev: values.dev } : {}),
    ...(values.test ? { test: values.test } : {}),
    task: values.task,
    ...(Object.keys(columns).length > 0 ? { columns } : {}),
    ...(Object.keys(values.labels).length > 0 && values.task !== "multipleChoice" ? { labels: values.labels } : {}),
    devShare: numbers.devShare,
    testShare: numbers.testShare,
    seed: numbers.splitSeed,
    ...(Number.isNaN(numbers.limit) ? {} : { limit: numbers.limit }),
    ...(values.skipBadRows ? { skipBadRows: true } : {}),
    ...(values.keepDuplicates ? { keepDuplicates: true } : {}),
  };
  return { problems: wrong, params };
}

/** What the form says. */
export function readFineTune(values: FineTuneValues): ReadForm<FineTuneRequest> {
  const data = readData(values);
  const { numbers, problems } = readFields(fineTuneFields, values.fields);
  const wrong: Record<string, string> = { ...problems, ...data.problems };
  const unused = values.method === "lora" ? [] : (["r", "loraAlpha", "loraDropout"] as const);
  for (const key of unused) delete wrong[key];
  if (values.model === "") wrong.model = l10n.t("Choose a model.");
  if (values.method === "lora" && values.targetModules.length === 0) {
    wrong.targetModules = l10n.t("Choose at least one matrix.");
  }
  if (!wrong.microBatchSize && numbers.microBatchSize > numbers.batchSize) {
    wrong.microBatchSize = l10n.t("Enter no more than the batch size, {0}.", numbers.batchSize);
  }
  const nameProblem = runNameProblem(values.name);
  if (nameProblem) wrong.name = nameProblem;
  if (Object.keys(wrong).length > 0 || !data.params) return { problems: wrong, params: null };
  const params: FineTuneRequest = {
    model: { folder: values.model, device: values.device as DeviceChoice },
    data: data.params,
    settings: settingsOf(values, numbers),
    ...(values.name.trim() ? { name: values.name.trim() } : {}),
  };
  return { problems: wrong, params };
}

/** What is wrong with a run's name; null when nothing is. */
export function runNameProblem(name: string): string | null {
  const trimmed = name.trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: file systems refuse them
  if (/[<>:"/\\|?*\u0000-\u001f]/.test(trimmed)) return l10n.t('A name cannot have / \\ : * ? " < > or |.');
  return trimmed.length > 80 ? l10n.t("Enter at most 80 characters.") : null;
}

/** The form of a run that was recorded. */
export function fineTuneValues({ finetune, base, name }: TrainingRecord): FineTuneValues | null {
  if (!finetune || !base) return null;
  const { data, settings } = finetune;
  const { method, optimizer: o, dropout } = settings;
  const lora = method.kind === "lora" ? method : null;
  const start = newFineTune({ folder: base.folder, device: "auto" }, method.kind);
  const numbers: Partial<Record<FineTuneField, number>> = {
    ...pick(o, optimizerKeys),
    ...{ dropoutEmbedding: dropout.embedding, dropoutResidual: dropout.residual },
    ...{ dropoutAttention: dropout.attention, dropoutClassifier: dropout.classifier },
    ...pick(settings, ["epochs", "lmCoef", "maxLength", "evaluateEvery", "patience", "checkpointEvery", "seed"]),
    ...(lora ? pick(lora, ["r", "loraAlpha", "loraDropout"]) : {}),
    ...{ devShare: data.devShare, testShare: data.testShare, splitSeed: data.seed },
    ...(data.limit === undefined ? {} : { limit: data.limit }),
  };
  const texts = Object.entries(numbers).map(([key, value]) => [key, fieldText(value)]);
  const defaults = taskFields[data.task].map((field) => [field, data.columns?.[field] ?? field]);
  return {
    ...start,
    fields: { ...start.fields, ...Object.fromEntries(texts) },
    ...{ path: data.path, dev: data.dev ?? "", test: data.test ?? "", task: data.task },
    columns: Object.fromEntries(defaults),
    labels: data.labels ?? {},
    ...{ skipBadRows: data.skipBadRows ?? false, keepDuplicates: data.keepDuplicates ?? false },
    targetModules: lora?.targetModules ?? start.targetModules,
    ...{ decay: o.decay, specialTokens: settings.specialTokens, headBias: settings.headBias },
    recompute: settings.recompute,
    name,
  };
}

function settingsOf(values: FineTuneValues, n: Readonly<Record<FineTuneField, number>>): FineTuneSettings {
  return {
    method: methodOf(values, n),
    optimizer: {
      ...pick(n, optimizerKeys),
      decay: values.decay,
    },
    dropout: {
      ...{ embedding: n.dropoutEmbedding, residual: n.dropoutResidual },
      ...{ attention: n.dropoutAttention, classifier: n.dropoutClassifier },
    },
    ...pick(n, ["epochs", "maxLength", "evaluateEvery", "patience", "checkpointEvery", "seed"]),
    lmCoef: values.method === "head" ? 0 : n.lmCoef,
    headBias: values.headBias,
    // New rows would never learn unless all parameters do.
    specialTokens: values.method === "full" ? values.specialTokens : "existing",
    recompute: values.recompute,
  };
}

function methodOf(
  { method, targetModules }: FineTuneValues,
  n: Readonly<Record<FineTuneField, number>>,
): TrainingMethod {
  return method === "lora"
    ? { kind: method, ...pick(n, ["r", "loraAlpha", "loraDropout"]), targetModules }
    : { kind: method };
}

/** Columns that are called otherwise than their fields. */
function columnsOf({ task, columns }: FineTuneValues): Record<string, string> {
  const named = taskFields[task].map((field) => [field, columns[field] ?? ""] as const);
  return Object.fromEntries(named.filter(([field, column]) => column !== "" && column !== field));
}

/** A name for the runs of a data file. */
export function nameOfFile(path: string): string {
  return basename(path, extname(path));
}
