/**
 * The pieces of a text as symbols, of which the most frequent adjacent pair is joined again and again (Sennrich et al. 2016, algorithm 1).
 * Nothing is counted twice: every pair knows where it occurs, and joining it changes the counts of its neighbours only.
 */
import { Heap } from "./heap";

/** An adjacent pair of symbols. */
export interface CountedPair {
  readonly left: number;
  readonly right: number;
  /** Occurrences, each as often as its piece occurs. */
  count: number;
}

/** A pair, and where its left symbol stands or stood: a place may be out of date. */
interface PlacedPair extends CountedPair {
  readonly places: number[];
}

/** A pair with the count that it had when it went onto the heap. */
interface Candidate {
  readonly pair: PlacedPair;
  readonly count: number;
}

/** A piece: its symbols (−1: one that joins with nothing), and how often it occurs. */
export interface CountedPiece {
  readonly symbols: readonly number[];
  readonly count: number;
}

/** All pieces, in one linked list of symbols. Takes 16 bytes a symbol, and as much for where the pairs are. */
export class PairMerger {
  readonly #symbols: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #weights: Uint32Array;
  readonly #pairs = new Map<number, PlacedPair>();
  readonly #heap = new Heap<Candidate>(isBefore);
  #fresh: PlacedPair[] = [];

  /**
   * @param length symbols of all pieces together.
   * @param minCount pairs that occur less often are never joined.
   */
  constructor(
    pieces: Iterable<CountedPiece>,
    length: number,
    private readonly minCount: number,
  ) {
    this.#symbols = new Int32Array(length);
    this.#next = new Int32Array(length);
    this.#previous = new Int32Array(length);
    this.#weights = new Uint32Array(length);
    let start = 0;
    for (const { symbols, count } of pieces) {
      this.#place(symbols, count, start);
      start += symbols.length;
    }
    this.#offerFresh();
  }

  /** The most frequent pair, of equally frequent ones that with the smallest symbols; null when none is left. */
  mostFrequent(): CountedPair | null {
    for (let best = this.#heap.pop(); best !== null; best = this.#heap.pop()) {
      if (best.count === best.pair.count) return best.pair;
      // It has lost occurrences since; what it has left may still be the most.
      this.#offer(best.pair);
    }
    return null;
  }

  /** Joins a pair to `joined` everywhere, leftmost first. */
  join({ left, right }: CountedPair, joined: number): void {
    const key = pairKey(left, right);
    const places = this.#pairs.get(key)?.places ?? [];
    this.#pairs.delete(key);
    for (const place of places) {
      const gone = this.#next[place] ?? -1;
      if (this.#symbols[place] === left && gone >= 0 && this.#symbols[gone] === right)
        this.#joinAt(place, gone, joined);
    }
    this.#offerFresh();
  }

  #place(symbols: readonly number[], count: number, start: number): void {
    for (const [i, symbol] of symbols.entries()) {
      const at = start + i;
      this.#symbols[at] = symbol;
      this.#previous[at] = i === 0 ? -1 : at - 1;
      this.#next[at] = i + 1 === symbols.length ? -1 : at + 1;
      this.#weights[at] = count;
      const before = symbols[i - 1];
      if (before !== undefined) this.#add(before, symbol, at - 1);
    }
  }

  #joinAt(place: number, gone: number, joined: number): void {
    const weight = this.#weights[place] ?? 0;
    const before = this.#previous[place] ?? -1;
    const after = this.#next[gone] ?? -1;
    const [left, right] = [this.#symbols[place] ?? -1, this.#symbols[gone] ?? -1];
    if (before >= 0) {
      this.#remove(this.#symbols[before] ?? -1, left, weight);
      this.#add(this.#symbols[before] ?? -1, joined, before);
    }
    if (after >= 0) {
      this.#remove(right, this.#symbols[after] ?? -1, weight);
      this.#add(joined, this.#symbols[after] ?? -1, place);
      this.#previous[after] = place;
    }
    this.#symbols[place] = joined;
    this.#symbols[gone] = -1;
    this.#next[place] = after;
  }

  #add(left: number, right: number, place: number): void {
    if (left < 0 || right < 0) return;
    const key = pairKey(left, right);
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      pair = { left, right, count: 0, places: [] };
      this.#pairs.set(key, pair);
      this.#fresh.push(pair);
    }
    pair.count += this.#weights[place] ?? 0;
    pair.places.push(place);
  }

  #remove(left: number, right: number, weight: number): void {
    const pair = left < 0 || right < 0 ? undefined : this.#pairs.get(pairKey(left, right));
    if (pair !== undefined) pair.count -= weight;
  }

  /** After all places are joined: while that goes on, new pairs gain and lose occurrences. */
  #offerFresh(): void {
    for (const pair of this.#fresh) this.#offer(pair);
    this.#fresh = [];
  }

  #offer(pair: PlacedPair): void {
    if (pair.count >= this.minCount) this.#heap.push({ pair, count: pair.count });
  }
}

function isBefore(a: Candidate, b: Candidate): boolean {
  if (a.count !== b.count) return a.count > b.count;
  return a.pair.left < b.pair.left || (a.pair.left === b.pair.left && a.pair.right < b.pair.right);
}

function pairKey(left: number, right: number): number {
  // Symbols are token ids, which are below 2^22, so the key is an exact number.
  return left * 0x400000 + right;
}
