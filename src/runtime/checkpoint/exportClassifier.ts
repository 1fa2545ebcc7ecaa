/**
 * Writes a fine-tuned model as Hugging Face's `…ForSequenceClassification`: the transformer under its own names, and `score.weight`
 * [labels, C]. Transformers classifies at the last token that is not padding, which is the extract token. It has no class whose head has
 * a bias, adds the states of two orders (similarity) or compares choices: those are stored in the same layout, and `gpt_workbench` says
 * what they are.
 */
import { join } from "node:path";
import type { GPTConfig, RawConfig } from "../model/config";
import { fileExists } from "../textFile";
import { addSpecialTokens } from "./addSpecialTokens";
import { type ClassifierInfo, classifierKey, headRows } from "./classifierInfo";
import { type ExportOptions, exportModel } from "./export";

export type { ClassifierInfo } from "./classifierInfo";

/** A classifier to write. */
export interface ClassifierToWrite {
  readonly config: GPTConfig;
  /** By canonical name, and `score.weight`, `score.bias`; asked once each. */
  readonly values: (name: string) => Promise<Float32Array>;
  readonly info: ClassifierInfo;
  /** Absolute paths of files to copy. */
  readonly tokenizerFiles: readonly string[];
}

/**
 * Writes `folder`, which must not exist, whole or not at all.
 * @throws as `exportModel` does.
 */
export async function writeClassifier(
  folder: string,
  { config, values, info, tokenizerFiles }: ClassifierToWrite,
  options: Partial<Pick<ExportOptions, "dtype" | "signal" | "onProgress" | "maxShardBytes">> = {},
): Promise<void> {
  const pieces = async function* (name: string) {
    yield await values(name);
  };
  const model = { config, values: pieces, extra: headShapes(config, info), keys: classifierKeys(config, info) };
  const finish = (part: string) => addSpecialTokens(part, config, info.special);
  await exportModel(folder, model, { dtype: "F32", copy: tokenizerFiles, finish, ...options });
}

/** The head's tensors: `score.weight` [rows, C], and `score.bias` [rows] where it has one. */
export function headShapes({ nEmbd: C }: GPTConfig, info: ClassifierInfo): ReadonlyMap<string, readonly number[]> {
  const rows = headRows(info);
  const weight = ["score.weight", [rows, C]] as const;
  return new Map<string, readonly number[]>(info.headBias ? [weight, ["score.bias", [rows]]] : [weight]);
}

const architectures: { readonly [K in GPTConfig["modelType"]]: string } = {
  "openai-gpt": "OpenAIGPTForSequenceClassification",
  gpt2: "GPT2ForSequenceClassification",
  gpt_neo: "GPTNeoForSequenceClassification",
  // Ours, like the family.
  gpt3: "GPT3ForSequenceClassification",
};

/** What Hugging Face's configuration says of a classifier, and what we add to it. */
export function classifierKeys({ modelType }: Pick<GPTConfig, "modelType">, info: ClassifierInfo): RawConfig {
  const names = info.labels.length > 0 ? info.labels : ["LABEL_0"];
  return {
    architectures: [architectures[modelType]],
    id2label: Object.fromEntries(names.map((name, id) => [String(id), name])),
    label2id: Object.fromEntries(names.map((name, id) => [name, id])),
    problem_type: "single_label_classification",
    pad_token_id: padTokenId(info),
    [classifierKey]: info,
  };
}

/**
 * Transformers looks at the last token that is not padding. The extract token ends every sequence, so that any other token will do for
 * padding, even one that stands in texts.
 */
export function padTokenId({ special: { start, delimiter, extract } }: Pick<ClassifierInfo, "special">): number {
  const other = [start, delimiter].find((id) => id !== extract);
  return other ?? (extract === 0 ? 1 : 0);
}

/** What a tokenizer may consist of. */
export const tokenizerNames = [
  "vocab.json",
  "merges.txt",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
] as const;

/** Absolute paths of a model folder's tokenizer files, to be copied. */
export async function tokenizerFilesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of tokenizerNames) if (await fileExists(join(folder, name))) found.push(join(folder, name));
  return found;
}
