/**
 * Intervals of any metric of several arms on the same test items, over other items and other seeds at once. Items are drawn again, the same ones
 * for every arm, so that differences are paired; what seeds add is drawn by its variance, as three or five seeds are too few to draw from.
 */
import * as l10n from "@vscode/l10n";
import { CancelledError, invalidRequest } from "../errors";
import { pacer } from "../pacer";
import { longRandom, type Random } from "../random";
import { bootstrapPValue, quantile } from "./bootstrap";
import { addSeedEffects, type SeedEvidence, seedEvidence, seedVariance } from "./seedEffects";
import { checkShare, type Interval } from "./significance";
import { average, meansOfItems, variance } from "./spread";

/** A number that is computed from sums over items: a mean, and all that confusion matrices, bins and counts of n-grams give. */
export interface ItemStatistic {
  /** Numbers that are summed. */
  readonly width: number;
  /** Adds what an item has of them, so many times, to `sums` [width]. */
  readonly add: (sums: Float64Array, item: number, times: number) => void;
  /** Where every item adds one number to one sum: to which [items], and how much [items]. Says the same as `add`, and is faster. */
  readonly cells?: { readonly places: Int32Array; readonly amounts: Float64Array };
  /** The number, from the sums over so many items. */
  readonly value: (sums: Float64Array, items: number) => number;
  /** Of every item, where the number is their mean. */
  readonly scores?: readonly number[];
  /** Where the number lies for any items and seeds. */
  readonly range?: Interval;
}

/** The first `count` of each: items that were drawn, ascending, and how often. */
interface DrawnItems {
  readonly items: Int32Array;
  readonly times: Float64Array;
  readonly count: number;
}

/** The mean of the items' scores, which lies in `range`. */
export function meanStatistic(scores: readonly number[], range?: Interval): ItemStatistic {
  return {
    ...(range && { range }),
    width: 1,
    add: (sums, item, times) => {
      sums[0] = (sums[0] ?? 0) + times * (scores[item] ?? Number.NaN);
    },
    value: (sums, items) => (sums[0] ?? 0) / items,
    scores,
  };
}

