/** Opens a Hugging Face model folder: everything is checked, and no weight is read. */
import { basename, join, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { baseNotFound, invalidConfig, notAModelFolder } from "../errors";
import { type GPTConfig, parseGPTConfig } from "../model/config";
import { fileExists, readJsonFile } from "../textFile";
import { loadTokenizer } from "../tokenizer/loadTokenizer";
import type { Tokenizer } from "../tokenizer/tokenizer";
import { findBase } from "./adapterBase";
import { type Adapter, isAdapterFolder, readAdapter, readAdapterConfig } from "./adapterFolder";
import { type Checkpoint, type CheckpointTensor, openCheckpoint } from "./checkpoint";
import { type ClassifierInfo, parseClassifierInfo } from "./classifierInfo";
import { headShapes } from "./exportClassifier";
import { checkedTensor, parameterShapes, resolveParameters } from "./parameterNames";
import { readValues } from "./parameterValues";

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
  /** Values of the classifier's head: see `headShapes`. Empty when it is none. */
  readonly head: ReadonlyMap<string, Float32Array<ArrayBuffer>>;
  /** What changes the parameters, which are the base's then; null when the folder has weights of its own. */
  readonly adapter: Adapter | null;
}

/** How to open a folder. */
export interface OpenOptions {
  /** Folder of an adapter's base, in place of the one that the adapter names. */
  readonly base?: string;
}

/**
 * Opens a model folder, or the folder of a LoRA adapter, whose base is opened with it.
 * @throws RuntimeError naming the file, key or tensor that is at fault.
 */
export async function openModelFolder(folder: string, options: OpenOptions = {}): Promise<ModelFolder> {
  const path = resolve(folder);
  return (await isAdapterFolder(path)) ? openAdapter(path, options) : openModel(path);
}

async function openModel(folder: string): Promise<ModelFolder> {
  const { config, classifier } = await readConfig(folder);
  const checkpoint = await openCheckpoint(folder);
  const parameters = resolveParameters(checkpoint, config);
  const head = await readHead(config, classifier, checkpoint, checkpoint.tensors);
  const tokenizer = await loadTokenizer(folder, config);
  return {
    folder,
    name: basename(folder),
    config,
    checkpoint,
    parameters,
    tokenizer,
    classifier,
    head,
    adapter: null,
  };
}

/** An adapter that PEFT wrote has no config.json: then the base's says what the model is, and its tokenizer is the base's. */
async function openAdapter(folder: string, options: OpenOptions): Promise<ModelFolder> {
  const adapterConfig = await readAdapterConfig(folder);
  const own = (await fileExists(join(folder, "config.json"))) ? await readConfig(folder) : null;
  const recorded = own?.classifier?.base;
  const baseFolder = await findBase(
    { file: adapterConfig.file, folder: recorded?.folder ?? adapterConfig.base, sha256: recorded?.sha256 ?? null },
    options.base,
  );
  const base = await openModel(baseFolder);
  try {
    if (base.config.quantization !== null)
      throw baseNotFound(adapterConfig.file, l10n.t("the base model {0} is quantized", baseFolder));
    const { config, classifier } = own ?? { config: base.config, classifier: null };
    const adapter = await readAdapter(folder, adapterConfig, config);
    checkBase(config, base.config, adapter, adapterConfig.file);
    const head = await readHead(config, classifier, adapter.weights, adapter.head);
    const tokenizer = (own && (await loadTokenizer(folder, config))) ?? base.tokenizer;
    if (tokenizer !== base.tokenizer) base.tokenizer?.free();
    return { ...base, folder, name: basename(folder), config, tokenizer, classifier, head, adapter };
  } catch (error) {
    base.tokenizer?.free();
    throw error;
  }
}

/** Config and adapter must say the same model as the base, but for rows that the adapter adds to its vocabulary. */
function checkBase(config: GPTConfig, base: GPTConfig, adapter: Adapter, file: string): void {
  const shapes = parameterShapes(base);
  for (const [name, shape] of parameterShapes(config)) {
    if (adapter.tables.has(name)) continue;
    const found = shapes.get(name);
    if (found && found.join() === shape.join()) continue;
    const sizes = `${name} [${shape.join(", ")}], [${found?.join(", ") ?? ""}]`;
    throw baseNotFound(file, l10n.t("adapter and base model have different sizes ({0})", sizes));
  }
}

async function readHead(
  config: GPTConfig,
  classifier: ClassifierInfo | null,
  { path }: { readonly path: string },
  tensors: ReadonlyMap<string, CheckpointTensor>,
): Promise<ReadonlyMap<string, Float32Array<ArrayBuffer>>> {
  const head = new Map<string, Float32Array<ArrayBuffer>>();
  if (classifier !== null)
    for (const [name, shape] of headShapes(config, classifier))
      head.set(name, await readValues(checkedTensor({ path, tensors }, name, shape)));
  return head;
}

async function readConfig(folder: string) {
  const file = join(folder, "config.json");
  const json = await readConfigJson(folder);
  const config = parseGPTConfig(json, file);
  return { config, classifier: parseClassifierInfo(json, file, config) };
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
