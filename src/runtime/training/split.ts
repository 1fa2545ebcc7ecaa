/** Splits labelled data into train, dev and test by what its items say, not by where they stand. */
import { hash } from "node:crypto";
import type { SplitName } from "../trainingDataProtocol";
import type { IndexedItem } from "./duplicates";
import { forEachInTurns } from "./turns";

/** How to split. */
export interface SplitOptions {
  /** Shares of the whole, from 0; together less than 1. */
  readonly devShare: number;
  readonly testShare: number;
  readonly seed: number;
}

/** Items of each part, in the order of the file. */
export type Parts<T> = Readonly<Record<SplitName, readonly T[]>>;

/**
 * Splits within each label by the hash of seed and content: the lowest hashes are dev, the highest test. Items of the same content stay
 * together, as one item of the first's label.
 *
 * - The order of the items, and the other labels' items, change nothing.
 * - Of n different items of a label, dev and test get their share of n to within one, and train at least one. Which way a share is rounded
 *   depends on seed and label, so that data with many small classes get as large a dev as asked for.
 * - One item more moves at most one other across each border: exact shares and parts that no item ever leaves exclude each other.
 */
export async function splitItems<T extends IndexedItem>(
  items: readonly T[],
  options: SplitOptions,
  signal?: AbortSignal,
): Promise<Parts<T>> {
  const order = seededOrder(`split:${options.seed}`);
  const labelOf = await firstLabels(items, signal);
  const places = new Map<number, number[]>();
  await forEachInTurns(labelOf, ([key, label]) => append(places, label, order(key)), signal);
  const borders = new Map(
    Array.from(places, ([label, unsorted]) => {
      const sorted = Float64Array.from(unsorted).sort();
      return [label, bordersOf(sorted, partSizes(sorted.length, label, options))] as const;
    }),
  );
  const parts: Record<SplitName, T[]> = { train: [], dev: [], test: [] };
  const assign = (item: T) => {
    const border = borders.get(labelOf.get(item.key) ?? item.label);
    const place = order(item.key);
    parts[border && place < border.dev ? "dev" : border && place >= border.test ? "test" : "train"].push(item);
  };
  await forEachInTurns(items, assign, signal);
  return parts;
}

/** The first items of every label by the hash of seed and content, `limit` in all and as evenly as there are; in their own order. */
export async function limitItems<T extends IndexedItem>(
  items: readonly T[],
  limit: number,
  seed: number,
  signal?: AbortSignal,
): Promise<readonly T[]> {
  if (items.length <= limit) return items;
  const order = seededOrder(`limit:${seed}`);
  const byLabel = new Map<number, number[]>();
  await forEachInTurns(items, ({ label, key }) => append(byLabel, label, order(key)), signal);
  const groups = [...byLabel].sort(([one], [other]) => one - other);
  const quotas = evenQuotas(
    groups.map(([, places]) => places.length),
    limit,
  );
  const allowed = new Map(groups.map(([label, places], i) => [label, allowance(places, quotas[i] ?? 0)]));
  const chosen: T[] = [];
  const choose = (item: T) => {
    const allowance = allowed.get(item.label);
    const place = order(item.key);
    const isLast = place === allowance?.border && allowance.atBorder-- > 0;
    if (allowance && (place < allowance.border || isLast)) chosen.push(item);
  };
  await forEachInTurns(items, choose, signal);
  return chosen;
}

/** Items before `border` are taken, and `atBorder` of those at it: the same item may stand several times. */
function allowance(places: readonly number[], quota: number): { readonly border: number; atBorder: number } {
  const sorted = Float64Array.from(places).sort();
  const border = sorted[quota - 1] ?? -1;
  return { border, atBorder: quota - Math.max(0, sorted.indexOf(border)) };
}

/**
 * How many to take of groups of these sizes, `limit` in all: the same of each, and all of those that have not as many. What is left over goes
 * to the first. A larger limit takes no less of any.
 */
export function evenQuotas(sizes: readonly number[], limit: number): readonly number[] {
  let level = 0;
  let left = limit;
  for (;;) {
    const open = sizes.filter((size) => size > level);
    const step = Math.min(Math.floor(left / open.length), Math.min(...open) - level);
    if (open.length === 0 || step === 0) break;
    level += step;
    left -= step * open.length;
  }
  return sizes.map((size) => (size > level && left-- > 0 ? level + 1 : Math.min(size, level)));
}

/** The label of each content: that of its first item. */
async function firstLabels(items: readonly IndexedItem[], signal?: AbortSignal): Promise<ReadonlyMap<number, number>> {
  const first = new Map<number, number>();
  await forEachInTurns(items, ({ key, label }) => first.has(key) || first.set(key, label), signal);
  return first;
}

interface PartSizes {
  readonly dev: number;
  readonly test: number;
}

/** How many of `count` contents of a label go into dev and test. */
function partSizes(count: number, label: number, { devShare, testShare, seed }: SplitOptions): PartSizes {
  const share = { dev: count * devShare, test: count * testShare };
  const size = {
    dev: Math.floor(share.dev + uniform(`round:dev:${seed}:${label}`)),
    test: Math.floor(share.test + uniform(`round:test:${seed}:${label}`)),
  };
  while (size.dev + size.test >= count) {
    // What was rounded up the furthest is rounded down.
    size[size.dev - share.dev > size.test - share.test ? "dev" : "test"]--;
  }
  return size;
}

/** Dev is what comes before `dev`, test what comes from `test` on. */
function bordersOf(orders: Float64Array, { dev, test }: PartSizes): PartSizes {
  return {
    dev: orders[dev] ?? Number.POSITIVE_INFINITY,
    test: orders[orders.length - test] ?? Number.POSITIVE_INFINITY,
  };
}

/** A number in [0, 1) that depends on `name` alone. */
function uniform(name: string): number {
  return Number.parseInt(hash("sha256", name, "hex").slice(0, 12), 16) / 2 ** 48;
}

/**
 * Puts keys, which are 52 bits of a hash, into an order that depends on `name`: a Feistel network of two rounds, which gives different keys
 * different places. Much faster than to hash each of them again.
 */
function seededOrder(name: string): (key: number) => number {
  const digest = hash("sha256", name, "hex");
  const [one, two] = [Number.parseInt(digest.slice(0, 8), 16), Number.parseInt(digest.slice(8, 16), 16)];
  return (key) => {
    const high = Math.floor(key / 2 ** 20);
    const low = key % 2 ** 20;
    const newLow = (low ^ mix(high ^ one)) & 0xfffff;
    const newHigh = (high ^ mix(newLow ^ two)) >>> 0;
    return newHigh * 2 ** 20 + newLow;
  };
}

/** The finaliser of MurmurHash3 (Austin Appleby, public domain). */
function mix(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

function append(groups: Map<number, number[]>, group: number, value: number): void {
  const values = groups.get(group);
  if (values) values.push(value);
  else groups.set(group, [value]);
}
