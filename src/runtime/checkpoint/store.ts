/** Opens a Hugging Face model folder: everything is checked, and no weight is read. */
import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { invalidConfig, notAModelFolder, pickledCheckpoint, shardedCheckpoint } from "../errors";
import { type GPTConfig, parseGPTConfig } from "../model/config";
import { isMissing, readJsonFile } from "../textFile";
import { loadTokenizer } from "../tokenizer/gpt2";
import type { Tokenizer } from "../tokenizer/tokenizer";
import { resolveParameters } from "./parameterNames";
import { openSafetensors, type SafetensorsFile, type TensorEntry } from "./safetensors";

/** A model folder, checked and ready to build a graph from. Free the tokenizer when done. */
export interface ModelFolder {
  /** Absolute path. */
  readonly folder: string;
  /** The folder's own name. */
  readonly name: string;
  readonly config: GPTConfig;
  readonly checkpoint: SafetensorsFile;
  /** By canonical name: see `gpt2ParameterShapes`. */
  readonly parameters: ReadonlyMap<string, TensorEntry>;
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
  const checkpoint = await openSafetensors(await findCheckpoint(path));
  const parameters = resolveParameters(checkpoint, config);
  const tokenizer = await loadTokenizer(path, config.vocabSize);
  return { folder: path, name: basename(path), config, checkpoint, parameters, tokenizer };
}

const maxConfigBytes = 4_000_000;

async function readConfig(folder: string): Promise<GPTConfig> {
  const file = join(folder, "config.json");
  const json = await readJsonFile(file, maxConfigBytes, (problem) =>
    invalidConfig(file, l10n.t("the whole file"), problem),
  );
  if (json === undefined) throw notAModelFolder(folder, "config.json");
  return parseGPTConfig(json, file);
}

/** The checkpoint's path, or the reason why the weights that are there cannot be used. */
async function findCheckpoint(folder: string): Promise<string> {
  const checkpoint = join(folder, "model.safetensors");
  if (await exists(checkpoint)) return checkpoint;
  const index = join(folder, "model.safetensors.index.json");
  if (await exists(index)) throw shardedCheckpoint(index);
  const pickle = join(folder, "pytorch_model.bin");
  if (await exists(pickle)) throw pickledCheckpoint(pickle);
  throw notAModelFolder(folder, "model.safetensors");
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
