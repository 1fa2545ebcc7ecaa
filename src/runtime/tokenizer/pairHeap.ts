/** A binary heap of the adjacent pairs of a piece: the one first in the list of merges on top, leftmost among equals. */

/** A pair that could be joined. */
export interface CandidatePair {
  /** Its place in the list of merges. */
  readonly place: number;
  /** Where its left token stands. */
  readonly position: number;
}

/** Smallest first. */
export class PairHeap {
  readonly #items: CandidatePair[] = [];

  /** Adds a pair. */
  push(pair: CandidatePair): void {
    const items = this.#items;
    let hole = items.length;
    for (let parent = (hole - 1) >> 1; hole > 0; parent = (hole - 1) >> 1) {
      const above = items[parent];
      if (above === undefined || !isBefore(pair, above)) break;
      items[hole] = above;
      hole = parent;
    }
    items[hole] = pair;
  }

  /** Takes the first pair away; null when there is none. */
  pop(): CandidatePair | null {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined) return null;
    if (items.length > 0) this.#sink(last);
    return top;
  }

  /** Puts `pair` on top and lets it sink to its place. */
  #sink(pair: CandidatePair): void {
    const items = this.#items;
    let hole = 0;
    for (let child = this.#firstChild(hole); child !== null; child = this.#firstChild(hole)) {
      const below = items[child];
      if (below === undefined || !isBefore(below, pair)) break;
      items[hole] = below;
      hole = child;
    }
    items[hole] = pair;
  }

  #firstChild(parent: number): number | null {
    const left = 2 * parent + 1;
    const [a, b] = [this.#items[left], this.#items[left + 1]];
    if (a === undefined) return null;
    return b !== undefined && isBefore(b, a) ? left + 1 : left;
  }
}

function isBefore(a: CandidatePair, b: CandidatePair): boolean {
  return a.place < b.place || (a.place === b.place && a.position < b.position);
}
