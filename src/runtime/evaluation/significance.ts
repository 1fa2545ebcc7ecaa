/** Is a difference more than chance? Intervals and tests that know no model: rates, right and wrong answers, p-values. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { binomialCumulative, binomialProbability, normalQuantile } from "./distributions";

/** Lower and upper bound, in the unit of what they are bounds of. */
export type Interval = readonly [low: number, high: number];

/** How sure an interval is where nobody says so: 95 %. */
export const defaultLevel = 0.95;

/**
 * Wilson's score interval of a rate, for `successes` out of `trials` (one at least), at `level` between 0 and 1, exclusive (Wilson 1927;
 * Brown, Cai and DasGupta 2001, §3.1.1). Without continuity correction. Throws `invalidRequest`.
 */
export function wilsonInterval(successes: number, trials: number, level = defaultLevel): Interval {
  if (!(trials >= 1 && successes >= 0 && successes <= trials)) {
    throw invalidRequest(l10n.t("{0} of {1} is not a rate", successes, trials));
  }
  const z = twoSidedQuantile(level);
  const rate = successes / trials;
  const centre = rate + (z * z) / (2 * trials);
  const half = z * Math.sqrt((rate * (1 - rate)) / trials + (z * z) / (4 * trials * trials));
  const scale = 1 + (z * z) / trials;
  // Where nothing or everything succeeded, a bound is 0 or 1: rounding would leave a speck.
  const low = successes === 0 ? 0 : (centre - half) / scale;
  return [low, successes === trials ? 1 : (centre + half) / scale];
}

/** The z for which a standard normal variable lies between −z and z with probability `level`. Throws `invalidRequest`. */
export function twoSidedQuantile(level: number): number {
  checkShare("level", level);
  return normalQuantile(0.5 + level / 2);
}

/** Throws `invalidRequest` where `value` is not between 0 and 1, exclusive. */
export function checkShare(name: string, value: number): void {
  if (!(value > 0 && value < 1)) {
    throw invalidRequest(l10n.t('"{0}" is {1}; it must be between 0 and 1', name, value));
  }
}

/** How often two arms were right and wrong on the same items. */
export interface PairedCounts {
  readonly bothRight: number;
  /** Items that the first arm alone got right. */
  readonly firstOnly: number;
  /** Items that the second arm alone got right. */
  readonly secondOnly: number;
  readonly bothWrong: number;
}

/** Counts of two arms' answers: `first[i]` and `second[i]` tell whether item i was right. Throws `invalidRequest` for unequal lengths. */
export function pairedCounts(first: readonly boolean[], second: readonly boolean[]): PairedCounts {
  checkPaired(first.length, second.length);
  const count = (a: boolean, b: boolean) => first.filter((right, i) => right === a && second[i] === b).length;
  return {
    bothRight: count(true, true),
    firstOnly: count(true, false),
    secondOnly: count(false, true),
    bothWrong: count(false, false),
  };
}

/** Throws `invalidRequest` where two arms were not measured on equally many items, or on none. */
export function checkPaired(first: number, second: number): void {
  if (first !== second) throw invalidRequest(l10n.t("{0} items cannot be paired with {1}", first, second));
  if (first === 0) throw invalidRequest(l10n.t("there is no item to compare on"));
}

/** McNemar's test of one pair of arms. */
export interface McNemarResult {
  /** Two-sided p-value, 0 to 1. */
  readonly pValue: number;
  /** Items that exactly one of the arms got right. */
  readonly discordant: number;
  readonly method: McNemarMethod;
}

/** The exact test never rejects too often; with mid-p it rejects about as often as it says (Fagerland, Lydersen and Laake 2013). */
export type McNemarMethod = "exact" | "midP";

/**
 * McNemar's test that neither arm is right more often than the other, given only the discordant items (McNemar 1947): two-sided and
 * binomial with ½, so that it holds for few items too. `midP` counts results as extreme as the one seen half.
 */
export function mcnemarTest(
  { firstOnly, secondOnly }: Pick<PairedCounts, "firstOnly" | "secondOnly">,
  method: McNemarMethod = "exact",
): McNemarResult {
  const discordant = firstOnly + secondOnly;
  const fewer = Math.min(firstOnly, secondOnly);
  const exact = Math.min(1, 2 * binomialCumulative(fewer, discordant, 0.5));
  if (method === "exact") return { pValue: exact, discordant, method };
  // As extreme as the result are both ends, or the middle alone.
  const ends = firstOnly === secondOnly ? 1 : 2;
  const pValue = exact - (ends * binomialProbability(fewer, discordant, 0.5)) / 2;
  return { pValue, discordant, method };
}

/**
 * Holm's adjusted p-values, in the order given (Holm 1979): rejecting those that are at most α keeps the chance of any false rejection
 * among them at most α, whatever they have to do with each other. Throws `invalidRequest` for a p-value outside 0 … 1.
 */
export function holmAdjusted(pValues: readonly number[]): number[] {
  for (const value of pValues) {
    if (!(value >= 0 && value <= 1)) throw invalidRequest(l10n.t("{0} is not a probability", value));
  }
  const ascending = pValues.map((value, place) => ({ value, place })).sort((a, b) => a.value - b.value);
  const adjusted = pValues.slice();
  let largest = 0;
  for (const [rank, { value, place }] of ascending.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * value));
    adjusted[place] = largest;
  }
  return adjusted;
}
