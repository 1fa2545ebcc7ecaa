/** A difference and its interval in plain words. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { defaultLevel, type Interval } from "./significance";

/** Two arms compared by one number. */
export interface Difference {
  readonly first: string;
  readonly second: string;
  /** first − second. */
  readonly estimate: number;
  readonly interval: Interval;
  /** How sure the interval is, 0 to 1. Default 0.95. */
  readonly level?: number;
  /** `share`: 0 to 1, written as percentage points (the default). `number`: as it is. */
  readonly unit?: "share" | "number";
  /** Which is better. Default `higher`; `lower` for losses and costs. */
  readonly better?: "higher" | "lower";
  /** The smallest difference that the test set could show, in the same unit; null where none, left out where not known. */
  readonly smallest?: number | null;
}

/** Whether one arm is better, and the sentence that says so. */
export interface Verdict {
  /** `notDecisive` where the interval holds 0. */
  readonly kind: "firstBetter" | "secondBetter" | "notDecisive";
  readonly words: string;
}

/** The verdict on a difference. Throws `invalidRequest` where the interval's bounds are no numbers or the wrong way round. */
export function verdict(difference: Difference): Verdict {
  const [low, high] = difference.interval;
  if (!(low <= high && Number.isFinite(difference.estimate))) {
    throw invalidRequest(l10n.t("{0} … {1} is not an interval", low, high));
  }
  if (low <= 0 && high >= 0) return { kind: "notDecisive", words: notDecisive(difference) };
  const firstBetter = low > 0 === (difference.better !== "lower");
  return { kind: firstBetter ? "firstBetter" : "secondBetter", words: decisive(difference, firstBetter) };
}

function decisive(difference: Difference, firstBetter: boolean): string {
  const { first, second, estimate, interval, level = defaultLevel } = difference;
  // Counted from the smaller number: both bounds are then positive.
  const sign = interval[0] > 0 ? 1 : -1;
  const ends = [sign * interval[0], sign * interval[1]].sort((a, b) => a - b);
  const [low = Number.NaN, high = Number.NaN] = ends;
  const bounds = [percent(level), amount(difference, low), amount(difference, high)];
  const [winner, loser] = firstBetter ? [first, second] : [second, first];
  return difference.unit === "number"
    ? l10n.t(
        "{0} is better than {1} by {2} ({3} %: {4} to {5}).",
        winner,
        loser,
        amount(difference, sign * estimate),
        ...bounds,
      )
    : l10n.t(
        "{0} is better than {1} by {2} points ({3} %: {4} to {5}).",
        winner,
        loser,
        amount(difference, sign * estimate),
        ...bounds,
      );
}

function notDecisive(difference: Difference): string {
  const { first, second, estimate, interval, level = defaultLevel } = difference;
  const values = [estimate, ...interval].map((value) => amount(difference, value));
  const [middle = "", low = "", high = ""] = values;
  const words =
    difference.unit === "number"
      ? l10n.t(
          "Not decisive: {0} minus {1} is {2} ({3} %: {4} to {5}, which holds 0).",
          first,
          second,
          middle,
          percent(level),
          low,
          high,
        )
      : l10n.t(
          "Not decisive: {0} minus {1} is {2} points ({3} %: {4} to {5}, which holds 0).",
          first,
          second,
          middle,
          percent(level),
          low,
          high,
        );
  const more = couldShow(difference);
  return more === "" ? words : `${words} ${more}`;
}

/** What the test set could have shown, so that *not decisive* is not read as *equal*. */
function couldShow(difference: Difference): string {
  const { smallest } = difference;
  if (smallest === undefined) return "";
  if (smallest === null) return l10n.t("This test set is too small to show any difference between them.");
  return difference.unit === "number"
    ? l10n.t("This test set could show a difference of {0} or more.", amount(difference, smallest))
    : l10n.t("This test set could show a difference of {0} points or more.", amount(difference, smallest));
}

function amount({ unit }: Difference, value: number): string {
  // Adding 0 makes −0 a 0.
  const text = unit === "number" ? value.toPrecision(3) : (Math.round(1000 * value) / 10 + 0).toFixed(1);
  return text.replace("-", "−");
}

function percent(level: number): string {
  return String(Math.round(1000 * level) / 10);
}
