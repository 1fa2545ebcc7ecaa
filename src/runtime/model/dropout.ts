/**
 * Dropout (Srivastava et al. 2014) whose masks are made where the graph runs and are the same on every device and in every run. Two
 * tables of uniform numbers u, v in [0, 1) that are multiples of 2⁻²³ are read from two offsets: (u + v) mod 1 is uniform again, and the
 * sum of two such numbers is exact in float32. Offsets are drawn anew for each step, micro-batch and place.
 */
import type { GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";
import { longRandom, type Random } from "../random";

/** Names of the graph's inputs: two tables float32 [length], offsets int64 [segments, 2, 2]. */
export const dropoutInputs = { u: "dropout.u", v: "dropout.v", offsets: "dropout.offsets" } as const;

/** How many offsets there are to choose from. */
const spread = 1 << 20;
/** Longest stretch that is read from one pair of offsets: tables are not much longer. */
const longest = 1 << 22;
const unit = 2 ** -23;

/** What a graph's masks are made of. */
export interface DropoutPlan {
  /** Numbers in each table at least; 0 when nothing is dropped. */
  readonly tableLength: number;
  /** Of each stretch that is read. */
  readonly lengths: readonly number[];
}

/** Masks for the places of a graph. */
export class DropoutMasks {
  readonly #tables = new Map<string, Value>();
  readonly #places = new Map<string, { readonly first: number; readonly lengths: readonly number[] }>();
  readonly #lengths: number[] = [];

  constructor(private readonly g: GraphBuilder) {}

  /** What the tables and offsets have to be: tables are rounded up, so that they are seldom made anew for a batch of another shape. */
  get plan(): DropoutPlan {
    const longestRead = this.#lengths.reduce((a, b) => Math.max(a, b), 0);
    const tableLength = longestRead > 0 ? 2 ** Math.ceil(Math.log2(longestRead)) + spread : 0;
    return { tableLength, lengths: [...this.#lengths] };
  }

  /**
   * x with each value dropped with probability `rate`, the others scaled by 1/(1 − rate); x itself at rate 0. The same place drops the
   * same values again. `late`, 0 when the graph runs, keeps a mask that is made again from being taken for the first one.
   */
  apply(x: Value, place: string, rate: number, late: Value | null = null): Value {
    if (rate === 0) return x;
    return this.g.mul(x, this.mask(x.shape.map(Number), place, rate, late));
  }

  /** 0 where dropped, else 1/(1 − rate). With s = u + v and k = 1 − rate, ⌊s + k⌋ − ⌊s⌋ is 0 when s mod 1 < rate, else 1. */
  mask(shape: readonly number[], place: string, rate: number, late: Value | null = null): Value {
    const { g } = this;
    const kept = Math.round((1 - rate) / unit) * unit;
    const count = shape.reduce((a, b) => a * b, 1);
    const sums = this.#segments(place, count, late);
    const sum = sums.length > 1 ? g.concat(sums, 0) : sums[0];
    if (!sum) throw new RangeError(`nothing to drop at ${place}`);
    const keep = g.sub(g.floor(g.add(sum, g.scalar(kept))), g.floor(sum));
    return g.reshape(g.mul(keep, g.scalar(1 / (1 - rate))), shape);
  }

  /** u + v for each stretch of a place. */
  #segments(place: string, count: number, late: Value | null): readonly Value[] {
    const { g } = this;
    const nothing = late && g.cast(late, "int64");
    const { first, lengths } = this.#placed(place, count);
    return lengths.map((length, i) => {
      const read = (table: string, which: number) => {
        const offsets = g.slice(this.#offsets(), 0, first + i, first + i + 1, 1); // [1, 2, 2]
        const pair = g.slice(offsets, 1, which, which + 1, 1); // [1, 1, 2]
        const bound = (j: number) => {
          const offset = g.reshape(g.slice(pair, 2, j, j + 1, 1), [1]);
          return nothing ? g.add(offset, nothing) : offset;
        };
        return g.slice(this.#table(table), 0, bound(0), bound(1), length);
      };
      return g.add(read(dropoutInputs.u, 0), read(dropoutInputs.v, 1));
    });
  }

  #placed(place: string, count: number) {
    const known = this.#places.get(place);
    if (known) return known;
    const lengths = Array.from({ length: Math.ceil(count / longest) }, (_, i) =>
      Math.min(longest, count - i * longest),
    );
    const placed = { first: this.#lengths.length, lengths };
    this.#lengths.push(...lengths);
    this.#places.set(place, placed);
    return placed;
  }

  #table(name: string): Value {
    return this.#declared(name, () => this.g.input(name, "float32", ["table"]));
  }

  #offsets(): Value {
    return this.#declared(dropoutInputs.offsets, () =>
      this.g.input(dropoutInputs.offsets, "int64", ["segments", 2, 2]),
    );
  }

  #declared(name: string, declare: () => Value): Value {
    const value = this.#tables.get(name) ?? declare();
    this.#tables.set(name, value);
    return value;
  }
}

/** `length` uniform numbers in [0, 1), multiples of 2⁻²³; longer tables of a seed begin with the shorter ones. */
export function dropoutTable(seed: number, which: "u" | "v", length: number): Float32Array<ArrayBuffer> {
  const random = longRandom(mix([seed, which === "u" ? 1 : 2]));
  return new Float32Array(length).map(() => Math.floor(random() / unit) * unit);
}

/** Offsets for one micro-batch, [segments, 2, 2]: from and to in each table. A pure function of what it is given. */
export function dropoutOffsets(plan: DropoutPlan, seed: number, step: number, microBatch: number): number[] {
  const random = longRandom(mix([seed, 3, step, microBatch]));
  return plan.lengths.flatMap((length) => [...stretch(random, length), ...stretch(random, length)]);
}

function stretch(random: Random, length: number): [from: number, to: number] {
  const from = Math.floor(random() * spread);
  return [from, from + length];
}

/** One 32-bit number of several (the finalizer of MurmurHash3, Appleby, public domain). */
function mix(numbers: readonly number[]): number {
  return numbers.reduce((hash, number) => {
    let h = (hash ^ Math.imul(number | 0, 0x9e3779b1)) >>> 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  }, 0x2545f491);
}
