/**
 * Byte pair encoding by a list of merges, as GPT-2 defines it (Sennrich et al. 2016 §3.2, on bytes): of all adjacent
 * pairs, join the one that stands first in the list, leftmost first, until none is in the list.
 *
 * tiktoken does the everyday work; this is for what it cannot do. Its time is quadratic in the length of a piece and
 * its regular expressions overflow on long runs (here: n log n); and it knows ranks of tokens, not merges, which is
 * the same thing only for a `isCanonical` list.
 */
import { Heap } from "./heap";

/** A merge: the ids of two tokens and of the token that joins them. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly joined: number;
}

/** The merges, ready for use. */
export interface MergeTable {
  /** Ids of the 256 tokens of one byte. */
  readonly byteIds: readonly number[];
  readonly merges: readonly Merge[];
  /** Place in `merges` by `pairKey`. */
  readonly places: ReadonlyMap<number, number>;
}

/** Prepares a list of merges, first one first. */
export function mergeTable(byteIds: readonly number[], merges: readonly Merge[]): MergeTable {
  const places = new Map<number, number>();
  merges.forEach(({ left, right }, place) => {
    const key = pairKey(left, right);
    if (!places.has(key)) places.set(key, place);
  });
  return { byteIds, merges, places };
}

/**
 * The merges behind a list of tokens by rank, which are their ids: a token longer than a byte is made by the merge of
 * what it comes to with the tokens before it alone.
 */
export function rankTable(tokens: readonly Uint8Array[]): MergeTable {
  const byteIds: number[] = [];
  const merges: Merge[] = [];
  const places = new Map<number, number>();
  const table = { byteIds, merges, places };
  tokens.forEach((bytes, joined) => {
    const [first] = bytes;
    if (bytes.length === 1 && first !== undefined) byteIds[first] = joined;
    if (bytes.length < 2) return;
    const [left = -1, right = -1] = mergeBytes(table, bytes);
    places.set(pairKey(left, right), merges.push({ left, right, joined }) - 1);
  });
  return table;
}

/** Token ids of a text. */
export function encodeByMerges(table: MergeTable, text: string): number[] {
  const known = new Map<string, readonly number[]>();
  const ids: number[] = [];
  for (const piece of splitPieces(text)) {
    const found = known.get(piece) ?? mergeBytes(table, new TextEncoder().encode(piece));
    known.set(piece, found);
    for (const id of found) ids.push(id);
  }
  return ids;
}

/** The pieces into which GPT-2 cuts a text, in order. No token reaches over their borders. */
export function* splitPieces(text: string): Generator<string, void> {
  for (const [piece] of text.matchAll(piecePattern)) yield piece;
}

/** Token ids of one piece's bytes, joining by the first `limit` merges only. */
export function mergeBytes(table: MergeTable, bytes: Uint8Array, limit = table.merges.length): readonly number[] {
  const first = Array.from(bytes, (byte) => table.byteIds[byte] ?? -1);
  return new Piece(table, first, limit).merge().ids;
}

/** Tokens of a piece, and which of the tokens that it began with is the first in each. */
export interface MergedPiece {
  readonly ids: readonly number[];
  readonly starts: readonly number[];
}

/** Joins the tokens of one piece as far as the merges go. */
export function mergeTokens(table: MergeTable, ids: readonly number[]): MergedPiece {
  return new Piece(table, ids, table.merges.length).merge();
}

/**
 * Whether joining by the rank of the joined token gives the same as joining by pair, for every text. It does when
 * each merge's token, encoded with the merges before it alone, comes to exactly that merge's pair. Then a token can
 * arise from one pair only: between two token boundaries, merges so far went as they go for the token by itself.
 */
export function isCanonical(table: MergeTable, tokenBytes: (id: number) => Uint8Array): boolean {
  return table.merges.every(({ left, right, joined }, place) => {
    const ids = mergeBytes(table, tokenBytes(joined), place);
    return ids.length === 2 && ids[0] === left && ids[1] === right;
  });
}

/** How GPT-2 cuts a text into pieces, for tiktoken (Rust). From openai/gpt-2 `src/encoder.py`. */
export const piecePatternRust = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** The same for JavaScript, whose `\s` is another set than Unicode's White_Space, which Rust's is. */
const piecePattern =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

function pairKey(left: number, right: number): number {
  // Ids are below 2^22 (see model/config.ts), so the key is an exact number.
  return left * 0x400000 + right;
}

/** A pair that could be joined: its place in the list of merges, and where its left token stands. */
interface CandidatePair {
  readonly place: number;
  readonly position: number;
}

/** The one first in the list of merges, leftmost among equals. */
function isBefore(a: CandidatePair, b: CandidatePair): boolean {
  return a.place < b.place || (a.place === b.place && a.position < b.position);
}

/** A piece being merged: a linked list of tokens, and a heap of its adjacent pairs. */
class Piece {
  readonly #ids: number[];
  readonly #next: number[];
  readonly #previous: number[];
  readonly #heap = new Heap(isBefore);

  constructor(
    private readonly table: MergeTable,
    ids: readonly number[],
    private readonly limit: number,
  ) {
    this.#ids = [...ids];
    this.#next = this.#ids.map((_, i) => (i + 1 < ids.length ? i + 1 : -1));
    this.#previous = this.#ids.map((_, i) => i - 1);
  }

  merge(): MergedPiece {
    for (let i = 0; i + 1 < this.#ids.length; i++) this.#offer(i);
    for (let best = this.#heap.pop(); best !== null; best = this.#heap.pop()) this.#join(best.place, best.position);
    const starts = Array.from(this.#ids.keys()).filter((i) => (this.#ids[i] ?? -1) >= 0);
    return { ids: starts.map((i) => this.#ids[i] ?? -1), starts };
  }

  /** Puts the pair that begins at `position` on the heap when it is in the list. */
  #offer(position: number): void {
    const place = this.#placeAt(position);
    if (place !== undefined && place < this.limit) this.#heap.push({ place, position });
  }

  #placeAt(position: number): number | undefined {
    const next = this.#next[position] ?? -1;
    if (next < 0) return undefined;
    return this.table.places.get(pairKey(this.#ids[position] ?? -1, this.#ids[next] ?? -1));
  }

  #join(place: number, position: number): void {
    const merge = this.table.merges[place];
    // A pair on the heap is stale when one of its halves has been joined to something else since.
    if (merge === undefined || this.#ids[position] !== merge.left || this.#placeAt(position) !== place) return;
    const gone = this.#next[position] ?? -1;
    const after = this.#next[gone] ?? -1;
    const before = this.#previous[position] ?? -1;
    this.#ids[position] = merge.joined;
    this.#ids[gone] = -1;
    this.#next[position] = after;
    if (after >= 0) this.#previous[after] = position;
    this.#offer(position);
    if (before >= 0) this.#offer(before);
  }
}
