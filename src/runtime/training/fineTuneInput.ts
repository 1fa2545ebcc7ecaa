/** What a fine-tuning run works on: the base model, the data as tokens, and the settings that they allow. */
import { resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { modelHash } from "../checkpoint/modelHash";
import { type ModelFolder, openModelFolder } from "../checkpoint/store";
import { adapterNotMerged, alreadyQuantized, CancelledError, invalidRequest, notAModelFolder } from "../errors";
import type { GPTConfig } from "../model/config";
import { adaptable } from "../model/lora";
import { pacer } from "../pacer";
import type { ModelReference } from "../protocol";
import type { SplitName, TrainingData } from "../trainingDataProtocol";
import type { FineTuneSettings, TrainingRecord } from "../trainingProtocol";
import { type EncodedItem, encodeItem, type SpecialTokens } from "./inputTransforms";
import { specialTokens } from "./specialTokens";
import { type LoadedTrainingData, loadTrainingData } from "./trainingData";

/** Everything that is known before the first step. */
export interface FineTuneInput {
  readonly base: ModelFolder;
  /** SHA-256 of the base, as `modelHash` gives it. */
  readonly sha256: string;
  /** With the rows of new tokens. */
  readonly config: GPTConfig;
  readonly special: SpecialTokens;
  readonly data: TrainingData;
  /** With what the model allows. */
  readonly settings: FineTuneSettings;
  readonly labels: readonly string[];
  readonly items: Readonly<Record<SplitName, readonly EncodedItem[]>>;
  readonly truncated: number;
  /** SHA-256 of the data files by path. */
  readonly dataSha256: Readonly<Record<string, string>>;
  /** Sentences about what looks wrong but does not stop the run. */
  readonly notes: readonly string[];
}

/** What is asked for. */
export interface FineTuneRequest {
  readonly model: Pick<ModelReference, "folder" | "contextLength">;
  readonly data: TrainingData;
  readonly settings: FineTuneSettings;
}

/** Tells how far a piece of work is. */
export type OnStage = (stage: string, done: number, total: number) => unknown;

/**
 * Opens the model, loads the data and encodes it. Free `base.tokenizer` when done.
 * @throws RuntimeError: what is wrong with model or data; `CancelledError`.
 */
export async function openFineTuneInput(
  { model, data, settings }: FineTuneRequest,
  signal: AbortSignal,
  onStage: OnStage,
): Promise<FineTuneInput> {
  await onStage(l10n.t("Opening the model"), 0, 1);
  const base = await openModelFolder(resolve(model.folder));
  try {
    checkBase(base, settings);
    const sha256 = await modelHash(base.folder, { signal, memory: null });
    const loaded = await loadTrainingData(data, {
      signal,
      onProgress: (done, total) => void onStage(l10n.t("Reading the data"), done, total),
    });
    const { tokenizer } = base;
    if (tokenizer === null) throw notAModelFolder(base.folder, "vocab.json");
    const { special, config } = specialTokens(settings.specialTokens, base.config, tokenizer);
    const maxLength = Math.min(settings.maxLength, config.nPositions, model.contextLength ?? Number.POSITIVE_INFINITY);
    const encode = (text: string) => tokenizer.encode(text);
    const items = await encodeAll(loaded, data, { encode, special, maxLength }, signal, onStage);
    const truncated = Object.values(items)
      .flat()
      .filter((item) => item.truncated).length;
    return {
      ...{ base, sha256, config, special, data, items, truncated },
      settings: { ...settings, maxLength },
      labels: loaded.labels,
      dataSha256: loaded.sha256,
      notes: loaded.warnings,
    };
  } catch (error) {
    base.tokenizer?.free();
    throw error;
  }
}

/** What of the input a run's record says. */
export function recordedInput(
  input: FineTuneInput,
): Pick<TrainingRecord, "base" | "finetune" | "data" | "labels" | "counts" | "truncated"> {
  const { base, sha256, data, settings, labels, items, truncated, dataSha256 } = input;
  return {
    base: { name: base.name, folder: base.folder, sha256 },
    finetune: { data, settings },
    data: dataSha256,
    labels,
    counts: { train: items.train.length, dev: items.dev.length, test: items.test.length },
    truncated,
  };
}

/** Throws `invalidRequest` for a model that cannot be trained by these settings. */
export function checkBase(base: ModelFolder, { method }: FineTuneSettings): void {
  const { config } = base;
  if (config.quantization !== null) throw alreadyQuantized(base.folder);
  if (method.kind !== "lora") return;
  // An adapter of an adapter would have no base that others could load.
  if (base.adapter) throw adapterNotMerged(base.folder);
  const matrices = [...adaptable(config).keys()];
  const unknown = method.targetModules.find((name) => !matrices.includes(name));
  if (unknown === undefined) return;
  throw invalidRequest(
    l10n.t('the model has no matrix "{0}" (targetModules); it has {1}', unknown, matrices.join(", ")),
  );
}

interface Encoding {
  readonly encode: (text: string) => readonly number[];
  readonly special: SpecialTokens;
  readonly maxLength: number;
}

async function encodeAll(
  { splits }: LoadedTrainingData,
  { task }: TrainingData,
  { encode, special, maxLength }: Encoding,
  signal: AbortSignal,
  onStage: OnStage,
): Promise<FineTuneInput["items"]> {
  const breathe = pacer();
  const total = Object.values(splits).reduce((sum, { length }) => sum + length, 0);
  const encoded: Record<SplitName, EncodedItem[]> = { train: [], dev: [], test: [] };
  let done = 0;
  for (const split of ["train", "dev", "test"] as const)
    for (const item of splits[split]) {
      if (signal.aborted) throw new CancelledError("cancelled while encoding");
      encoded[split].push(encodeItem(item, task, encode, special, maxLength));
      if (++done % 500 === 0 || done === total) await onStage(l10n.t("Encoding the items"), done, total);
      await breathe();
    }
  return encoded;
}
