/** Merges a LoRA adapter into its base's weights: a model folder of its own, which needs neither. */
import { dirname } from "node:path";
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { exportModel } from "./export";
import { tokenizerFilesOf, writeClassifier } from "./exportClassifier";
import { parameterValues } from "./parameterValues";
import { openModelFolder } from "./store";

/** How to merge. */
export interface MergeOptions {
  /** The base's folder, in place of the one that the adapter names. */
  readonly base?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Writes the merged model in float32 as the new folder `target`; of a classifier, its head too.
 * @throws RuntimeError `invalidRequest` when `adapter` is none; as `openModelFolder` and `exportModel`.
 */
export async function mergeAdapter(adapter: string, target: string, options: MergeOptions = {}): Promise<void> {
  const { base, ...writing } = options;
  const model = await openModelFolder(adapter, base === undefined ? {} : { base });
  model.tokenizer?.free();
  if (!model.adapter) throw invalidRequest(l10n.t("{0} is no LoRA adapter", model.folder));
  const { config, classifier } = model;
  const values = (name: string) => parameterValues(model, name);
  const own = await tokenizerFilesOf(model.folder);
  const tokenizerFiles = own.length > 0 ? own : await tokenizerFilesOf(dirname(model.checkpoint.path));
  if (classifier) return writeClassifier(target, { config, values, info: classifier, tokenizerFiles }, writing);
  const pieces = async function* (name: string) {
    yield await values(name);
  };
  return exportModel(target, { config, values: pieces }, { dtype: "F32", copy: tokenizerFiles, ...writing });
}
