/** Reads Hugging Face's tokenizer.json, and says which of our tokenizers it is: the fast ones, or any that the library runs. */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { invalidTokenizer } from "../errors";
import { addWords, makeVocabulary, makeWordVocabulary, quote, type VocabularyWords } from "./vocabulary";
import type { TokenizerFiles } from "./vocabularyFiles";
import { parseJsonMerges, parseWords } from "./words";

/** A tokenizer.json for the library, checked as far as we use it. */
export interface LibraryJson {
  readonly file: string;
  /** The whole file. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly model: Readonly<Record<string, unknown>>;
  readonly decoder: unknown;
  readonly addedTokens: readonly AddedToken[];
  /** Every token, added ones too. */
  readonly words: VocabularyWords;
}

/** One of `added_tokens`. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Never found in a text. */
  readonly special?: boolean | undefined;
}

/**
 * Reads the parsed content of a tokenizer.json.
 * @param idLimit the model's vocabulary size.
 * @throws RuntimeError `invalidTokenizer`, naming the key.
 */
export function parseTokenizerJson(json: unknown, file: string, idLimit: number): TokenizerFiles {
  const byteLevel = byteLevelJson.safeParse(json);
  if (byteLevel.success && onlyNames(byteLevel.data)) {
    const { model } = byteLevel.data;
    const words = allWords(model.vocab, byteLevel.data.added_tokens, file);
    return { kind: "byteLevel", vocabulary: makeVocabulary(words, parseJsonMerges(model.merges, file), idLimit) };
  }
  const gpt1 = gpt1Json.safeParse(json);
  if (gpt1.success && onlyNames(gpt1.data)) {
    const { model } = gpt1.data;
    const words = allWords(model.vocab, gpt1.data.added_tokens, file);
    const merges = parseJsonMerges(model.merges, file);
    return { kind: "gpt1", vocabulary: makeWordVocabulary(words, merges, model.unk_token, idLimit) };
  }
  return { kind: "library", json: parseLibraryJson(json, file) };
}

const addedTokens = z
  .array(z.object({ id: z.number(), content: z.string(), special: z.boolean().optional() }))
  .default([]);

const none = z.union([z.null(), z.literal("")]).optional();

const writtenMerges = z.array(z.union([z.string(), z.tuple([z.string(), z.string()])]));

const bpe = {
  type: z.literal("BPE").optional(),
  dropout: z.null().optional(),
  continuing_subword_prefix: none,
  ignore_merges: z.literal(false).optional(),
  vocab: z.unknown().optional(),
  merges: writtenMerges,
};

/** GPT-2's, and any other byte-level BPE that cuts pieces as it does. */
const byteLevelJson = z.object({
  normalizer: z.null().optional(),
  pre_tokenizer: z.object({
    type: z.literal("ByteLevel"),
    add_prefix_space: z.literal(false),
    use_regex: z.literal(true).optional(),
  }),
  model: z.object({ ...bpe, end_of_word_suffix: none }),
  added_tokens: addedTokens,
});

/** GPT-1's: see gpt1Text.ts. */
const gpt1Json = z.object({
  normalizer: z.object({
    type: z.literal("BertNormalizer"),
    clean_text: z.literal(true),
    handle_chinese_chars: z.literal(true),
    strip_accents: z.union([z.null(), z.literal(true)]).optional(),
    lowercase: z.literal(true),
  }),
  pre_tokenizer: z.object({ type: z.literal("BertPreTokenizer") }),
  model: z.object({
    ...bpe,
    unk_token: z.string(),
    fuse_unk: z.literal(false).optional(),
    byte_fallback: z.literal(false).optional(),
    end_of_word_suffix: z.literal("</w>"),
  }),
  added_tokens: addedTokens,
});

/** Whether the added tokens are only names: a text has none of them. What an added token that is none changes, the library knows. */
function onlyNames({ model, added_tokens }: { model: { vocab?: unknown }; added_tokens: AddedToken[] }): boolean {
  const vocab = model.vocab ?? {};
  return added_tokens.every(({ special, content }) => special !== false || Object.hasOwn(vocab, content));
}

function allWords(vocab: unknown, added: readonly AddedToken[], file: string): VocabularyWords {
  // Special tokens may stand in a list of their own, in the vocabulary too, or only in the list.
  return addWords(parseWords(vocab, file, "model.vocab"), {
    file,
    ids: new Map(added.map(({ content, id }) => [content, id])),
  });
}

const libraryJson = z.looseObject({
  model: z.looseObject({
    type: z.enum(["BPE", "Unigram", "WordPiece", "WordLevel"]).optional(),
    vocab: z.unknown().optional(),
    merges: writtenMerges.optional(),
  }),
  decoder: z.unknown().optional(),
  added_tokens: addedTokens,
});

/** `[["word", score], …]`, whose ids are their places. */
const scoredWords = z.array(z.tuple([z.string(), z.number()]));

function parseLibraryJson(json: unknown, file: string): LibraryJson {
  const parsed = libraryJson.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalidTokenizer(file, issue?.path.join(".") ?? "", issue?.message ?? l10n.t("is not a JSON object"));
  }
  const { model, decoder, added_tokens } = parsed.data;
  const scored = scoredWords.safeParse(model.vocab);
  const vocab = scored.success ? scoredIds(scored.data, file) : model.vocab;
  return {
    file,
    json: parsed.data,
    model,
    decoder,
    addedTokens: added_tokens,
    words: allWords(vocab, added_tokens, file),
  };
}

function scoredIds(scored: readonly [string, number][], file: string): Record<string, number> {
  const ids = new Map<string, number>();
  for (const [index, [word]] of scored.entries()) {
    if (ids.has(word)) throw invalidTokenizer(file, `model.vocab.${index}`, l10n.t("{0} is there twice", quote(word)));
    ids.set(word, index);
  }
  return Object.fromEntries(ids);
}
