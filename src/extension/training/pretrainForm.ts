/** The pre-training form as parameters of a run, and the other way round. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { DeviceChoice, ModelReference } from "../../runtime/protocol";
import type { CorpusSource } from "../../runtime/trainingDataProtocol";
import type { PretrainField, PretrainValues } from "../../runtime/trainingPanelProtocol";
import type { PretrainModel, PretrainParams, TrainingRecord } from "../../runtime/trainingProtocol";
import { corpusGlobs, optimizerKeys, pick, pretrainDefaults } from "./defaults";
import { type ReadForm, runNameProblem } from "./fineTuneForm";
import { fieldText, pretrainFields, readFields } from "./formFields";

/** Parameters but for what the window adds: the folder of runs. */
export type PretrainRequest = Omit<PretrainParams, "runs">;

/** The fields as they are unless they are changed. */
export const pretrainTexts = Object.fromEntries(
  Object.entries(pretrainDefaults).map(([key, value]) => [key, fieldText(value)]),
) as Readonly<Record<PretrainField, string>>;

/** A form that nobody has touched. */
export function newPretrain(root: string, model: ModelReference): PretrainValues {
  return {
    fields: pretrainTexts,
    root,
    ...corpusGlobs,
    respectIgnoreFiles: true,
    licenses: "",
    kind: "new",
    preset: "custom",
    family: "gpt2",
    tokenizer: "train",
    tokenizerFrom: model.folder,
    model: model.folder,
    device: model.device,
    decay: "cosine",
    recompute: false,
    name: "",
  };
}

/** What the form says of the text. */
export function readCorpus(values: PretrainValues): ReadForm<CorpusSource> {
  const { numbers, problems } = readFields(pretrainFields, values.fields);
  const wrong: Record<string, string> = {};
  if (problems.maxFileKilobytes) wrong.maxFileKilobytes = problems.maxFileKilobytes;
  if (values.root === "") wrong.root = l10n.t("Choose a folder.");
  const include = lines(values.include);
  if (include.length === 0) wrong.include = l10n.t("Enter at least one pattern.");
  if (Object.keys(wrong).length > 0) return { problems: wrong, params: null };
  const licenses = values.licenses.split(/[,\s]+/).filter((name) => name !== "");
  return {
    problems: wrong,
    params: {
      ...{ root: values.root, include, exclude: lines(values.exclude), respectIgnoreFiles: values.respectIgnoreFiles },
      maxFileBytes: numbers.maxFileKilobytes * 1024,
      ...(licenses.length > 0 ? { licenses } : {}),
    },
  };
}

/** What the form says. */
export function readPretrain(values: PretrainValues): ReadForm<PretrainRequest> {
  const corpus = readCorpus(values);
  const { numbers: n, problems } = readFields(pretrainFields, values.fields);
  const wrong: Record<string, string> = { ...problems, ...corpus.problems };
  for (const key of unusedFields(values)) delete wrong[key];
  checkModel(values, n, wrong);
  if (!wrong.microBatchSize && n.microBatchSize > n.batchSize) {
    wrong.microBatchSize = l10n.t("Enter no more than the batch size, {0}.", n.batchSize);
  }
  const nameProblem = runNameProblem(values.name);
  if (nameProblem) wrong.name = nameProblem;
  if (Object.keys(wrong).length > 0 || !corpus.params) return { problems: wrong, params: null };
  const params: PretrainRequest = {
    model: modelOf(values, n),
    corpus: corpus.params,
    settings: {
      optimizer: { ...pick(n, optimizerKeys), decay: values.decay },
      dropout: { embedding: n.dropoutEmbedding, residual: n.dropoutResidual, attention: n.dropoutAttention },
      ...pick(n, [
        "sequenceLength",
        "steps",
        "heldOutShare",
        "evaluateEvery",
        "sampleEvery",
        "checkpointEvery",
        "seed",
      ]),
      recompute: values.recompute,
    },
    device: values.device as DeviceChoice,
    ...(values.name.trim() ? { name: values.name.trim() } : {}),
  };
  return { problems: wrong, params };
}

