/** Merges a LoRA adapter into its base's weights: a model folder of its own, which needs neither. */
import { basename, dirname } from "node:path";
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import type { InstalledModel } from "../modelsProtocol";
import { exportModel } from "./export";
import { tokenizerFilesOf, writeClassifier } from "./exportClassifier";
import { makeModel } from "./modelStore";
import { parameterValues } from "./parameterValues";
import { type ModelFolder, openModelFolder } from "./store";

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
  return writeMerged(await openAdapter(adapter, options), target, options);
}

/** As `mergeAdapter`, as a new model of the store: its files go when it is deleted. Throws `storeFailed` too. */
export async function mergeIntoStore(
  adapter: string,
  { store, name }: { readonly store: string; readonly name: string },
  options: MergeOptions = {},
): Promise<InstalledModel> {
  const model = await openAdapter(adapter, options);
  const base = basename(dirname(model.checkpoint.path));
  const origin = { kind: "merged", adapter: model.folder, base } as const;
  return makeModel(store, name, origin, (folder) => writeMerged(model, folder, options));
}

/** The model that base and adapter make, its tokenizer freed. Throws `invalidRequest` when the folder holds no adapter. */
async function openAdapter(adapter: string, { base }: MergeOptions): Promise<ModelFolder> {
  const model = await openModelFolder(adapter, base === undefined ? {} : { base });
  model.tokenizer?.free();
  if (!model.adapter) throw invalidRequest(l10n.t("{0} is no LoRA adapter", model.folder));
  return model;
}

async function writeMerged(model: ModelFolder, target: string, { base: _, ...writing }: MergeOptions): Promise<void> {
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
