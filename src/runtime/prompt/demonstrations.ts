/** Draws demonstrations. The same seed and the same input give the same ones everywhere. */
import { type Random, seededRandom } from "../random";
import type { DemonstrationSource } from "./promptFile";

/** Vectors of texts, each of length 1: `[texts][dimensions]`. */
export type Embed = (texts: readonly string[]) => Promise<readonly Float32Array[]>;

/** What demonstrations are drawn from. */
export interface Pool {
  readonly size: number;
  /** The right answer of each, by which `balanced` groups. */
  label(index: number): string;
  /** What is embedded for `nearest`: the example without its answer. */
  text(index: number): string;
}

/** What demonstrations are drawn for. */
export interface DrawnFor {
  /** Number of the input in its data set: with `fresh`, every input has a draw of its own. */
  readonly number: number;
  readonly text: string;
  /** Whether a demonstration is the input itself. */
  excludes(index: number): boolean;
}

/** Draws demonstrations of one pool by one rule. */
export class DemonstrationSampler {
  #vectors: Promise<readonly Float32Array[]> | undefined;
  #groups: readonly (readonly number[])[] | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly source: Pick<DemonstrationSource, "k" | "sampler" | "seed" | "fresh">,
    private readonly embed: Embed,
  ) {}

  /** Numbers of the demonstrations in the pool, in the order of the prompt; the last one stands next to the query. Fewer than K when the pool has no more. */
  async draw(item: DrawnFor): Promise<readonly number[]> {
    const { k, sampler, seed, fresh } = this.source;
    if (k === 0) return [];
    const random = seededRandom(fresh ? mixed(seed, item.number) : seed);
    switch (sampler) {
      case "fixed":
        return first(k, upTo(this.pool.size), item);
      case "random":
        return first(k, shuffled(this.pool.size, random), item);
      case "balanced":
        return this.#balanced(k, random, item);
      case "nearest":
        return this.#nearest(k, item);
      default:
        return sampler satisfies never;
    }
  }

  /** Labels in turn, beginning with any; then in an order that says nothing of the labels. */
  #balanced(k: number, random: Random, item: DrawnFor): readonly number[] {
    this.#groups ??= byLabel(this.pool);
    const groups = inOrder(this.#groups, shuffled(this.#groups.length, random));
    const turns = groups.map((group) => allowed(group, shuffled(group.length, random), item));
    const drawn: number[] = [];
    for (let exhausted = 0, turn = 0; drawn.length < k && exhausted < turns.length; turn++) {
      const next = turns[turn % turns.length]?.next();
      if (next === undefined || next.done) exhausted++;
      else {
        exhausted = 0;
        drawn.push(next.value);
      }
    }
    return inOrder(drawn, shuffled(drawn.length, random));
  }

  /** By the cosine of the vectors; the nearest one last. */
  async #nearest(k: number, item: DrawnFor): Promise<readonly number[]> {
    this.#vectors ??= this.embed(Array.from(upTo(this.pool.size), (index) => this.pool.text(index)));
    const [vectors, [query]] = [await this.#vectors, await this.embed([item.text])];
    const near = [...upTo(this.pool.size)]
      .filter((index) => !item.excludes(index))
      .map((index) => ({ index, cosine: dot(vectors[index], query) }))
      .sort((a, b) => b.cosine - a.cosine || a.index - b.index);
    return near
      .slice(0, k)
      .reverse()
      .map(({ index }) => index);
  }
}

/** Every number below `count` once, in random order; memory grows with what is drawn (Fisher and Yates, sparse). */
export function* shuffled(count: number, random: Random): Generator<number> {
  const moved = new Map<number, number>();
  for (let left = count; left > 0; left--) {
    const at = Math.floor(random() * left);
    const value = moved.get(at) ?? at;
    moved.set(at, moved.get(left - 1) ?? left - 1);
    moved.delete(left - 1);
    yield value;
  }
}

/** The seed of one input's own draw. */
function mixed(seed: number, number: number): number {
  return (seed ^ Math.imul(number + 1, 0x9e3779b1)) >>> 0;
}

function first(k: number, order: Iterable<number>, item: DrawnFor): readonly number[] {
  const drawn: number[] = [];
  for (const index of order) {
    if (!item.excludes(index)) drawn.push(index);
    if (drawn.length === k) break;
  }
  return drawn;
}

function* allowed(group: readonly number[], order: Iterable<number>, item: DrawnFor): Generator<number> {
  for (const at of order) {
    const index = group[at];
    if (index !== undefined && !item.excludes(index)) yield index;
  }
}

function byLabel(pool: Pool): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>();
  for (const index of upTo(pool.size)) {
    const label = pool.label(index);
    const group = groups.get(label);
    if (group) group.push(index);
    else groups.set(label, [index]);
  }
  return [...groups.keys()].sort().map((label) => groups.get(label) ?? []);
}

function inOrder<T>(values: readonly T[], order: Iterable<number>): T[] {
  return Array.from(order, (at) => values[at]).filter((value) => value !== undefined);
}

function* upTo(count: number): Generator<number> {
  for (let index = 0; index < count; index++) yield index;
}

function dot(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (!a || !b) return Number.NEGATIVE_INFINITY;
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
