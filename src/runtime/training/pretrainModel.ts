/** The model that is pre-trained: a new one, or one that goes on. */
import { join, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { modelHash } from "../checkpoint/modelHash";
import { parameterValues } from "../checkpoint/parameterValues";
import { type ModelFolder, openModelFolder, readConfigJson } from "../checkpoint/store";
import { alreadyQuantized, invalidRequest, notAModelFolder } from "../errors";
import { formatGPTConfig, type GPTConfig, parseGPTConfig } from "../model/config";
import { initialValues } from "../model/initialize";
import { presets } from "../model/presets";
import { leastVocabulary, mostVocabulary } from "../tokenizer/trainBpe";
import { readTokenizerFiles } from "../tokenizer/vocabularyFiles";
import type { PretrainModel, PretrainSettings } from "../trainingProtocol";
import { defaultVocabulary, smallConfig } from "./pretrainSettings";
import { randomStream } from "./streams";

/** What is trained, checked as far as it is known before there is a vocabulary. */
export interface PretrainBase {
  /** Its vocabulary is a new model's that will be trained, if it is not known yet: see `withVocabulary`. */
  readonly config: GPTConfig;
  /** The model that goes on; null for a new one. Free its tokenizer when done. */
  readonly model: ModelFolder | null;
  /** Of the model that goes on, as `modelHash` gives it. */
  readonly sha256: string | null;
  /** How many tokens to train a vocabulary of, or the model folder to take it from. */
  readonly tokenizer: { readonly train: number } | { readonly from: string };
}

/**
 * Opens or plans the model.
 * @throws RuntimeError `invalidRequest`, naming the key; what is wrong with a model folder or a configuration.
 */
export async function openPretrainBase(
  model: PretrainModel,
  { sequenceLength }: Pick<PretrainSettings, "sequenceLength">,
  signal: AbortSignal,
): Promise<PretrainBase> {
  const base = model.kind === "new" ? await newBase(model) : await continuedBase(model.model.folder, signal);
  if (sequenceLength <= base.config.nPositions) return base;
  base.model?.tokenizer?.free();
  const problem = l10n.t("sequences of {0} tokens do not fit a context of {1}", sequenceLength, base.config.nPositions);
  throw invalidRequest(problem, l10n.t("Shorten the sequences, or give the model a longer context."));
}

/** The configuration that a model will have, but for the vocabulary of a new one. Throws as `openPretrainBase`. */
export async function plannedConfig(model: PretrainModel): Promise<GPTConfig> {
  if (model.kind === "new") return newConfig(model, defaultVocabulary, null);
  const folder = resolve(model.model.folder);
  return parseGPTConfig(await readConfigJson(folder), join(folder, "config.json"));
}

async function newBase(model: Extract<PretrainModel, { kind: "new" }>): Promise<PretrainBase> {
  const { tokenizer } = model;
  if ("train" in tokenizer) {
    const { train } = tokenizer;
    if (train < leastVocabulary || train > mostVocabulary)
      throw invalidRequest(
        l10n.t("a vocabulary has from {0} to {1} tokens, not {2}", leastVocabulary, mostVocabulary, train),
      );
    return { config: newConfig(model, train, train - 1), model: null, sha256: null, tokenizer };
  }
  const from = resolve(tokenizer.from);
  const source = parseGPTConfig(await readConfigJson(from), join(from, "config.json"));
  // Only to know at once whether there is one.
  if ((await readTokenizerFiles(from, source)) === null) throw notAModelFolder(from, "vocab.json");
  return { config: newConfig(model, source.vocabSize, null), model: null, sha256: null, tokenizer: { from } };
}

async function continuedBase(folder: string, signal: AbortSignal): Promise<PretrainBase> {
  const model = await openModelFolder(resolve(folder));
  try {
    if (model.config.quantization !== null) throw alreadyQuantized(model.folder);
    if (model.tokenizer === null) throw notAModelFolder(model.folder, "vocab.json");
    const sha256 = await modelHash(model.folder, { signal, memory: null });
    return { config: model.config, model, sha256, tokenizer: { from: model.folder } };
  } catch (error) {
    model.tokenizer?.free();
    throw error;
  }
}

/** Sizes of a preset, of a configuration, or of a preset with some of them changed. The vocabulary's size is what the vocabulary has. */
function newConfig(
  { preset, config }: Extract<PretrainModel, { kind: "new" }>,
  vocabSize: number,
  endOfText: number | null,
): GPTConfig {
  const found = presets.find(({ name }) => name === preset);
  if (preset !== undefined && !found) {
    const names = presets.map(({ name }) => name).join(", ");
    throw invalidRequest(l10n.t('there is no size "{0}"; there are {1}', preset, names));
  }
  const sizes = found ? { ...formatGPTConfig(found.config), ...config } : (config ?? smallConfig);
  const raw = { ...sizes, vocab_size: vocabSize, eos_token_id: endOfText, bos_token_id: endOfText };
  // Of a quantized model the sizes are taken.
  return { ...parseGPTConfig(raw, l10n.t("The model's configuration")), quantization: null };
}

/** A new model's configuration, now that there is a vocabulary; one that goes on keeps its own. */
export function withVocabulary(
  { config, model }: PretrainBase,
  vocabulary: { readonly vocabSize: number; readonly endOfTextId: number | null },
): GPTConfig {
  if (model !== null) return config;
  const { vocabSize, endOfTextId } = vocabulary;
  return { ...config, vocabSize, eosTokenId: endOfTextId, bosTokenId: endOfTextId };
}

/** A parameter before the first step: the model's that goes on, else as GPT-2 begins. From the seed and the name alone. */
export async function firstValues(
  base: Pick<PretrainBase, "model">,
  config: GPTConfig,
  seed: number,
  name: string,
  shape: readonly number[],
): Promise<Float32Array> {
  if (base.model !== null) return parameterValues(base.model, name);
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  let done = 0;
  for (const piece of initialValues(name, values.length, config, randomStream(seed, "initial values", name))) {
    values.set(piece, done);
    done += piece.length;
  }
  return values;
}
