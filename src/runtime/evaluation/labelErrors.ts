/**
 * Labels that may be wrong: items whose label a classifier that never saw them finds unlikely. Confident learning (Northcutt, Jiang and Chuang
 * 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels"). It needs probabilities from cross-validation: a classifier that was
 * trained on an item agrees with its label, right or wrong.
 */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { longRandom, type Random } from "../random";
import { argmax, checkCounts, checkLabels, checkProbabilities, type Probabilities } from "./checkInputs";

/** Trains on the items `train` and gives the probabilities of the items `held`; both are their numbers. */
export type FitAndPredict = (train: readonly number[], held: readonly number[]) => readonly Probabilities[];

/** How to divide the items. */
export interface FoldOptions {
  /** Parts, each predicted from the others, from 2 and at most the number of items. Default 5. */
  readonly folds?: number;
  /** Seed of the division. Default 0. */
  readonly seed?: number;
}

/**
 * Every item's probabilities from a classifier trained on the other folds. Throws `invalidRequest` as `stratifiedFolds` does, and where
 * `fitAndPredict` returns another number of rows than it was asked for.
 */
export function crossValidatedProbabilities(
  labels: readonly number[],
  classes: number,
  fitAndPredict: FitAndPredict,
  options: FoldOptions = {},
): Probabilities[] {
  const folds = stratifiedFolds(labels, classes, options);
  const all = new Array<Probabilities>(labels.length).fill([]);
  for (const fold of new Set(folds)) {
    const held = placesOf(folds, (f) => f === fold);
    const rows = fitAndPredict(
      placesOf(folds, (f) => f !== fold),
      held,
    );
    checkCounts(rows.length, held.length);
    for (const [i, item] of held.entries()) all[item] = rows[i] ?? [];
  }
  return all;
}

/**
 * The fold of every item, from 0. Each class is spread evenly: two folds differ by one item of it at most, and by one item in all. A class of
 * fewer items than folds has none in some, and one of a single item is unknown where that is held out. Throws `invalidRequest` for a number of
 * folds that is not from 2 to the number of items, and for labels that are no class.
 */
export function stratifiedFolds(labels: readonly number[], classes: number, options: FoldOptions = {}): number[] {
  const { folds = 5, seed = 0 } = options;
  checkLabels(labels, classes);
  if (!(Number.isInteger(folds) && folds >= 2 && folds <= labels.length)) {
    throw invalidRequest(l10n.t("{0} items cannot be divided into {1} folds", labels.length, folds));
  }
  const random = longRandom(seed);
  const byClass = Array.from({ length: classes }, (_, k) =>
    shuffled(
      placesOf(labels, (label) => label === k),
      random,
    ),
  );
  const foldOf = new Array<number>(labels.length).fill(0);
  // Dealt on from class to class, so that the small rests of many classes do not all fall to the first folds.
  for (const [turn, item] of byClass.flat().entries()) foldOf[item] = turn % folds;
  return foldOf;
}

/** What an item's label is worth to the classifier. */
export interface LabelSuspicion {
  /** Number of the item. */
  readonly item: number;
  readonly label: number;
  /** The class that the item confidently is, where `suspected`; otherwise the most probable one. */
  readonly suggested: number;
  /** Whether confident learning counts it as mislabelled: it stands off the diagonal of the confident joint. */
  readonly suspected: boolean;
  /** Probability of the label, 0 … 1: the lower, the more suspect. */
  readonly selfConfidence: number;
  /** Probability of the label less that of the most probable other class, −1 … 1: negative where the classifier disagrees. */
  readonly normalisedMargin: number;
}

/** What to rank by, each from the most suspect: §3.2 has both. */
export type SuspicionOrder = "normalisedMargin" | "selfConfidence";

/**
 * All items, the suspected first and each part by the order asked for, equal ones in their own order. Throws `invalidRequest` for what are no
 * probabilities.
 */
export function rankLabelErrors(
  labels: readonly number[],
  probabilities: readonly Probabilities[],
  order: SuspicionOrder = "normalisedMargin",
): LabelSuspicion[] {
  const thresholds = confidentThresholds(labels, probabilities);
  const suspicions = probabilities.map((row, item) => suspicion(item, labels[item] ?? -1, row, thresholds));
  return suspicions.sort((a, b) => Number(b.suspected) - Number(a.suspected) || a[order] - b[order]);
}

/**
 * What it takes to be confident of each class: the mean probability of the class over the items labelled so (eq. 2). Infinite for a class
 * without items. Throws as `rankLabelErrors` does.
 */
export function confidentThresholds(labels: readonly number[], probabilities: readonly Probabilities[]): number[] {
  const classes = checkProbabilities(labels, probabilities);
  return Array.from({ length: classes }, (_, k) => {
    const own = placesOf(labels, (label) => label === k);
    const total = own.reduce((sum, item) => sum + (probabilities[item]?.[k] ?? Number.NaN), 0);
    return own.length === 0 ? Number.POSITIVE_INFINITY : total / own.length;
  });
}

/**
 * The confident joint (eq. 1): items by their label (rows) and the class that they confidently are (columns), which is the most probable of
 * those whose threshold they reach. Items that reach none are not counted. Throws as `rankLabelErrors` does.
 */
export function confidentJoint(labels: readonly number[], probabilities: readonly Probabilities[]): number[][] {
  const thresholds = confidentThresholds(labels, probabilities);
  const joint = thresholds.map(() => new Array<number>(thresholds.length).fill(0));
  for (const [item, label] of labels.entries()) {
    const row = joint[label];
    const found = confidentClass(probabilities[item] ?? [], thresholds);
    if (row && found >= 0) row[found] = (row[found] ?? 0) + 1;
  }
  return joint;
}

/**
 * The estimated share of items of each label (rows) and true class (columns), which add up to 1 (eq. 3): the confident joint with each row
 * scaled to the items of its label. A label none of whose items is confidently anything is taken to be right. Σ off the diagonal is the
 * estimated share of wrong labels. Throws as `rankLabelErrors` does.
 */
export function estimatedJoint(labels: readonly number[], probabilities: readonly Probabilities[]): number[][] {
  return confidentJoint(labels, probabilities).map((row, label) => {
    const share = placesOf(labels, (other) => other === label).length / labels.length;
    const counted = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, k) => (counted > 0 ? (share * count) / counted : k === label ? share : 0));
  });
}

function suspicion(item: number, label: number, row: Probabilities, thresholds: readonly number[]): LabelSuspicion {
  const confident = confidentClass(row, thresholds);
  const suspected = confident >= 0 && confident !== label;
  const selfConfidence = row[label] ?? Number.NaN;
  const others = Array.from(row).filter((_, k) => k !== label);
  return {
    ...{ item, label, suspected, selfConfidence },
    suggested: suspected ? confident : argmax(row),
    normalisedMargin: selfConfidence - Math.max(0, ...others),
  };
}

/** The most probable of the classes whose threshold is reached, −1 where none is. */
function confidentClass(row: Probabilities, thresholds: readonly number[]): number {
  const reached = Array.from(row, (p, k) =>
    p >= (thresholds[k] ?? Number.POSITIVE_INFINITY) ? p : Number.NEGATIVE_INFINITY,
  );
  return argmax(reached);
}

function placesOf(values: readonly number[], is: (value: number) => boolean): number[] {
  return values.flatMap((value, place) => (is(value) ? [place] : []));
}

/** Fisher and Yates's shuffle (Durstenfeld 1964). */
function shuffled(values: readonly number[], random: Random): number[] {
  const result = values.slice();
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] ?? 0, result[i] ?? 0];
  }
  return result;
}
