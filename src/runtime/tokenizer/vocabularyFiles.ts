/**
 * Finds a model folder's tokenizer. In order: `vocab.json` with `merges.txt`; `tokenizer.json`, which newer Hugging
 * Face libraries write instead; a `tokenizer_config.json` whose `tiktoken_encoding` names an encoding.
 */
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import { invalidTokenizer } from "../errors";
import type { GPTConfig } from "../model/config";
import { readJsonFile, readTextFile } from "../textFile";
import { namedVocabulary } from "./namedEncoding";
import { readTokenizerConfig, type TokenizerConfig } from "./tokenizerConfig";
import { type LibraryJson, parseTokenizerJson } from "./tokenizerJson";
import { addWords, makeVocabulary, makeWordVocabulary, type Vocabulary, type WordVocabulary } from "./vocabulary";
import { parseMerges, parseWords } from "./words";

/** What a model folder's tokenizer is, by how it works. */
export type TokenizerFiles =
  | { readonly kind: "byteLevel"; readonly vocabulary: Vocabulary }
  | { readonly kind: "gpt1"; readonly vocabulary: WordVocabulary }
  | { readonly kind: "library"; readonly json: LibraryJson };

/** What a tokenizer must fit. */
export type TokenizedModel = Pick<GPTConfig, "vocabSize" | "modelType">;

/**
 * The tokenizer of a model folder, or null when it has no tokenizer files.
 * @throws RuntimeError `invalidTokenizer`.
 */
export async function readTokenizerFiles(folder: string, model: TokenizedModel): Promise<TokenizerFiles | null> {
  const config = await readTokenizerConfig(folder);
  return (
    (await fromVocabAndMerges(folder, model, config)) ??
    (await fromTokenizerJson(folder, model)) ??
    (await fromNamedEncoding(model, config))
  );
}

/** Real vocabularies take a few million bytes. */
const maxBytes = 200_000_000;

async function fromVocabAndMerges(
  folder: string,
  model: TokenizedModel,
  config: TokenizerConfig,
): Promise<TokenizerFiles | null> {
  const file = join(folder, "vocab.json");
  const mergesFile = join(folder, "merges.txt");
  const json = await readJson(file);
  const text = await readTextFile(mergesFile, maxBytes, (problem) => invalidTokenizer(mergesFile, "", problem));
  if (json === undefined && text === null) return null;
  if (json === undefined) throw invalidTokenizer(file, "", l10n.t("is missing, though merges.txt is there"));
  if (text === null) throw invalidTokenizer(mergesFile, "", l10n.t("is missing, though vocab.json is there"));
  const words = addWords(parseWords(json, file), config.added);
  const merges = parseMerges(text, mergesFile);
  if (!isGPT1(model, config)) {
    return { kind: "byteLevel", vocabulary: makeVocabulary(words, merges, model.vocabSize) };
  }
  return { kind: "gpt1", vocabulary: makeWordVocabulary(words, merges, "<unk>", model.vocabSize) };
}

/** The same two files hold both kinds. A model may say which; GPT-1 has its own unless it says so. */
function isGPT1({ modelType }: TokenizedModel, { tokenizerClass }: TokenizerConfig): boolean {
  if (tokenizerClass === "OpenAIGPTTokenizer") return true;
  return modelType === "openai-gpt" && tokenizerClass !== "GPT2Tokenizer";
}

async function fromTokenizerJson(folder: string, model: TokenizedModel): Promise<TokenizerFiles | null> {
  const file = join(folder, "tokenizer.json");
  const json = await readJson(file);
  return json === undefined ? null : parseTokenizerJson(json, file, model.vocabSize);
}

/** `{"tiktoken_encoding": "gpt2"}` is for models trained on tiktoken's tokens, which have no vocabulary file. */
async function fromNamedEncoding(model: TokenizedModel, config: TokenizerConfig): Promise<TokenizerFiles | null> {
  if (config.encoding === null) return null;
  return { kind: "byteLevel", vocabulary: await namedVocabulary(config.encoding, config.file, model.vocabSize) };
}

function readJson(file: string): Promise<unknown> {
  return readJsonFile(file, maxBytes, (problem) => invalidTokenizer(file, "", problem));
}
