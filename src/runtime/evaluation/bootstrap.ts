/** The bootstrap: how much a number would change with other test items, found by drawing the items again (Efron and Tibshirani 1993). */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { longRandom, type Random } from "../random";
import { normalProbability, normalQuantile } from "./distributions";
import { checkPaired, checkShare, defaultLevel, type Interval } from "./significance";

/** `percentile`: Efron 1979. `bca`: bias-corrected and accelerated, Efron 1987; takes one more evaluation for every item. */
export type BootstrapMethod = "percentile" | "bca";

/** How to draw again, and what to make of it. */
export interface BootstrapOptions {
  /** Resamples drawn. Default 10,000. */
  readonly resamples?: number;
  /** Seed of the draws. Default 0. */
  readonly seed?: number;
  /** How sure the interval is, between 0 and 1. Default 0.95. */
  readonly level?: number;
  /** Default `bca`. */
  readonly method?: BootstrapMethod;
}

/** A number, and where it may be. */
export interface BootstrapResult {
  /** The number on the items themselves. */
  readonly estimate: number;
  readonly interval: Interval;
  /** Standard deviation over the resamples. */
  readonly standardError: number;
  /**
   * Two-sided p-value of the number being 0: twice the smaller share of the resamples on either side of 0, each with one added
   * (Davison and Hinkley 1997, eq. 4.11). Never under 2 / (resamples + 1). Means something for differences only.
   */
  readonly pValue: number;
  readonly level: number;
  readonly method: BootstrapMethod;
  readonly resamples: number;
  readonly seed: number;
}

/** A number computed from items, which are given by their indices, some of them several times. Must be finite for every resample. */
export type Statistic = (items: Int32Array) => number;

const defaults = { resamples: 10_000, seed: 0, level: defaultLevel, method: "bca" } as const;

/**
 * Bootstrap of any number over `count` items. For a paired difference (of macro-F1, say) the statistic computes both arms' from the same
 * indices. Throws `invalidRequest` without items, for options out of range and where the statistic is no number on some resample.
 */
export function bootstrap(count: number, statistic: Statistic, options: BootstrapOptions = {}): BootstrapResult {
  const { resamples, seed, level, method } = { ...defaults, ...options };
  checkPaired(count, count);
  checkShare("level", level);
  if (!(resamples >= 1)) throw invalidRequest(l10n.t('"{0}" is {1}; it must be 1 or more', "resamples", resamples));
  const estimate = statistic(Int32Array.from({ length: count }, (_, i) => i));
  const drawn = replicates(count, statistic, resamples, longRandom(seed));
  const shares = method === "bca" ? bcaShares(drawn, estimate, jackknife(count, statistic), level) : tails(level);
  const interval: Interval = [quantile(drawn, shares[0]), quantile(drawn, shares[1])];
  return {
    ...{ estimate, interval, standardError: deviation(drawn), pValue: bootstrapPValue(drawn) },
    ...{ level, method, resamples, seed },
  };
}

/**
 * Paired bootstrap of mean(first) − mean(second), where both arms have one score for every item, in the same order: 0 and 1 for
 * accuracies, any unit otherwise. Throws `invalidRequest` for unequal lengths.
 */
export function pairedBootstrap(
  first: readonly number[],
  second: readonly number[],
  options: BootstrapOptions = {},
): BootstrapResult {
  checkPaired(first.length, second.length);
  const differences = Float64Array.from(first, (score, i) => score - (second[i] ?? Number.NaN));
  return bootstrap(first.length, (items) => meanAt(differences, items), options);
}

function meanAt(values: Float64Array, items: Int32Array): number {
  let sum = 0;
  for (const item of items) sum += values[item] ?? Number.NaN;
  return sum / items.length;
}

/** The statistic of every resample, ascending. */
function replicates(count: number, statistic: Statistic, resamples: number, random: Random): Float64Array {
  const items = new Int32Array(count);
  const drawn = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    drawAgain(items, count, random);
    drawn[r] = statistic(items);
  }
  drawn.sort();
  // Sorting puts what is no number last.
  if (!Number.isFinite(drawn.at(-1)) || !Number.isFinite(drawn[0])) {
    throw invalidRequest(l10n.t("the number to compare is not defined for every resample of the items"));
  }
  return drawn;
}

/** Fills `items` with indices below `count`, drawn with replacement. */
export function drawAgain(items: Int32Array, count: number, random: Random): void {
  for (let i = 0; i < items.length; i++) items[i] = Math.floor(random() * count);
}

/** The statistic without each of the items; nothing for a single one. */
function jackknife(count: number, statistic: Statistic): Float64Array {
  if (count < 2) return new Float64Array(0);
  const others = Int32Array.from({ length: count - 1 }, (_, i) => i + 1);
  const left = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    left[i] = statistic(others);
    // From all but item i to all but item i + 1.
    if (i < count - 1) others[i] = i;
  }
  return left;
}

function tails(level: number): Interval {
  return [(1 - level) / 2, (1 + level) / 2];
}

/**
 * The shares of the ascending resamples that are BCa's bounds (Efron and Tibshirani 1993, eq. 14.9 to 14.15). Resamples equal to the
 * estimate count half on each side, as accuracies have many. Where every resample lies on one side, or none differ, it is the percentile's.
 */
function bcaShares(drawn: Float64Array, estimate: number, left: Float64Array, level: number): Interval {
  const bias = normalQuantile(shareBelow(drawn, estimate));
  if (!Number.isFinite(bias)) return tails(level);
  const a = acceleration(left);
  const share = (tail: number) => {
    const shifted = bias + normalQuantile(tail);
    return normalProbability(bias + shifted / (1 - a * shifted));
  };
  const [low, high] = tails(level);
  return [share(low), share(high)];
}

function shareBelow(drawn: Float64Array, estimate: number): number {
  let twice = 0;
  for (const value of drawn) twice += value < estimate ? 2 : value === estimate ? 1 : 0;
  return twice / (2 * drawn.length);
}

function acceleration(left: Float64Array): number {
  const mean = left.reduce((sum, value) => sum + value, 0) / left.length;
  let [squares, cubes] = [0, 0];
  for (const value of left) {
    squares += (mean - value) ** 2;
    cubes += (mean - value) ** 3;
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}

/** The value below which `share` of ascending `values` lie, between its neighbours by its place (Hyndman and Fan 1996, type 7: NumPy's). */
export function quantile(values: Float64Array, share: number): number {
  const place = share * (values.length - 1);
  const below = values[Math.floor(place)] ?? Number.NaN;
  const above = values[Math.ceil(place)] ?? Number.NaN;
  // Equal neighbours may both be infinite, whose difference is no number.
  return above === below ? below : below + (above - below) * (place - Math.floor(place));
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
}

/** The two-sided p-value of `BootstrapResult`, from the numbers drawn, in any order. */
export function bootstrapPValue(drawn: Float64Array): number {
  let [below, above] = [1, 1];
  for (const value of drawn) {
    if (value <= 0) below++;
    if (value >= 0) above++;
  }
  return Math.min(1, (2 * Math.min(below, above)) / (drawn.length + 1));
}
