/** The vocabulary of a pre-training run, in the run's own folder: trained on its text, or taken from a model. */
import { createHash } from "node:crypto";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import * as l10n from "@vscode/l10n";
import { tokenizerFilesOf } from "../checkpoint/exportClassifier";
import { writeNewFolder } from "../checkpoint/newFolder";
import { readConfigJson } from "../checkpoint/store";
import { CancelledError, notAModelFolder } from "../errors";
import { type GPTConfig, parseGPTConfig } from "../model/config";
import { pacer } from "../pacer";
import { fileExists } from "../textFile";
import { loadTokenizer } from "../tokenizer/loadTokenizer";
import { PieceCounter } from "../tokenizer/pieceCounts";
import type { Tokenizer } from "../tokenizer/tokenizer";
import { readTokenizerConfig } from "../tokenizer/tokenizerConfig";
import { mostVocabulary, trainBpe } from "../tokenizer/trainBpe";
import { writeVocabulary } from "../tokenizer/writeVocabulary";
import { type Corpus, corpusText } from "./corpus";
import type { OnStage } from "./fineTuneInput";
import { type HeldOut, splitText } from "./heldOut";
import type { PretrainBase } from "./pretrainModel";

/** A tokenizer, and the folder of its files. */
export interface RunTokenizer {
  /** Free it when done. */
  readonly tokenizer: Tokenizer;
  readonly folder: string;
  /** SHA-256 of its files, hexadecimal. */
  readonly sha256: string;
}

/** Text to train a vocabulary on. */
export interface VocabularyText {
  readonly corpus: Corpus;
  readonly heldOut: HeldOut;
}

/**
 * The tokenizer in `folder`, which is made when it is not there.
 * @param text gives the text that a vocabulary is trained on; asked only then.
 */
export async function prepareTokenizer(
  base: PretrainBase,
  folder: string,
  text: () => Promise<VocabularyText>,
  signal: AbortSignal,
  onStage: OnStage,
): Promise<RunTokenizer> {
  if (!(await fileExists(folder))) {
    const { tokenizer } = base;
    await writeNewFolder(folder, async (part) => {
      if ("from" in tokenizer) await copyTokenizer(tokenizer.from, part);
      else await trainTokenizer(base.config, tokenizer.train, part, await text(), signal, onStage);
    });
  }
  const vocabSize = base.model === null ? mostVocabulary : base.config.vocabSize;
  const tokenizer = await loadTokenizer(folder, { modelType: base.config.modelType, vocabSize });
  if (tokenizer === null) throw notAModelFolder(folder, "vocab.json");
  return { tokenizer, folder, sha256: await hashOf(folder) };
}

async function trainTokenizer(
  { modelType, nPositions }: GPTConfig,
  vocabSize: number,
  folder: string,
  { corpus, heldOut }: VocabularyText,
  signal: AbortSignal,
  onStage: OnStage,
): Promise<void> {
  const kind = modelType === "openai-gpt" ? "gpt1" : "byteLevel";
  const counter = new PieceCounter(kind);
  const breathe = pacer();
  const pause = async () => {
    if (signal.aborted) throw new CancelledError("cancelled while training a vocabulary");
    await breathe();
  };
  for (const [i, file] of corpus.files.entries()) {
    for (const { text, split } of splitText(heldOut, file.path, await corpusText(corpus, file)))
      if (split === "train") counter.add(text);
    await onStage(l10n.t("Counting words"), i + 1, corpus.files.length);
    await pause();
  }
  const onProgress = (done: number, total: number) => {
    if (done % 50 === 0 || done === total) void onStage(l10n.t("Training the vocabulary"), done, total);
  };
  await writeVocabulary(folder, await trainBpe(counter.counts, { kind, vocabSize, pause, onProgress }), nPositions);
}

/** Copies the files, and has them say what kind they are: a model of another family would else take it from its own. */
async function copyTokenizer(from: string, folder: string): Promise<void> {
  for (const file of await tokenizerFilesOf(from)) await copyFile(file, join(folder, basename(file)));
  const isPair = await fileExists(join(folder, "vocab.json"));
  if (!isPair || (await readTokenizerConfig(folder)).tokenizerClass !== null) return;
  const { modelType } = parseGPTConfig(await readConfigJson(from), join(from, "config.json"));
  const file = join(folder, "tokenizer_config.json");
  const before: unknown = (await fileExists(file)) ? JSON.parse(await readFile(file, "utf8")) : {};
  const tokenizerClass = modelType === "openai-gpt" ? "OpenAIGPTTokenizer" : "GPT2Tokenizer";
  const config = { ...(before as object), tokenizer_class: tokenizerClass };
  await writeFile(file, `${JSON.stringify(config, null, 2)}\n`);
}

async function hashOf(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const file of await tokenizerFilesOf(folder)) hash.update(basename(file)).update(await readFile(file));
  return hash.digest("hex");
}
