/** Which model `gptw pretrain` trains: a size, a configuration, either with other sizes, or a model that goes on. */
import { resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { formatGPTConfig, type GPTConfig, parseGPTConfig } from "../model/config";
import { presets } from "../model/presets";
import { readJsonFile } from "../textFile";
import { defaultVocabulary, smallConfig } from "../training/pretrainSettings";
import type { PretrainModel } from "../trainingProtocol";
import { folderOrId, storeFolder } from "./store";
import { deviceOption, numberOption, type ParsedOptions, UsageError } from "./usage";

type RawConfig = Readonly<Record<string, unknown>>;

/** Options that are about a new model. */
const ofNewModels = ["preset", "config", "layers", "heads", "width", "context", "vocabulary", "tokenizer"];

/** The model that the options name. Throws `UsageError`, and what is wrong with a configuration. */
export async function pretrainModelOption(options: ParsedOptions): Promise<PretrainModel> {
  const [folder] = options.values("model");
  if (folder === undefined) return newModel(options);
  const given = ofNewModels.find((name) => options.values(name).length > 0);
  if (given) throw usage(l10n.t("--{0} does not go with --model, which goes on as it is", given));
  const model = { folder: await folderOrId(folder, storeFolder(options)), device: deviceOption("pretrain", options) };
  return { kind: "continue", model };
}

async function newModel(options: ParsedOptions): Promise<PretrainModel> {
  const [preset] = options.values("preset");
  const [file] = options.values("config");
  if (preset !== undefined && file !== undefined) throw usage(l10n.t("give --preset or --config, not both"));
  const sizes = file === undefined ? presetSizes(preset) : await readConfig(resolve(file));
  return { kind: "new", config: { ...sizes, ...changedSizes(sizes, options) }, tokenizer: await tokenizer(options) };
}

function presetSizes(name: string | undefined): RawConfig {
  if (name === undefined) return smallConfig;
  const preset = presets.find((candidate) => candidate.name === name);
  if (preset) return formatGPTConfig(preset.config);
  const names = presets.map((candidate) => candidate.name).join(", ");
  throw usage(l10n.t('there is no size "{0}"; there are {1}', name, names));
}

/** A file's configuration with every key written out. */
async function readConfig(file: string): Promise<RawConfig> {
  const json = await readJsonFile(file, 4_000_000, (problem) => invalidRequest(`${file} ${problem}`));
  if (json === undefined) throw invalidRequest(l10n.t("there is no file {0}", file));
  return formatGPTConfig({ ...parseGPTConfig(json, file), quantization: null });
}

/** What each family's config.json calls layers, heads, width and context. */
const sizeKeys: { readonly [K in GPTConfig["modelType"]]: readonly [string, string, string, string] } = {
  "openai-gpt": ["n_layer", "n_head", "n_embd", "n_positions"],
  gpt2: ["n_layer", "n_head", "n_embd", "n_positions"],
  gpt3: ["n_layer", "n_head", "n_embd", "n_positions"],
  gpt_neo: ["num_layers", "num_heads", "hidden_size", "max_position_embeddings"],
};

function changedSizes(sizes: RawConfig, options: ParsedOptions): RawConfig {
  const { modelType, attentionPatterns } = parseGPTConfig(sizes, "config");
  const changed: Record<string, unknown> = {};
  for (const [i, name] of ["layers", "heads", "width", "context"].entries()) {
    if (options.values(name).length === 0) continue;
    const key = sizeKeys[modelType][i] ?? "";
    changed[key] = numberOption("pretrain", options, name, { min: 1, max: 1_000_000, whole: true, default: 1 });
  }
  const layers = changed[sizeKeys[modelType][0]];
  if (typeof layers === "number") Object.assign(changed, patterns(sizes, layers, attentionPatterns.length));
  return changed;
}

/** The kinds of layers, which go on in the order that they have. */
function patterns({ attention_patterns, attention_layers }: RawConfig, layers: number, before: number): RawConfig {
  const repeated = (kinds: readonly unknown[]) => Array.from({ length: layers }, (_, i) => kinds[i % before]);
  if (Array.isArray(attention_patterns)) return { attention_patterns: repeated(attention_patterns) };
  if (!Array.isArray(attention_layers)) return {};
  const kinds = repeated(attention_layers);
  return { attention_layers: kinds, attention_types: [[kinds, 1]] };
}

async function tokenizer(options: ParsedOptions): Promise<Extract<PretrainModel, { kind: "new" }>["tokenizer"]> {
  const [from] = options.values("tokenizer");
  if (from === undefined) {
    const range = { min: 257, max: 1_000_000, whole: true, default: defaultVocabulary };
    return { train: numberOption("pretrain", options, "vocabulary", range) };
  }
  if (options.values("vocabulary").length > 0) throw usage(l10n.t("give --vocabulary or --tokenizer, not both"));
  return { from: await folderOrId(from, storeFolder(options)) };
}

function usage(problem: string): UsageError {
  return new UsageError(problem, "pretrain");
}
