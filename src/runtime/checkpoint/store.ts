/** Opens a Hugging Face model folder: everything is checked, and no weight is read. */
import { basename, join, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { invalidConfig, notAModelFolder } from "../errors";
import { type GPTConfig, parseGPTConfig } from "../model/config";
import { readJsonFile } from "../textFile";
import { loadTokenizer } from "../tokenizer/loadTokenizer";
import type { Tokenizer } from "../tokenizer/tokenizer";
import { type Checkpoint, type CheckpointTensor, openCheckpoint } from "./checkpoint";
import { type ClassifierInfo, parseClassifierInfo } from "./classifierInfo";
import { headShapes } from "./exportClassifier";
import { checkedTensor, resolveParameters } from "./parameterNames";

/** A model folder, checked and ready to build a graph from. Free the tokenizer when done. */
export interface ModelFolder {
  /** Absolute path. */
  readonly folder: string;
  /** The folder's own name. */
  readonly name: string;
  readonly config: GPTConfig;
  readonly checkpoint: Checkpoint;
  /** By canonical name: see `parameterShapes`. */
  readonly parameters: ReadonlyMap<string, CheckpointTensor>;
  /** Null when the folder has no tokenizer files: then only token ids can be scored. */
  readonly tokenizer: Tokenizer | null;
  /** How it classifies; null when it is no classifier of ours. */
  readonly classifier: ClassifierInfo | null;
  /** Tensors of the classifier's head: see `headShapes`. Empty when it is none. */
  readonly head: ReadonlyMap<string, CheckpointTensor>;
}

/**
 * Opens a model folder.
 * @throws RuntimeError naming the file, key or tensor that is at fault.
 */
export async function openModelFolder(folder: string): Promise<ModelFolder> {
  const path = resolve(folder);
  const file = join(path, "config.json");
  const json = await readConfigJson(path);
  const config = parseGPTConfig(json, file);
  const classifier = parseClassifierInfo(json, file, config);
  const checkpoint = await openCheckpoint(path);
  const parameters = resolveParameters(checkpoint, config);
  const head = new Map<string, CheckpointTensor>();
  if (classifier)
    for (const [name, shape] of headShapes(config, classifier)) head.set(name, checkedTensor(checkpoint, name, shape));
  const tokenizer = await loadTokenizer(path, config);
  return { folder: path, name: basename(path), config, checkpoint, parameters, tokenizer, classifier, head };
}

const maxConfigBytes = 4_000_000;

/** The folder's config.json, not checked but to be JSON. Throws `notAModelFolder` or `invalidConfig`. */
export async function readConfigJson(folder: string): Promise<unknown> {
  const file = join(folder, "config.json");
  const json = await readJsonFile(file, maxConfigBytes, (problem) =>
    invalidConfig(file, l10n.t("the whole file"), problem),
  );
  if (json === undefined) throw notAModelFolder(folder, "config.json");
  return json;
}
