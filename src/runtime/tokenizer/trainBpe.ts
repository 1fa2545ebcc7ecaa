/**
 * Trains a vocabulary by byte pair encoding (Sennrich et al. 2016), on bytes as GPT-2 (Radford et al. 2019 §2.2) or on the characters of
 * cleaned-up words as GPT-1 (Radford et al. 2018 §4.1). The merges are those that Hugging Face's `tokenizers` finds.
 */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { byteToChar } from "./byteAlphabet";
import { wordEnd } from "./gpt1";
import { type CountedPiece, PairMerger } from "./pairMerger";
import type { VocabularyKind } from "./pieceCounts";

/** A vocabulary as its files write it. */
export interface TrainedVocabulary {
  readonly kind: VocabularyKind;
  /** By id. The last one is `<|endoftext|>`. */
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
}

/** How to train. */
export interface BpeTraining {
  readonly kind: VocabularyKind;
  /** Tokens with `<|endoftext|>`, at most: a small text has fewer pairs. */
  readonly vocabSize: number;
  /** Pairs that occur less often are not joined. Default 2, as `ByteLevelBPETokenizer` has it. */
  readonly minFrequency?: number;
  /** Awaited after every merge: lets others have their turn, and throws to end the work. */
  readonly pause?: () => Promise<void>;
  readonly onProgress?: (done: number, total: number) => void;
}

/** The token that ends a text. */
export const endOfTextToken = "<|endoftext|>";
/** GPT-1's token for characters that the vocabulary does not have. */
export const unknownToken = "<unk>";
/** Tokens of a byte-level vocabulary without any merge: the bytes and `<|endoftext|>`. */
export const leastVocabulary = byteToChar.length + 1;
/** Token ids end there: see `limits` of model/configKeys.ts. */
export const mostVocabulary = 1 << 20;

/**
 * Trains a vocabulary on counted pieces. Deterministic: of equally frequent pairs that with the smallest ids is joined first.
 * @throws RuntimeError `invalidRequest` for a size that no vocabulary can have; what `pause` throws.
 */
export async function trainBpe(
  counts: ReadonlyMap<string, number>,
  { kind, vocabSize, minFrequency = 2, pause, onProgress }: BpeTraining,
): Promise<TrainedVocabulary> {
  checkSize(vocabSize);
  const tokens = kind === "byteLevel" ? [...byteAlphabet] : wordAlphabet(counts, vocabSize);
  const symbols = symbolsOf(kind, tokens);
  const merger = new PairMerger(countedPieces(counts, symbols), totalLength(counts, symbols), minFrequency);
  const merges: [string, string][] = [];
  const [start, end] = [tokens.length, vocabSize - 1];
  while (tokens.length < end) {
    const pair = merger.mostFrequent();
    if (pair === null) break;
    const [left, right] = [tokens[pair.left] ?? "", tokens[pair.right] ?? ""];
    merges.push([left, right]);
    merger.join(pair, tokens.push(left + right) - 1);
    onProgress?.(tokens.length - start, end - start);
    await pause?.();
  }
  return { kind, tokens: [...tokens, endOfTextToken], merges };
}

function checkSize(vocabSize: number): void {
  if (Number.isInteger(vocabSize) && vocabSize >= leastVocabulary && vocabSize <= mostVocabulary) return;
  const range = l10n.t("must be a whole number from {0} to {1}", leastVocabulary, mostVocabulary);
  throw invalidRequest(l10n.t("the vocabulary's size {0}, not {1}", range, String(vocabSize)));
}

/** As GPT-2's own file: in the order of the characters, not of the bytes they stand for. */
const byteAlphabet: readonly string[] = [...byteToChar].sort((a, b) => (a < b ? -1 : 1));

/**
 * `<unk>`, then every character and, as another token, every character that ends a word. A quarter of the vocabulary at most is for
 * characters: of more the most frequent ones are kept.
 */
function wordAlphabet(counts: ReadonlyMap<string, number>, vocabSize: number): string[] {
  const frequencies = new Map<string, number>();
  for (const [word, count] of counts)
    for (const char of word) frequencies.set(char, (frequencies.get(char) ?? 0) + count);
  const kept = [...frequencies]
    .sort(([a, m], [b, n]) => n - m || compareCodePoints(a, b))
    .slice(0, Math.floor(vocabSize / 8))
    .map(([char]) => char)
    .sort(compareCodePoints);
  return [unknownToken, ...kept, ...kept.map((char) => char + wordEnd)];
}

function compareCodePoints(a: string, b: string): number {
  return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
}

/** Gives the symbols of a piece. */
type Symbols = (piece: string) => readonly number[];

function symbolsOf(kind: VocabularyKind, tokens: readonly string[]): Symbols {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  if (kind === "byteLevel") {
    const byByte = byteToChar.map((char) => ids.get(char) ?? -1);
    const encoder = new TextEncoder();
    return (piece) => Array.from(encoder.encode(piece), (byte) => byByte[byte] ?? -1);
  }
  return (word) => {
    const chars = [...word];
    return chars.map((char, i) => ids.get(i + 1 === chars.length ? char + wordEnd : char) ?? -1);
  };
}

function* countedPieces(counts: ReadonlyMap<string, number>, symbols: Symbols): Generator<CountedPiece, void> {
  for (const [piece, count] of counts) yield { symbols: symbols(piece), count };
}

function totalLength(counts: ReadonlyMap<string, number>, symbols: Symbols): number {
  let length = 0;
  for (const piece of counts.keys()) length += symbols(piece).length;
  return length;
}
