/** A byte-level vocabulary: every token's bytes, and the merges by which texts come to tokens. Checked, not trusted. */
import * as l10n from "@vscode/l10n";
import { invalidTokenizer } from "../errors";
import { byteToChar, wordToBytes } from "./byteAlphabet";
import { type Merge, type MergeTable, mergeTable } from "./bytePairs";

/** What a tokenizer is built from. */
export interface Vocabulary {
  readonly table: MergeTable;
  /** Bytes of each token by id; ids may have gaps. */
  readonly bytes: ReadonlyMap<number, Uint8Array>;
  /** Id of `<|endoftext|>`. */
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

/**
 * Checks a vocabulary against its merges and the model.
 * @param idLimit the model's vocabulary size: every id is below it.
 * @param mergesFile names the merges' file in errors.
 * @throws RuntimeError `invalidTokenizer`, naming file, and line or token.
 */
export function makeVocabulary(
  words: VocabularyWords,
  merges: readonly WrittenMerge[],
  mergesFile: string,
  idLimit: number,
): Vocabulary {
  const bytes = tokenBytes(words, idLimit);
  const byteIds = byteToChar.map((char, byte) => byteId(words, char, byte));
  const resolved = merges.map((merge) => resolveMerge(words, merge, mergesFile));
  return { table: mergeTable(byteIds, resolved), bytes, endOfTextId: words.ids.get("<|endoftext|>") ?? null };
}

/** Bytes by id; refuses an id that is no id of the model, or that two tokens share. */
function tokenBytes({ file, ids }: VocabularyWords, idLimit: number): Map<number, Uint8Array> {
  const bytes = new Map<number, Uint8Array>();
  for (const [word, id] of ids) {
    if (!Number.isSafeInteger(id) || id < 0) {
      throw invalidTokenizer(file, quote(word), l10n.t("the id {0} is not a whole number from 0", String(id)));
    }
    if (id >= idLimit) {
      const problem = l10n.t("the id {0} is outside the model's vocabulary of {1} tokens", id, idLimit);
      throw invalidTokenizer(file, quote(word), problem);
    }
    if (bytes.has(id)) throw invalidTokenizer(file, quote(word), l10n.t("another token has the id {0} too", id));
    // A word outside the alphabet is a special token's name, written as it is.
    bytes.set(id, wordToBytes(word) ?? new TextEncoder().encode(word));
  }
  return bytes;
}

function byteId({ file, ids }: VocabularyWords, char: string, byte: number): number {
  const id = ids.get(char);
  if (id !== undefined) return id;
  const name = byte.toString(16).padStart(2, "0");
  throw invalidTokenizer(file, quote(char), l10n.t("there is no token for the byte 0x{0}", name));
}

function resolveMerge({ ids }: VocabularyWords, { left, right, place }: WrittenMerge, mergesFile: string): Merge {
  const idOf = (word: string): number => {
    const id = ids.get(word);
    if (id !== undefined) return id;
    throw invalidTokenizer(mergesFile, place, l10n.t("{0} is not in the vocabulary", quote(word)));
  };
  return { left: idOf(left), right: idOf(right), joined: idOf(left + right) };
}

/** A word out of a file, for a message. */
export function quote(word: string): string {
  return JSON.stringify(word.length > 60 ? `${word.slice(0, 60)}…` : word);
}