/** How to draw. */
export interface JointOptions {
  /** Resamples drawn. */
  readonly resamples: number;
  /** Seed of the draws. */
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** What the draws gave for one arm. */
export interface DrawnArm {
  /** Of each seed, on all items. */
  readonly seedValues: readonly number[];
  /** Their mean. */
  readonly estimate: number;
  /** [seed][item], see `itemScores`. */
  readonly itemScores: readonly (readonly number[])[];
  /** The mean over the seeds on each resample of the items, in the order of the draws. */
  readonly drawn: Float64Array;
  /** Where its value lies, whatever the items and seeds. */
  readonly range: Interval;
  /** Tells the arm from the others drawn with it: their seeds have nothing to do with each other. */
  readonly number: number;
}

/** An estimate and what it is known to. */
export interface JointResult {
  readonly estimate: number;
  /** Percentile interval over other items and other seeds. */
  readonly interval: Interval;
  /** Of `estimate`, over both. */
  readonly standardError: number;
  /** Two-sided p-value of its being 0, by the same draws; never under 2 / (resamples + 1). Means something for differences only. */
  readonly pValue: number;
}

/**
 * Draws items again, for all arms at once; `arms[arm][seed]` is a statistic of one of its runs. Two items at least. Throws `invalidRequest`,
 * also where a statistic is no number on some resample; `CancelledError`.
 */
export async function drawArms(
  items: number,
  arms: readonly (readonly ItemStatistic[])[],
  { resamples, seed, signal }: JointOptions,
): Promise<DrawnArm[]> {
  if (items < 2) throw invalidRequest(l10n.t("a spread takes two values at least"));
  const drawn = arms.map(() => new Float64Array(resamples));
  const evaluate = evaluator(items, arms);
  const values = new Float64Array(arms.length);
  const draw = itemDrawer(items, longRandom(seed));
  const pace = pacer();
  for (let r = 0; r < resamples; r++) {
    evaluate(draw(), values);
    for (let arm = 0; arm < drawn.length; arm++) (drawn[arm] ?? values)[r] = values[arm] ?? Number.NaN;
    await pace();
    if (signal?.aborted) throw new CancelledError("cancelled while drawing items");
  }
  const all: DrawnArm[] = [];
  for (const [number, seeds] of arms.entries()) {
    all.push(drawnArm(seeds, items, drawn[number] ?? values, number));
    await pace();
  }
  return all;
}

/** The interval of one arm at `level`, between 0 and 1. `seed`: of the draws. Throws `invalidRequest`. */
export function armInterval(arm: DrawnArm, level: number, seed: number): JointResult {
  return jointResult({ ...arm, evidence: [seedEvidence(arm.itemScores)] }, withSeeds(arm, seed), level);
}

/**
 * first − second, with its interval at `level`. `pairSeeds`: seed j is the same thing in both (the same demonstrations, say), so that their
 * difference is taken seed by seed; takes as many seeds of both. Otherwise the arms' seeds have nothing to do with each other. Throws
 * `invalidRequest`.
 */
export function armDifference(
  first: DrawnArm,
  second: DrawnArm,
  options: { readonly level: number; readonly seed: number; readonly pairSeeds: boolean },
): JointResult {
  const { level, seed, pairSeeds } = options;
  const estimate = first.estimate - second.estimate;
  const drawn = minus(first.drawn, second.drawn);
  if (!pairSeeds) {
    const all = minus(withSeeds(first, seed), withSeeds(second, seed));
    const evidence = [seedEvidence(first.itemScores), seedEvidence(second.itemScores)];
    return jointResult({ estimate, drawn, evidence }, all, level);
  }
  const evidence = seedEvidence(difference(first.itemScores, second.itemScores));
  const all = drawn.slice();
  addSeedEffects(all, evidence, longRandom(seed ^ seedStream));
  const [[low, high], [otherLow, otherHigh]] = [first.range, second.range];
  clamp(all, [low - otherHigh, high - otherLow]);
  return jointResult({ estimate, drawn, evidence: [evidence] }, all, level);
}

/** What was drawn, with what other seeds would add. */
function withSeeds(arm: DrawnArm, seed: number): Float64Array {
  const all = arm.drawn.slice();
  addSeedEffects(all, seedEvidence(arm.itemScores), longRandom((seed ^ seedStream) + arm.number + 1));
  clamp(all, arm.range);
  return all;
}

/** No mean lies beyond what single values can. */
function clamp(values: Float64Array, [low, high]: Interval): void {
  for (let i = 0; i < values.length; i++) values[i] = Math.min(high, Math.max(low, values[i] ?? Number.NaN));
}

function minus(first: Float64Array, second: Float64Array): Float64Array {
  return first.map((value, r) => value - (second[r] ?? Number.NaN));
}

/**
 * What each item adds to a statistic: its jackknife pseudo-values n·θ − (n − 1)·θ₍₋ᵢ₎ (Tukey 1958; Efron and Tibshirani 1993, §11.5), moved
 * so that their mean is θ. Of a mean they are the scores. With them what is known of means' spread holds for any smooth statistic.
 */
export function itemScores(statistic: ItemStatistic, items: number): readonly number[] {
  if (statistic.scores) return statistic.scores;
  const sums = sumOf(statistic, items);
  const whole = statistic.value(sums, items);
  const pseudo = Array.from({ length: items }, (_, item) => {
    const rest = sums.slice();
    statistic.add(rest, item, -1);
    return items * whole - (items - 1) * statistic.value(rest, items - 1);
  });
  const shift = whole - average(pseudo);
  return pseudo.map((value) => value + shift);
}

/** The statistic on all items, each once. */
export function statisticValue(statistic: ItemStatistic, items: number): number {
  return statistic.value(sumOf(statistic, items), items);
}

/** The statistic on some of the items. */
export function statisticOn(statistic: ItemStatistic, items: readonly number[]): number {
  const sums = new Float64Array(statistic.width);
  for (const item of items) statistic.add(sums, item, 1);
  return statistic.value(sums, items.length);
}

function sumOf(statistic: ItemStatistic, items: number): Float64Array {
  const sums = new Float64Array(statistic.width);
  for (let item = 0; item < items; item++) statistic.add(sums, item, 1);
  return sums;
}

/** Writes each arm's mean over its seeds on the drawn items to `values` [arms]. */
type Evaluate = (drawn: DrawnItems, values: Float64Array) => void;

function evaluator(items: number, arms: readonly (readonly ItemStatistic[])[]): Evaluate {
  const merged = arms.map((seeds) => mergedMeans(seeds, items));
  const flat = merged.flat();
  const sums = flat.map(({ width }) => new Float64Array(width));
  const sumCells = cellSums(items, flat, sums);
  const added = flat.flatMap((of, i) => (of.cells ? [] : [{ of, into: sums[i] ?? new Float64Array(of.width) }]));
  return (drawn, values) => {
    sumCells(drawn);
    for (const { of, into } of added) addAll(of, drawn, into);
    let at = 0;
    for (const [arm, seeds] of merged.entries()) {
      let total = 0;
      for (const { value } of seeds) total += value(sums[at++] ?? new Float64Array(0), items);
      values[arm] = total / seeds.length;
    }
  };
}

/** The mean of the seeds' means is one mean, of the items' means. */
function mergedMeans(seeds: readonly ItemStatistic[], items: number): readonly ItemStatistic[] {
  const scores = seeds.flatMap(({ scores: of }) => (of ? [of] : []));
  if (scores.length < seeds.length) return seeds;
  const means = meanStatistic(meansOfItems(scores));
  return [{ ...means, cells: { places: new Int32Array(items), amounts: Float64Array.from(means.scores ?? []) } }];
}

function addAll({ add }: ItemStatistic, { items, times, count }: DrawnItems, sums: Float64Array): void {
  sums.fill(0);
  for (let i = 0; i < count; i++) add(sums, items[i] ?? 0, times[i] ?? 0);
}

/**
 * Sums all statistics with cells over drawn items, item by item: what one item adds goes to places that have nothing to do with each other,
 * which processors do at once, and lies together in memory [items, statistics].
 */
function cellSums(items: number, statistics: readonly ItemStatistic[], sums: readonly Float64Array[]) {
  const columns = statistics.flatMap(({ cells, width }, i) => (cells ? [{ cells, width, into: sums[i] }] : []));
  const places = new Int32Array(items * columns.length);
  const amounts = new Float64Array(items * columns.length);
  let width = 0;
  for (const [k, { cells, width: own }] of columns.entries()) {
    for (let item = 0; item < items; item++) {
      places[item * columns.length + k] = width + (cells.places[item] ?? 0);
      amounts[item * columns.length + k] = cells.amounts[item] ?? Number.NaN;
    }
    width += own;
  }
  const all = new Float64Array(width);
  return (drawn: DrawnItems) => {
    all.fill(0);
    addCells(all, drawn, { places, amounts, width: columns.length });
    let start = 0;
    for (const { width: own, into } of columns) {
      into?.set(all.subarray(start, start + own));
      start += own;
    }
  };
}

function addCells(
  all: Float64Array,
  { items, times, count }: DrawnItems,
  { places, amounts, width }: { readonly places: Int32Array; readonly amounts: Float64Array; readonly width: number },
): void {
  for (let i = 0; i < count; i++) {
    const start = (items[i] ?? 0) * width;
    const weight = times[i] ?? 0;
    for (let at = start; at < start + width; at++) {
      const place = places[at] ?? 0;
      all[place] = (all[place] ?? 0) + weight * (amounts[at] ?? 0);
    }
  }
}

/** Draws as many items as there are, with replacement. Every draw is the same object, filled anew. */
function itemDrawer(count: number, random: Random): () => DrawnItems {
  const weights = new Int32Array(count);
  const drawn = { items: new Int32Array(count), times: new Float64Array(count), count: 0 };
  return () => {
    weights.fill(0);
    for (let i = 0; i < count; i++) {
      const item = Math.floor(random() * count);
      weights[item] = (weights[item] ?? 0) + 1;
    }
    drawn.count = 0;
    for (let item = 0; item < count; item++) {
      const times = weights[item] ?? 0;
      if (times === 0) continue;
      drawn.items[drawn.count] = item;
      drawn.times[drawn.count++] = times;
    }
    return drawn;
  };
}

function drawnArm(seeds: readonly ItemStatistic[], items: number, drawn: Float64Array, number: number): DrawnArm {
  if (!drawn.every(Number.isFinite)) {
    throw invalidRequest(l10n.t("the number to compare is not defined for every resample of the items"));
  }
  const seedValues = seeds.map((statistic) => statisticValue(statistic, items));
  const ofItems = seeds.map((statistic) => itemScores(statistic, items));
  const range = seeds[0]?.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return { seedValues, estimate: average(seedValues), itemScores: ofItems, drawn, range, number };
}

function difference(
  first: readonly (readonly number[])[],
  second: readonly (readonly number[])[],
): readonly (readonly number[])[] {
  if (first.length !== second.length) {
    throw invalidRequest(l10n.t("{0} seeds cannot be paired with {1}", first.length, second.length));
  }
  return first.map((of, seed) => of.map((score, item) => score - (second[seed]?.[item] ?? Number.NaN)));
}

/** `all`: the draws of items and seeds, which are sorted. */
function jointResult(
  {
    estimate,
    drawn,
    evidence,
  }: Pick<DrawnArm, "estimate" | "drawn"> & { readonly evidence: readonly (SeedEvidence | null)[] },
  all: Float64Array,
  level: number,
): JointResult {
  checkShare("level", level);
  all.sort();
  const ofSeeds = evidence.reduce((sum, of) => sum + (of ? seedVariance(of) : 0), 0);
  return {
    estimate,
    interval: [quantile(all, (1 - level) / 2), quantile(all, (1 + level) / 2)],
    standardError: Math.sqrt(variance(drawn) + ofSeeds),
    pValue: bootstrapPValue(all),
  };
}

/** Makes the stream of seeds' draws another one than that of items. */
const seedStream = 0x5eed5eed;
