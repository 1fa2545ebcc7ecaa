/** Opens a Hugging Face model folder: everything is checked, and no weight is read. */
import { basename, join, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { invalidConfig, notAModelFolder } from "../errors";
import { type GPTConfig, parseGPTConfig } from "../model/config";
import { readJsonFile } from "../textFile";
import { loadTokenizer } from "../tokenizer/loadTokenizer";
import type { Tokenizer } from "../tokenizer/tokenizer";
import { type Checkpoint, type CheckpointTensor, openCheckpoint } from "./checkpoint";
import { resolveParameters } from "./parameterNames";

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
}

/**
 * Opens a model folder.
 * @throws RuntimeError naming the file, key or tensor that is at fault.
 */
export async function openModelFolder(folder: string): Promise<ModelFolder> {
  const path = resolve(folder);
  const config = await readConfig(path);
  const checkpoint = await openCheckpoint(path);
  const parameters = resolveParameters(checkpoint, config);
  const tokenizer = await loadTokenizer(path, config);
  return { folder: path, name: basename(path), config, checkpoint, parameters, tokenizer };
}

const maxConfigBytes = 4_000_000;

async function readConfig(folder: string): Promise<GPTConfig> {
  return parseGPTConfig(await readConfigJson(folder), join(folder, "config.json"));
}

/** The folder's config.json, not checked but to be JSON. Throws `notAModelFolder` or `invalidConfig`. */
export async function readConfigJson(folder: string): Promise<unknown> {
  const file = join(folder, "config.json");
  const json = await readJsonFile(file, maxConfigBytes, (problem) =>
    invalidConfig(file, l10n.t("the whole file"), problem),
  );
  if (json === undefined) throw notAModelFolder(folder, "config.json");
  return json;
}
