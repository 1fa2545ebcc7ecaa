/** Finds known sequences of n numbers in a stream of numbers: a hash table of their places, with a rolling hash (Karp and Rabin 1987). */

/** Multiplier of the rolling hash, modulo 2³². Odd, so that no number is lost. */
const base = 0x01000193;
/** Spreads the hash over the table: 2³² divided by the golden ratio (Knuth 1998, §6.4). */
const golden = 0x9e3779b1;

/** The n-grams of some sequences of ids, all ids from 0. Equal n-grams have the same number. */
export class NgramTable {
  /** Of every place, the number of the n-gram that begins there; −1 where none does. */
  readonly #numbers: Int32Array;
  /** Of every number, where it first begins. */
  readonly #firsts: number[] = [];
  /** Open addressing: a number, or −1. At most half full. */
  readonly #slots: Int32Array;
  readonly #shift: number;

  /** `bounds`: the sequences, as places in `ids`; no n-gram crosses them. */
  constructor(
    readonly ids: Int32Array,
    bounds: readonly (readonly [start: number, end: number])[],
    readonly n: number,
  ) {
    const bits = Math.max(4, Math.ceil(Math.log2(2 * ids.length + 1)));
    this.#slots = new Int32Array(2 ** bits).fill(-1);
    this.#shift = 32 - bits;
    this.#numbers = new Int32Array(ids.length).fill(-1);
    for (const [start, end] of bounds) this.#enter(start, end);
  }

  /** The number of the n-gram that begins at a place, −1 where none does. */
  ngramAt(place: number): number {
    return this.#numbers[place] ?? -1;
  }

  /** The n-gram that begins at a place. */
  idsAt(place: number): Int32Array {
    return this.ids.subarray(place, place + this.n);
  }

  /** A new stream. */
  window(): NgramWindow {
    return new NgramWindow(this.n, (window) => this.#slots[this.#slotOf(window)] ?? -1);
  }

  #enter(start: number, end: number): void {
    const window = new NgramWindow(this.n, (full) => this.#numberOf(full));
    for (let place = start; place < end; place++) {
      this.#place = place - this.n + 1;
      const number = window.push(this.ids[place] ?? -1);
      if (number >= 0) this.#numbers[place - this.n + 1] = number;
    }
  }

  /** Where the window that is entered begins. */
  #place = 0;

  #numberOf(window: NgramWindow): number {
    const slot = this.#slotOf(window);
    const known = this.#slots[slot] ?? -1;
    if (known >= 0) return known;
    this.#slots[slot] = this.#firsts.length;
    return this.#firsts.push(this.#place) - 1;
  }

  /** The slot of the window's n-gram, or the empty one where it would be. */
  #slotOf(window: NgramWindow): number {
    const mask = this.#slots.length - 1;
    let slot = Math.imul(window.hash, golden) >>> this.#shift;
    for (;;) {
      const number = this.#slots[slot] ?? -1;
      if (number < 0 || window.equals(this.ids, this.#firsts[number] ?? 0)) return slot;
      slot = (slot + 1) & mask;
    }
  }
}

/** The last n ids of a stream. */
export class NgramWindow {
  hash = 0;
  readonly #ring: Int32Array;
  /** Ids since the last unknown one. */
  #length = 0;
  #next = 0;
  /** base to the power of n, modulo 2³²: the weight of the id that leaves. */
  readonly #weight: number;

  constructor(
    readonly n: number,
    readonly find: (window: NgramWindow) => number,
  ) {
    this.#ring = new Int32Array(n);
    this.#weight = Array.from({ length: n }).reduce<number>((power) => Math.imul(power, base), 1);
  }

  /** Takes the next id, −1 for one that no n-gram has; returns what `find` finds for the last n, −1 where there are fewer. */
  push(id: number): number {
    if (id < 0) {
      this.#length = 0;
      this.hash = 0;
      return -1;
    }
    const leaving = this.#length >= this.n ? (this.#ring[this.#next] ?? 0) + 1 : 0;
    this.hash = (Math.imul(this.hash, base) + id + 1 - Math.imul(leaving, this.#weight)) | 0;
    this.#ring[this.#next] = id;
    this.#next = (this.#next + 1) % this.n;
    this.#length++;
    return this.#length >= this.n ? this.find(this) : -1;
  }

  /** Whether the window is the n-gram that begins at a place of `ids`. */
  equals(ids: Int32Array, place: number): boolean {
    for (let i = 0; i < this.n; i++) {
      if (ids[place + i] !== this.#ring[(this.#next + i) % this.n]) return false;
    }
    return true;
  }
}
