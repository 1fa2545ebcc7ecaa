/**
 * Was the test seen before? Overlap of test items with texts that a model learnt or was shown: training items, demonstrations, pre-training
 * text. The method is GPT-3's (Brown et al. 2020, appendix C), exact, with memory for the test items only: texts pass by.
 */
import { checkCount, checkCounts } from "./checkInputs";
import { NgramTable } from "./ngramTable";

/** Bounds of N, GPT-3's: fewer than 8 words agree by chance; the upper one saves work, and finds the longer overlaps all the same. */
const gramBounds = { least: 8, most: 13 } as const;

/**
 * Words as the overlap sees them, one after the other: lower case, without punctuation and symbols (Unicode's P and S), parted by white space;
 * composed and decomposed letters are the same (NFC). "Don't" is "dont", a lone dash is no word.
 */
export function* overlapWords(text: string): Generator<string, void> {
  for (const [piece] of text.matchAll(/\S+/gu)) {
    const word = piece
      .normalize("NFC")
      .toLowerCase()
      .replace(/[\p{P}\p{S}]+/gu, "");
    if (word !== "") yield word;
  }
}

/**
 * How many words must agree: the 5th percentile of the items' lengths in words, at least 8 and at most 13 (appendix C, "Overlap methodology").
 * The percentile is the smallest length that 5 % of the items do not exceed. Throws `invalidRequest` without items.
 */
export function gramLength(items: readonly string[]): number {
  checkCounts(items.length, items.length);
  const lengths = items.map((item) => Array.from(overlapWords(item)).length).sort((a, b) => a - b);
  const percentile = lengths[Math.ceil(items.length / 20) - 1] ?? 0;
  return Math.min(Math.max(percentile, gramBounds.least), gramBounds.most);
}

/** A text that the model may know. */
export interface PoolText {
  /** What to call it: a file and line, say. */
  readonly source: string;
  readonly text: string;
}

/** N words that an item shares with the pool. */
export interface Overlap {
  /** The words, normalised. */
  readonly ngram: string;
  /** Place of the first of them among the item's words, from 0. */
  readonly at: number;
  /** The first text of the pool that has them. */
  readonly source: string;
  /** Texts of the pool that have them. */
  readonly texts: number;
}

/** What was found for one item. */
export interface ItemContamination {
  /** `dirty` where any N-gram overlaps, `clean` otherwise. An item of fewer than N words has none: it is clean, and nothing was checked. */
  readonly kind: "clean" | "dirty";
  /** N-grams of the item, equal ones counted each. */
  readonly ngrams: number;
  /** Share of the item's words that stand in an overlapping N-gram, 0 … 1. */
  readonly coverage: number;
  /** In the order of the item. */
  readonly overlaps: readonly Overlap[];
}

/**
 * The N-grams of test items, through which a pool of any size is passed, text by text. Its memory grows with the test items and with the number
 * of distinct sources found, never with the pool; a hash that agrees is checked word by word, so nothing is found by chance.
 */
export class ContaminationCheck {
  readonly #table: NgramTable;
  readonly #vocabulary = new Map<string, number>();
  readonly #words: string[] = [];
  /** Of every item, its words' places in all items' words. */
  readonly #bounds: readonly (readonly [start: number, end: number])[];
  /** By the number of an N-gram. */
  readonly #found = new Map<number, Find>();
  #texts = 0;

  /** `n`: words that must agree; by default `gramLength`'s. Throws `invalidRequest` without items and for `n` below 1. */
  constructor(
    items: readonly string[],
    readonly n: number = gramLength(items),
  ) {
    checkCounts(items.length, items.length);
    checkCount("n", n);
    const ids: number[] = [];
    this.#bounds = items.map((item) => {
      const start = ids.length;
      for (const word of overlapWords(item)) ids.push(this.#learn(word));
      return [start, ids.length] as const;
    });
    this.#table = new NgramTable(Int32Array.from(ids), this.#bounds, n);
  }

  /** Looks for the items' N-grams in one text of the pool. No N-gram reaches across two texts. */
  add({ source, text }: PoolText): void {
    const number = this.#texts++;
    const window = this.#table.window();
    for (const word of overlapWords(text)) {
      const ngram = window.push(this.#vocabulary.get(word) ?? -1);
      if (ngram >= 0) this.#note(ngram, source, number);
    }
  }

  /** What the texts so far share with each item, in the items' order. */
  report(): ItemContamination[] {
    return this.#bounds.map(([start, end]) => {
      const ngrams = Math.max(0, end - start - this.n + 1);
      const overlaps = Array.from({ length: ngrams }, (_, at) => this.#overlapAt(start, at)).filter((o) => o !== null);
      const coverage = end > start ? coveredWords(overlaps, this.n) / (end - start) : 0;
      return { kind: overlaps.length > 0 ? "dirty" : "clean", ngrams, coverage, overlaps };
    });
  }

  #overlapAt(start: number, at: number): Overlap | null {
    const find = this.#found.get(this.#table.ngramAt(start + at));
    if (!find) return null;
    const words = Array.from(this.#table.idsAt(start + at), (id) => this.#words[id] ?? "");
    return { ngram: words.join(" "), at, source: find.source, texts: find.texts };
  }

  #note(ngram: number, source: string, text: number): void {
    const find = this.#found.get(ngram);
    if (find?.last === text) return;
    this.#found.set(ngram, { source: find?.source ?? source, texts: (find?.texts ?? 0) + 1, last: text });
  }

  #learn(word: string): number {
    const known = this.#vocabulary.get(word);
    if (known !== undefined) return known;
    this.#vocabulary.set(word, this.#words.length);
    return this.#words.push(word) - 1;
  }
}

/** Where an N-gram was found. */
interface Find {
  readonly source: string;
  readonly texts: number;
  /** Number of the last text that had it, so that a text counts once. */
  readonly last: number;
}

/** Words in any of the overlaps, which are in order and n words long each. */
function coveredWords(overlaps: readonly Overlap[], n: number): number {
  let covered = 0;
  let end = 0;
  for (const { at } of overlaps) {
    covered += at + n - Math.max(at, end);
    end = at + n;
  }
  return covered;
}
