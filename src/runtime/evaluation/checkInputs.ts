/** What the functions of this folder ask of their input, and how they say that it is not so. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";

/** One item's probabilities of every class, by the number of the class; they add up to 1. */
export type Probabilities = ArrayLike<number>;

/** How far from 1 probabilities may add up to: what sums of rounded float32 values of many classes lose, and no more. */
const sumTolerance = 1e-4;

/** Throws `invalidRequest` where there are no items, or not as many of one thing (`found`) as of the other (`expected`). */
export function checkCounts(found: number, expected: number): void {
  if (expected === 0) throw invalidRequest(l10n.t("there are no items"));
  if (found !== expected) throw invalidRequest(l10n.t("{0} values for {1} items", found, expected));
}

/** Throws `invalidRequest` where there are no classes, or a label is not the number of one: 0 … classes − 1. */
export function checkLabels(labels: readonly number[], classes: number): void {
  checkCount("classes", classes);
  for (const label of labels) {
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw invalidRequest(l10n.t("{0} is not the number of one of {1} classes", label, classes));
    }
  }
}

/** Throws `invalidRequest` where `value` is not a whole number from 1. */
export function checkCount(name: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1)) {
    throw invalidRequest(l10n.t('"{0}" is {1}; it must be a whole number from 1', name, value));
  }
}

/**
 * The number of classes that `probabilities` are of, one row for each of `labels`. Throws `invalidRequest` where rows are missing or of
 * unequal length, a value is not in 0 … 1, a row does not add up to 1 within 1e-4, or a label is none of the classes.
 */
export function checkProbabilities(labels: readonly number[], probabilities: readonly Probabilities[]): number {
  checkCounts(probabilities.length, labels.length);
  const classes = probabilities[0]?.length ?? 0;
  for (const [item, row] of probabilities.entries()) {
    if (row.length !== classes || !isDistribution(row)) {
      throw invalidRequest(
        l10n.t("item {0}: {1} values that are not the probabilities of {2} classes", item, row.length, classes),
      );
    }
  }
  checkLabels(labels, classes);
  return classes;
}

function isDistribution(row: Probabilities): boolean {
  const values = Array.from(row);
  const sum = values.reduce((total, value) => total + value, 0);
  return values.every((value) => value >= 0 && value <= 1) && Math.abs(sum - 1) <= sumTolerance;
}

/** The place of the largest value; of equal ones the first. −1 where there are none. */
export function argmax(values: ArrayLike<number>): number {
  let best = -1;
  let largest = Number.NEGATIVE_INFINITY;
  for (const [place, value] of Array.from(values).entries()) {
    if (value > largest) [best, largest] = [place, value];
  }
  return best;
}
