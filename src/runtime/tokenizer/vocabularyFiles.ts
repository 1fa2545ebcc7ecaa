/**
 * Finds a model folder's vocabulary. In order: `vocab.json` with `merges.txt`; `tokenizer.json`, which newer
 * Hugging Face libraries write instead; a `tokenizer_config.json` whose `tiktoken_encoding` names GPT-2's own.
 */
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { invalidTokenizer } from "../errors";
import { readJsonFile, readTextFile } from "../textFile";
import { gpt2Vocabulary } from "./gpt2Encoding";
import { makeVocabulary, quote, type Vocabulary, type VocabularyWords, type WrittenMerge } from "./vocabulary";

/**
 * The vocabulary of a model folder, or null when it has no tokenizer files.
 * @param idLimit the model's vocabulary size.
 * @throws RuntimeError `invalidTokenizer`.
 */
export async function readVocabulary(folder: string, idLimit: number): Promise<Vocabulary | null> {
  return (
    (await fromVocabAndMerges(folder, idLimit)) ??
    (await fromTokenizerJson(folder, idLimit)) ??
    (await fromNamedEncoding(folder, idLimit))
  );
}

/** Real vocabularies take a few million bytes. */
const maxBytes = 200_000_000;

async function fromVocabAndMerges(folder: string, idLimit: number): Promise<Vocabulary | null> {
  const file = join(folder, "vocab.json");
  const mergesFile = join(folder, "merges.txt");
  const json = await readJsonFile(file, maxBytes, (problem) => invalidTokenizer(file, "", problem));
  const text = await readTextFile(mergesFile, maxBytes, (problem) => invalidTokenizer(mergesFile, "", problem));
  if (json === undefined && text === null) return null;
  if (json === undefined) throw invalidTokenizer(file, "", l10n.t("is missing, though merges.txt is there"));
  if (text === null) throw invalidTokenizer(mergesFile, "", l10n.t("is missing, though vocab.json is there"));
  return makeVocabulary(parseWords(json, file), parseMerges(text, mergesFile), mergesFile, idLimit);
}

function parseWords(json: unknown, file: string): VocabularyWords {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw invalidTokenizer(file, "", l10n.t("is not a JSON object from token to id"));
  }
  const ids = new Map<string, number>();
  for (const [word, id] of Object.entries(json)) {
    if (typeof id !== "number") throw invalidTokenizer(file, quote(word), l10n.t("the id is not a number"));
    ids.set(word, id);
  }
  return { file, ids };
}

/** One merge a line: two words and a space between. A first line that begins `#version` is a comment. */
function parseMerges(text: string, file: string): WrittenMerge[] {
  const merges: WrittenMerge[] = [];
  text.split("\n").forEach((ended, index) => {
    const line = ended.endsWith("\r") ? ended.slice(0, -1) : ended;
    if (line === "" || (index === 0 && line.startsWith("#version"))) return;
    merges.push(parseMerge(line, l10n.t("line {0}", index + 1), file));
  });
  return merges;
}

function parseMerge(line: string, place: string, file: string): WrittenMerge {
  const [left, right, ...rest] = line.split(" ");
  if (!left || !right || rest.length > 0) {
    throw invalidTokenizer(file, place, l10n.t("{0} is not two tokens with a space between", quote(line)));
  }
  return { left, right, place };
}

const tokenizerJson = z.object({
  normalizer: z.null().optional(),
  pre_tokenizer: z.object({
    type: z.literal("ByteLevel"),
    add_prefix_space: z.literal(false),
    use_regex: z.literal(true).optional(),
  }),
  model: z.object({
    type: z.literal("BPE").optional(),
    vocab: z.unknown(),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  }),
  added_tokens: z.array(z.object({ id: z.number(), content: z.string() })).default([]),
});

async function fromTokenizerJson(folder: string, idLimit: number): Promise<Vocabulary | null> {
  const file = join(folder, "tokenizer.json");
  const json = await readJsonFile(file, maxBytes, (problem) => invalidTokenizer(file, "", problem));
  if (json === undefined) return null;
  const parsed = tokenizerJson.safeParse(json);
  if (!parsed.success) {
    const key = parsed.error.issues[0]?.path.join(".") ?? "";
    throw invalidTokenizer(file, key, l10n.t("this is not a byte-level BPE such as GPT-2's"));
  }
  const { model, added_tokens } = parsed.data;
  const words = parseWords(model.vocab, file);
  // Special tokens may stand in a list of their own, in the vocabulary too, or only in the list.
  const ids = new Map([...words.ids, ...added_tokens.map(({ content, id }) => [content, id] as const)]);
  const merges = model.merges.map((merge, i) => jsonMerge(merge, i, file));
  return makeVocabulary({ file, ids }, merges, file, idLimit);
}

function jsonMerge(merge: string | [string, string], index: number, file: string): WrittenMerge {
  const place = `model.merges.${index}`;
  if (typeof merge === "string") return parseMerge(merge, place, file);
  return { left: merge[0], right: merge[1], place };
}

const namedEncoding = z.object({ tiktoken_encoding: z.string() });

/** `{"tiktoken_encoding": "gpt2"}` is for models trained on tiktoken's tokens, which have no vocabulary file. */
async function fromNamedEncoding(folder: string, idLimit: number): Promise<Vocabulary | null> {
  const file = join(folder, "tokenizer_config.json");
  const json = await readJsonFile(file, maxBytes, (problem) => invalidTokenizer(file, "", problem));
  const parsed = namedEncoding.safeParse(json);
  if (!parsed.success) return null;
  const name = parsed.data.tiktoken_encoding;
  if (name === "gpt2" || name === "r50k_base") return gpt2Vocabulary(file, idLimit);
  throw invalidTokenizer(file, "tiktoken_encoding", l10n.t("{0} is neither gpt2 nor r50k_base", quote(name)));
}