/** The form of a run that was recorded. */
export function pretrainValues({ pretrain, name }: TrainingRecord): PretrainValues | null {
  if (!pretrain) return null;
  const { model, corpus, settings } = pretrain;
  const folder = model.kind === "continue" ? model.model.folder : "";
  const start = newPretrain(corpus.root, { folder, device: "auto" });
  const { optimizer, dropout } = settings;
  const numbers: Partial<Record<PretrainField, number>> = {
    ...pick(optimizer, optimizerKeys),
    ...{ dropoutEmbedding: dropout.embedding, dropoutResidual: dropout.residual, dropoutAttention: dropout.attention },
    ...pick(settings, [
      "sequenceLength",
      "steps",
      "heldOutShare",
      "evaluateEvery",
      "sampleEvery",
      "checkpointEvery",
      "seed",
    ]),
    maxFileKilobytes: Math.ceil(corpus.maxFileBytes / 1024),
    ...(model.kind === "new" ? sizesOf(model) : {}),
  };
  return {
    ...start,
    fields: { ...start.fields, ...Object.fromEntries(Object.entries(numbers).map(([key, n]) => [key, fieldText(n)])) },
    include: corpus.include.join("\n"),
    exclude: corpus.exclude.join("\n"),
    respectIgnoreFiles: corpus.respectIgnoreFiles,
    licenses: (corpus.licenses ?? []).join(", "),
    kind: model.kind,
    ...(model.kind === "new" ? newModelValues(model) : {}),
    decay: optimizer.decay,
    recompute: settings.recompute,
    name,
  };
}

type NewModel = Extract<PretrainModel, { kind: "new" }>;

function newModelValues({ preset, config, tokenizer }: NewModel): Partial<PretrainValues> {
  const family = config?.model_type;
  return {
    preset: preset ?? "custom",
    ...(typeof family === "string" ? { family } : {}),
    ...("from" in tokenizer ? { tokenizer: "from", tokenizerFrom: tokenizer.from } : { tokenizer: "train" }),
  };
}

function sizesOf({ config, tokenizer }: NewModel): Partial<Record<PretrainField, number>> {
  const size = (key: string) => (typeof config?.[key] === "number" ? config[key] : undefined);
  const found = {
    nLayer: size("n_layer"),
    nHead: size("n_head"),
    nEmbd: size("n_embd"),
    nPositions: size("n_positions"),
  };
  const vocabulary = "train" in tokenizer ? tokenizer.train : undefined;
  return Object.fromEntries(Object.entries({ ...found, vocabulary }).filter(([, value]) => value !== undefined));
}

/** Fields that the form does not show. */
function unusedFields({ kind, preset, tokenizer }: PretrainValues): readonly PretrainField[] {
  const sizes = ["nLayer", "nHead", "nEmbd", "nPositions"] as const;
  return [
    ...(kind === "continue" || preset !== "custom" ? sizes : []),
    ...(kind === "continue" || tokenizer === "from" ? (["vocabulary"] as const) : []),
  ];
}

function checkModel(
  values: PretrainValues,
  n: Readonly<Record<PretrainField, number>>,
  wrong: Record<string, string>,
): void {
  if (values.kind === "continue") {
    if (values.model === "") wrong.model = l10n.t("Choose a model.");
    return;
  }
  if (values.tokenizer === "from" && values.tokenizerFrom === "") wrong.tokenizerFrom = l10n.t("Choose a model.");
  if (values.preset !== "custom") return;
  if (n.nEmbd % n.nHead !== 0) wrong.nHead ??= l10n.t("The width, {0}, must be a multiple of the heads.", n.nEmbd);
  if (n.sequenceLength > n.nPositions) {
    wrong.sequenceLength ??= l10n.t("Enter no more than the positions, {0}.", n.nPositions);
  }
}

function modelOf(values: PretrainValues, n: Readonly<Record<PretrainField, number>>): PretrainModel {
  const { kind, preset, family, tokenizer, tokenizerFrom, model, device } = values;
  if (kind === "continue") return { kind, model: { folder: model, device: device as DeviceChoice } };
  const config = {
    ...{ model_type: family, n_layer: n.nLayer, n_head: n.nHead, n_embd: n.nEmbd, n_positions: n.nPositions },
    // Brown et al. 2020 §2.1: dense and locally banded layers in turn.
    ...(family === "gpt3" ? { attention_patterns: patterns(n.nLayer, n.nPositions) } : {}),
  };
  return {
    kind,
    ...(preset === "custom" ? { config } : { preset }),
    tokenizer: tokenizer === "train" ? { train: n.vocabulary } : { from: tokenizerFrom },
  };
}

function patterns(layers: number, positions: number): string[] {
  const band = Math.max(1, Math.min(256, positions >> 2));
  return Array.from({ length: layers }, (_, i) => (i % 2 === 0 ? "dense" : `banded(${band})`));
}

function lines(text: string): string[] {
  return text.split("\n").flatMap((line) => line.trim() || []);
}
