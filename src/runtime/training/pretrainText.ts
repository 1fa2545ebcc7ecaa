/** The text of a pre-training run, as tokens in the run's own folder: once they are there, the files may change. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import { CancelledError, invalidDataset } from "../errors";
import type { GPTConfig } from "../model/config";
import { pacer } from "../pacer";
import type { Tokenizer } from "../tokenizer/tokenizer";
import type { CorpusSource } from "../trainingDataProtocol";
import type { PretrainSettings } from "../trainingProtocol";
import { type Corpus, corpusText, gatherCorpus } from "./corpus";
import type { OnStage } from "./fineTuneInput";
import { type HeldOut, holdOut, splitText } from "./heldOut";
import { type PretrainBase, withVocabulary } from "./pretrainModel";
import { prepareTokenizer } from "./pretrainTokenizer";
import { type SplitText, TokenShards, writeShards } from "./shards";
import { damaged } from "./tokenFile";
import { requireWindows } from "./windows";

/** What is trained on. Call `close` when done. */
export interface PretrainText {
  readonly config: GPTConfig;
  readonly tokenizer: Tokenizer;
  /** Folder of its files. */
  readonly tokenizerFolder: string;
  readonly shards: TokenShards;
  /** SHA-256 of all texts, if they were read just now; null when their tokens were there already. */
  readonly sha256: string | null;
  readonly notes: readonly string[];
  close(): Promise<void>;
}

/** What to prepare, and where. */
export interface PretrainTextRequest {
  readonly base: PretrainBase;
  readonly corpus: CorpusSource;
  readonly settings: PretrainSettings;
  /** The run's folder. */
  readonly folder: string;
  /** Folder of all runs: no text is taken from there. */
  readonly runs: string;
}

/** Names of the folders, in the run's. */
export const textFolders = { tokenizer: "tokenizer", tokens: "tokens" } as const;

/**
 * Gathers the text, trains or takes a vocabulary and encodes, as far as that was not done before.
 * @throws RuntimeError: what is wrong with text, tokenizer or tokens; `CancelledError`.
 */
export async function preparePretrainText(
  request: PretrainTextRequest,
  signal: AbortSignal,
  onStage: OnStage,
): Promise<PretrainText> {
  const { base, settings, folder } = request;
  let gathered: Promise<Gathered> | undefined;
  const gather = () => {
    gathered ??= gatherText(request, signal, onStage);
    return gathered;
  };
  const found = await prepareTokenizer(base, join(folder, textFolders.tokenizer), gather, signal, onStage);
  const { tokenizer } = found;
  try {
    const config = withVocabulary(base, tokenizer);
    const tokens = join(folder, textFolders.tokens);
    const shards =
      (await TokenShards.open(tokens)) ?? (await encode(tokens, await gather(), found, config, signal, onStage));
    const close = async () => {
      tokenizer.free();
      await shards.close();
    };
    const text = gathered ? await gathered : null;
    const prepared = { config, tokenizer, tokenizerFolder: found.folder, shards, close };
    try {
      if (shards.vocabulary !== found.sha256) throw damaged(tokens, l10n.t("they are another vocabulary's"));
      requireWindows(shards, settings.sequenceLength, request.corpus.root);
    } catch (error) {
      await shards.close();
      throw error;
    }
    return { ...prepared, sha256: text?.sha256 ?? null, notes: notesOf(request, config, text) };
  } catch (error) {
    tokenizer.free();
    throw error;
  }
}

interface Gathered {
  readonly corpus: Corpus;
  readonly heldOut: HeldOut;
  readonly sha256: string;
}

async function gatherText(
  { corpus: source, settings, runs }: PretrainTextRequest,
  signal: AbortSignal,
  onStage: OnStage,
): Promise<Gathered> {
  const onProgress = (files: number) => void onStage(l10n.t("Reading the text"), files, 0);
  const corpus = await gatherCorpus(source, { signal, leaveOut: [runs], onProgress });
  if (corpus.files.length === 0) {
    const hint = l10n.t("Look at the patterns of files to include and exclude, and at .gitignore files.");
    throw invalidDataset(source.root, 0, l10n.t("There is no text to train on."), hint);
  }
  const hash = createHash("sha256");
  for (const { path, sha256 } of corpus.files) hash.update(`${path}\0${sha256}\n`);
  return { corpus, heldOut: holdOut(corpus.files, settings.heldOutShare), sha256: hash.digest("hex") };
}

async function encode(
  folder: string,
  { corpus, heldOut }: Gathered,
  { tokenizer, sha256 }: { readonly tokenizer: Tokenizer; readonly sha256: string },
  { vocabSize }: GPTConfig,
  signal: AbortSignal,
  onStage: OnStage,
): Promise<TokenShards> {
  const breathe = pacer();
  const texts = async function* (): AsyncGenerator<SplitText> {
    for (const [i, file] of corpus.files.entries()) {
      if (signal.aborted) throw new CancelledError("cancelled while encoding");
      yield* splitText(heldOut, file.path, await corpusText(corpus, file));
      await onStage(l10n.t("Encoding the text"), i + 1, corpus.files.length);
      await breathe();
    }
  };
  const tokenization = {
    encode: (text: string) => tokenizer.encode(text),
    endOfText: tokenizer.endOfTextId,
    ...{ vocabSize, vocabulary: sha256 },
  };
  await writeShards(folder, texts(), tokenization);
  const shards = await TokenShards.open(folder);
  if (shards === null) throw damaged(folder, l10n.t("they are not there after they were written"));
  return shards;
}

/** What looks wrong but stops nothing. */
function notesOf({ base, settings }: PretrainTextRequest, config: GPTConfig, text: Gathered | null): string[] {
  const notes: string[] = [];
  const { tokenizer } = base;
  if ("train" in tokenizer && config.vocabSize < tokenizer.train)
    notes.push(l10n.t("The text has pairs for {0} tokens only: the vocabulary is smaller.", config.vocabSize));
  if (base.model === null && settings.sequenceLength < config.nPositions)
    notes.push(l10n.t("Positions from {0} to {1} are never trained.", settings.sequenceLength + 1, config.nPositions));
  const left = (text?.corpus.skipped ?? []).map(({ reason, files }) => `${reason}: ${files}`);
  if (left.length > 0) notes.push(l10n.t("Files left out: {0}", left.join(", ")));
  return notes;
}
