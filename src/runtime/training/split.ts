/** Splits labelled data into train, dev and test by what its items say, not by where they stand. */
import { hash } from "node:crypto";
import type { SplitName } from "../trainingDataProtocol";
import type { IndexedItem } from "./duplicates";

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
export function splitItems<T extends IndexedItem>(items: readonly T[], options: SplitOptions): Parts<T> {
  const partOf = new Map<string, SplitName>();
  for (const [label, keys] of keysByLabel(items)) assignLabel(partOf, label, keys, options);
  const part = (name: SplitName) => items.filter(({ key }) => (partOf.get(key) ?? "train") === name);
  return { train: part("train"), dev: part("dev"), test: part("test") };
}

/** The first items of every label by the hash of seed and content, `limit` in all and as evenly as there are; in their own order. */
export function limitItems<T extends IndexedItem>(items: readonly T[], limit: number, seed: number): readonly T[] {
  if (items.length <= limit) return items;
  const byLabel = groupBy(items, ({ label }) => label);
  const labels = [...byLabel.keys()].sort((a, b) => a - b);
  const quotas = evenQuotas(
    labels.map((label) => byLabel.get(label)?.length ?? 0),
    limit,
  );
  const chosen = new Set<T>();
  labels.forEach((label, i) => {
    const drawn = inHashOrder(byLabel.get(label) ?? [], ({ key, line }) => `${key}:${line}`, `limit:${seed}`);
    for (const item of drawn.slice(0, quotas[i])) chosen.add(item);
  });
  return items.filter((item) => chosen.has(item));
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

/** The different contents of each label; one with several labels counts for that of its first item. */
function keysByLabel(items: readonly IndexedItem[]): Map<number, string[]> {
  const first = new Map<string, number>();
  for (const { key, label } of items) if (!first.has(key)) first.set(key, label);
  const byLabel = groupBy([...first], ([, label]) => label);
  return new Map(Array.from(byLabel, ([label, entries]) => [label, entries.map(([key]) => key)]));
}

function assignLabel(
  partOf: Map<string, SplitName>,
  label: number,
  keys: readonly string[],
  { devShare, testShare, seed }: SplitOptions,
): void {
  const rounding = (part: string) => uniform(`round:${part}:${seed}:${label}`);
  const wanted = { dev: keys.length * devShare, test: keys.length * testShare };
  const count = {
    dev: Math.floor(wanted.dev + rounding("dev")),
    test: Math.floor(wanted.test + rounding("test")),
  };
  while (count.dev + count.test >= keys.length) {
    // What was rounded up the furthest is rounded down.
    count[count.dev - wanted.dev > count.test - wanted.test ? "dev" : "test"]--;
  }
  inHashOrder(keys, (key) => key, `split:${seed}`).forEach((key, rank) => {
    if (rank < count.dev) partOf.set(key, "dev");
    else if (rank >= keys.length - count.test) partOf.set(key, "test");
  });
}

function inHashOrder<T>(items: readonly T[], name: (item: T) => string, purpose: string): readonly T[] {
  const hashed = items.map((item) => ({ item, digest: hash("sha256", `${purpose}:${name(item)}`, "base64url") }));
  // Not localeCompare, which depends on the machine.
  hashed.sort((a, b) => (a.digest < b.digest ? -1 : 1));
  return hashed.map(({ item }) => item);
}

/** A number in [0, 1) that depends on `name` alone. */
function uniform(name: string): number {
  return Number.parseInt(hash("sha256", name, "hex").slice(0, 12), 16) / 2 ** 48;
}

function groupBy<T, K>(items: readonly T[], by: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(by(item));
    if (group) group.push(item);
    else groups.set(by(item), [item]);
  }
  return groups;
}
