/**
 * Intervals of any metric of several arms on the same test items, over other items and other seeds at once. Items are drawn again, the same ones
 * for every arm, so that differences are paired; what seeds add is drawn by its variance, as three or five seeds are too few to draw from.
 */
import * as l10n from "@vscode/l10n";
import { CancelledError, invalidRequest } from "../errors";
import { pacer } from "../pacer";
import { longRandom, type Random } from "../random";
import { bootstrapPValue, quantile } from "./bootstrap";
import { checkShare, type Interval } from "./significance";
import { average, meansOfItems, residualVariance, variance } from "./spread";

/** A number that is computed from sums over items: a mean, and all that confusion matrices, bins and counts of n-grams give. */
export interface ItemStatistic {
  /** Numbers that are summed. */
  readonly width: number;
  /** Adds what an item has of them, so many times, to `sums` [width]. */
  readonly add: (sums: Float64Array, item: number, times: number) => void;
  /** Adds what every item has, so many times each as its weight says: `add` for all of them, where a loop of its own is faster. */
  readonly addAll?: (sums: Float64Array, weights: Float64Array) => void;
  /** The number, from the sums over so many items. */
  readonly value: (sums: Float64Array, items: number) => number;
  /** Of every item, where the number is their mean. */
  readonly scores?: readonly number[];
}

/** The mean of the items' scores. */
export function meanStatistic(scores: readonly number[]): ItemStatistic {
  return {
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
  const values = arms.map(meanOverSeeds);
  const weights = new Float64Array(items);
  const random = longRandom(seed);
  const pace = pacer();
  for (let r = 0; r < resamples; r++) {
    drawWeights(weights, random);
    for (const [arm, value] of values.entries()) drawn[arm]?.fill(value(weights), r, r + 1);
    await pace();
    if (signal?.aborted) throw new CancelledError("cancelled while drawing items");
  }
  return arms.map((seeds, arm) => drawnArm(seeds, items, drawn[arm] ?? new Float64Array(0)));
}

/** The interval of one arm at `level`, between 0 and 1. Throws `invalidRequest`. */
export function armInterval(arm: DrawnArm, level: number, seed: number): JointResult {
  const parts = [seedPart(arm.itemScores)];
  return jointResult(arm.estimate, arm.drawn, parts, level, seed);
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
  const drawn = first.drawn.map((value, r) => value - (second.drawn[r] ?? Number.NaN));
  const parts = pairSeeds
    ? [seedPart(difference(first.itemScores, second.itemScores))]
    : [seedPart(first.itemScores), seedPart(second.itemScores)];
  return jointResult(first.estimate - second.estimate, drawn, parts, level, seed);
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

/** The mean of the seeds' statistics on weighted items. Means of means are taken item by item once and for all. */
function meanOverSeeds(seeds: readonly ItemStatistic[]): (weights: Float64Array) => number {
  const scores = seeds.map((statistic) => statistic.scores).filter((of) => of !== undefined);
  if (scores.length === seeds.length) {
    const means = Float64Array.from(meansOfItems(scores));
    return (weights) => dot(weights, means) / weights.length;
  }
  const sums = seeds.map(({ width }) => new Float64Array(width));
  return (weights) => average(seeds.map((of, seed) => weighted(of, weights, sums[seed] ?? new Float64Array(0))));
}

function dot(weights: Float64Array, values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += (weights[i] ?? 0) * (values[i] ?? Number.NaN);
  return sum;
}

function weighted({ add, addAll, value }: ItemStatistic, weights: Float64Array, sums: Float64Array): number {
  sums.fill(0);
  if (addAll) addAll(sums, weights);
  else for (let item = 0; item < weights.length; item++) add(sums, item, weights[item] ?? 0);
  return value(sums, weights.length);
}

/** How often each item is drawn, in as many draws with replacement as there are items. */
function drawWeights(weights: Float64Array, random: Random): void {
  weights.fill(0);
  for (let i = 0; i < weights.length; i++) {
    const drawn = Math.floor(random() * weights.length);
    weights[drawn] = (weights[drawn] ?? 0) + 1;
  }
}

function drawnArm(seeds: readonly ItemStatistic[], items: number, drawn: Float64Array): DrawnArm {
  if (!drawn.every(Number.isFinite)) {
    throw invalidRequest(l10n.t("the number to compare is not defined for every resample of the items"));
  }
  const seedValues = seeds.map((statistic) => statisticValue(statistic, items));
  const ofItems = seeds.map((statistic) => itemScores(statistic, items));
  return { seedValues, estimate: average(seedValues), itemScores: ofItems, drawn };
}

/** What seeds add to the variance of a mean over them. */
interface SeedPart {
  readonly seeds: number;
  /** Variance between the seeds' means. */
  readonly between: number;
  /** How much of it is left over from single items, which drawing items again brings with it: see `seedSpread`. */
  readonly leftOver: number;
}

function seedPart(scores: readonly (readonly number[])[]): SeedPart {
  const [first] = scores;
  if (scores.length < 2 || !first) return { seeds: 1, between: 0, leftOver: 0 };
  return {
    seeds: scores.length,
    between: variance(scores.map(average)),
    leftOver: residualVariance(scores) / first.length,
  };
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

function jointResult(
  estimate: number,
  drawn: Float64Array,
  parts: readonly SeedPart[],
  level: number,
  seed: number,
): JointResult {
  checkShare("level", level);
  const random = longRandom(seed ^ seedStream);
  const all = drawn.slice();
  for (const part of parts) addSeeds(all, part, random);
  all.sort();
  const ofSeeds = parts.reduce((sum, { seeds, between, leftOver }) => sum + Math.max(0, between - leftOver) / seeds, 0);
  return {
    estimate,
    interval: [quantile(all, (1 - level) / 2), quantile(all, (1 + level) / 2)],
    standardError: Math.sqrt(variance([...drawn]) + ofSeeds),
    pValue: bootstrapPValue(all),
  };
}

/** Makes the stream of seeds' draws another one than that of items. */
const seedStream = 0x5eed5eed;

/**
 * Adds to every resample what other seeds would: a normal draw whose variance is itself drawn, from what the seeds tell of it:
 * (S − 1) s² / χ² of S − 1 degrees of freedom, less what is left over, and at least 0 (a generalised pivot: Weerahandi 1993). Where items
 * leave nothing over it is Student's t with S − 1 degrees of freedom.
 */
function addSeeds(drawn: Float64Array, { seeds, between, leftOver }: SeedPart, random: Random): void {
  if (between <= 0) return;
  const freedom = seeds - 1;
  for (let r = 0; r < drawn.length; r++) {
    let chi = 0;
    for (let i = 0; i < freedom; i++) chi += normal(random) ** 2;
    const ofSeeds = Math.max(0, (freedom * between) / chi - leftOver) / seeds;
    drawn[r] = (drawn[r] ?? 0) + normal(random) * Math.sqrt(ofSeeds);
  }
}

/** Box and Muller 1958. */
function normal(random: Random): number {
  // 1 − x is never 0, whose logarithm would be infinite.
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
