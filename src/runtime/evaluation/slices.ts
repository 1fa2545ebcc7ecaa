/** Where the errors are: how often an arm is wrong on short and long items, on each label, and on items with a certain word. */
import { wordsOf } from "./bagOfWords";
import { checkCount, checkCounts } from "./checkInputs";
import { binOf, equalMassEdges } from "./quantile";

/** A test item and whether the arm got it right. */
export interface SliceItem {
  readonly text: string;
  readonly label: string;
  readonly correct: boolean;
}

/** An interval of a rate, for `successes` of `trials`, of which there is at least one: Wilson's, as a rule (`wilsonInterval`). */
export type RateInterval = (successes: number, trials: number) => readonly [low: number, high: number];

/** What the items of a slice have in common. */
export type SliceKey =
  /** `shortest` to `longest` words, both included. */
  | { readonly kind: "length"; readonly shortest: number; readonly longest: number }
  | { readonly kind: "label"; readonly label: string }
  /** In lower case. */
  | { readonly kind: "word"; readonly word: string };

/** Some of the items. */
export interface ErrorSlice {
  readonly key: SliceKey;
  /** Numbers of its items, from 0. */
  readonly items: readonly number[];
  readonly errors: number;
  /** Share of its items that are wrong, 0 … 1. */
  readonly errorRate: number;
  /** Of `errorRate`. */
  readonly interval: readonly [low: number, high: number];
  /** Share of all other items that are wrong; null where there are none. */
  readonly otherErrorRate: number | null;
}

/** How to slice. */
export interface SliceOptions {
  /** Slices by length, at most. Default 4. */
  readonly lengths?: number;
  /** Items that a word must be in for a slice. Default 5. */
  readonly minimumItems?: number;
  /** Slices by word, at most. Default 20. */
  readonly words?: number;
}

/** All slices. */
export interface ErrorSlices {
  /** From the shortest. */
  readonly lengths: readonly ErrorSlice[];
  /** In alphabetic order. */
  readonly labels: readonly ErrorSlice[];
  /**
   * The worst first: those that are wrong most often even by the lower bound of the interval, so that a word of few items does not lead by luck.
   * They are found by looking at many words, and some look bad by chance: something to look into, not a result.
   */
  readonly words: readonly ErrorSlice[];
}

/** Slices the items in every way. Throws `invalidRequest` without items and for options that are not whole numbers from 1. */
export function errorSlices(
  items: readonly SliceItem[],
  interval: RateInterval,
  options: SliceOptions = {},
): ErrorSlices {
  const { lengths = 4, minimumItems = 5, words = 20 } = options;
  checkCount("minimumItems", minimumItems);
  checkCount("words", words);
  const worst = wordSlices(items, interval).filter((slice) => slice.items.length >= minimumItems);
  return {
    lengths: lengthSlices(items, interval, lengths),
    labels: labelSlices(items, interval),
    words: worst.slice(0, words),
  };
}

/**
 * Slices of about as many items each by their number of words (`wordsOf`), at most `count`; items of one length stay together. Throws
 * `invalidRequest` as `errorSlices` does.
 */
export function lengthSlices(items: readonly SliceItem[], interval: RateInterval, count: number): ErrorSlice[] {
  checkCounts(items.length, items.length);
  checkCount("lengths", count);
  const lengths = items.map(({ text }) => wordsOf(text).length);
  const edges = equalMassEdges(lengths, count);
  const groups = groupBy(items, (_, i) => [binOf(lengths[i] ?? 0, edges)]);
  const slices = Array.from(groups.values(), (members) => {
    const own = members.map((i) => lengths[i] ?? 0).sort((a, b) => a - b);
    return { key: { kind: "length", shortest: own[0] ?? 0, longest: own.at(-1) ?? 0 } as const, members };
  });
  return slices
    .sort((a, b) => a.key.shortest - b.key.shortest)
    .map(({ key, members }) => sliceOf(key, members, items, interval));
}

/** A slice for every label, in alphabetic order. Throws `invalidRequest` without items. */
export function labelSlices(items: readonly SliceItem[], interval: RateInterval): ErrorSlice[] {
  checkCounts(items.length, items.length);
  const groups = Array.from(groupBy(items, ({ label }) => [label])).sort(byName);
  return groups.map(([label, members]) => sliceOf({ kind: "label", label }, members, items, interval));
}

/** A slice for every word, the worst first: see `ErrorSlices.words`. An item counts once however often it has the word. */
export function wordSlices(items: readonly SliceItem[], interval: RateInterval): ErrorSlice[] {
  checkCounts(items.length, items.length);
  const groups = Array.from(groupBy(items, ({ text }) => new Set(wordsOf(text)))).sort(byName);
  const slices = groups.map(([word, members]) => sliceOf({ kind: "word", word }, members, items, interval));
  return slices.sort((a, b) => b.interval[0] - a.interval[0] || b.items.length - a.items.length);
}

function sliceOf(
  key: SliceKey,
  members: readonly number[],
  items: readonly SliceItem[],
  interval: RateInterval,
): ErrorSlice {
  const errors = members.filter((i) => items[i]?.correct === false).length;
  const others = items.length - members.length;
  const otherErrors = items.filter(({ correct }) => !correct).length - errors;
  return {
    ...{ key, items: members, errors },
    errorRate: errors / members.length,
    interval: interval(errors, members.length),
    otherErrorRate: others === 0 ? null : otherErrors / others,
  };
}

/** The items of every key, by their numbers. */
function groupBy<K>(
  items: readonly SliceItem[],
  keysOf: (item: SliceItem, place: number) => Iterable<K>,
): Map<K, number[]> {
  const groups = new Map<K, number[]>();
  for (const [place, item] of items.entries()) {
    for (const key of keysOf(item, place)) {
      const members = groups.get(key);
      if (members) members.push(place);
      else groups.set(key, [place]);
    }
  }
  return groups;
}

/** The same order in every language, as reports are compared. */
function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
