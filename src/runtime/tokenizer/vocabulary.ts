/** A vocabulary: every token, and the merges by which texts come to tokens. Checked, not trusted. */
import * as l10n from "@vscode/l10n";
import { invalidTokenizer, vocabularyTooLarge } from "../errors";
import { byteToChar, wordToBytes } from "./byteAlphabet";
import { type Merge, type MergeTable, mergeTable } from "./bytePairs";

/** What a byte-level tokenizer is built from. */
export interface Vocabulary {
  readonly table: MergeTable;
  /** Bytes of each token by id; ids may have gaps. */
  readonly bytes: ReadonlyMap<number, Uint8Array>;
  /** Id of `<|endoftext|>`. */
  readonly endOfTextId: number | null;
}

/** What GPT-1's tokenizer is built from. */
export interface WordVocabulary {
  readonly table: MergeTable;
  readonly ids: ReadonlyMap<string, number>;
  /** The other way round; ids may have gaps. */
  readonly words: ReadonlyMap<number, string>;
  /** Id of the token for characters that the vocabulary does not have. */
  readonly unknownId: number;
  /** Id of `<|endoftext|>`; GPT-1 has none. */
  readonly endOfTextId: number | null;
}

/** Words with their ids, and the file they came from. */
export interface VocabularyWords {
  readonly file: string;
  readonly ids: ReadonlyMap<string, number>;
}

/** A merge as it is written, and where: a line or a key, for errors. */
export interface WrittenMerge {
  readonly left: string;
  readonly right: string;
  readonly place: string;
}

/** Merges as they are written, and the file they came from. */
export interface WrittenMerges {
  readonly file: string;
  readonly merges: readonly WrittenMerge[];
}

/**
 * Checks a byte-level vocabulary against its merges and the model.
 * @param idLimit the model's vocabulary size: every id is below it.
 * @throws RuntimeError `invalidTokenizer`, naming file, and line or token.
 */
export function makeVocabulary(words: VocabularyWords, merges: WrittenMerges, idLimit: number): Vocabulary {
  // A word outside the alphabet is a special token's name, written as it is.
  const toBytes = (word: string) => wordToBytes(word) ?? new TextEncoder().encode(word);
  const bytes = new Map(Array.from(checkIds(words, idLimit), ([id, word]) => [id, toBytes(word)]));
  const byteIds = byteToChar.map((char, byte) => byteId(words, char, byte));
  return { table: mergeTable(byteIds, resolveMerges(words, merges)), bytes, endOfTextId: endOfText(words) };
}

/**
 * Checks a vocabulary of GPT-1's form.
 * @param unknown the name of the token for unknown characters.
 * @throws as `makeVocabulary`.
 */
export function makeWordVocabulary(
  words: VocabularyWords,
  merges: WrittenMerges,
  unknown: string,
  idLimit: number,
): WordVocabulary {
  const names = checkIds(words, idLimit);
  const unknownId = words.ids.get(unknown);
  if (unknownId === undefined) {
    throw invalidTokenizer(words.file, quote(unknown), l10n.t("there is no such token for unknown characters"));
  }
  const table = mergeTable([], resolveMerges(words, merges));
  return { table, ids: words.ids, words: names, unknownId, endOfTextId: endOfText(words) };
}

/**
 * Words by id.
 * @throws RuntimeError `invalidTokenizer` for an id that is no id of the model, or that two tokens share.
 */
export function checkIds({ file, ids }: VocabularyWords, idLimit: number): Map<number, string> {
  const words = new Map<number, string>();
  for (const [word, id] of ids) {
    if (!Number.isSafeInteger(id) || id < 0) {
      throw invalidTokenizer(file, quote(word), l10n.t("the id {0} is not a whole number from 0", String(id)));
    }
    if (id >= idLimit) throw vocabularyTooLarge(file, quote(word), id, idLimit);
    if (words.has(id)) throw invalidTokenizer(file, quote(word), l10n.t("another token has the id {0} too", id));
    words.set(id, word);
  }
  return words;
}

/**
 * The words of a vocabulary with those that another file or list adds to it.
 * @throws RuntimeError `invalidTokenizer` for a word that has another id in each.
 */
export function addWords(words: VocabularyWords, added: VocabularyWords): VocabularyWords {
  const ids = new Map(words.ids);
  for (const [word, id] of added.ids) {
    const before = ids.get(word);
    if (before !== undefined && before !== id) {
      const problem = l10n.t("the id is {0}, but {1} elsewhere in the tokenizer's files", String(id), String(before));
      throw invalidTokenizer(added.file, quote(word), problem);
    }
    ids.set(word, id);
  }
  return { file: words.file, ids };
}

/** The largest of the ids; −1 when there is none. */
export function largestId(ids: Iterable<number>): number {
  let largest = -1;
  for (const id of ids) largest = Math.max(largest, id);
  return largest;
}

function endOfText({ ids }: VocabularyWords): number | null {
  return ids.get("<|endoftext|>") ?? null;
}

function byteId({ file, ids }: VocabularyWords, char: string, byte: number): number {
  const id = ids.get(char);
  if (id !== undefined) return id;
  const name = byte.toString(16).padStart(2, "0");
  throw invalidTokenizer(file, quote(char), l10n.t("there is no token for the byte 0x{0}", name));
}

function resolveMerges({ ids }: VocabularyWords, { file, merges }: WrittenMerges): Merge[] {
  const idOf = (word: string, place: string): number => {
    const id = ids.get(word);
    if (id !== undefined) return id;
    throw invalidTokenizer(file, place, l10n.t("{0} is not in the vocabulary", quote(word)));
  };
  return merges.map(({ left, right, place }) => ({
    left: idOf(left, place),
    right: idOf(right, place),
    joined: idOf(left + right, place),
  }));
}

/** A word out of a file, for a message. */
export function quote(word: string): string {
  return JSON.stringify(word.length > 60 ? `${word.slice(0, 60)}…` : word);
}
