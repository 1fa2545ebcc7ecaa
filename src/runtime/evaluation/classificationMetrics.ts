/**
 * Scores of a classifier's answers: how many are right, of which classes, and whether its probabilities mean what they say.
 * Classes are numbers from 0. The definitions are scikit-learn's wherever it has one.
 */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { argmax, checkCount, checkCounts, checkLabels, checkProbabilities, type Probabilities } from "./checkInputs";
import { binOf, equalMassEdges } from "./quantile";

/** Items by their label (rows) and the answer given (columns). */
export type ConfusionMatrix = readonly (readonly number[])[];

/** How well one class was found. A quotient by 0 (a class never answered has no precision, one without items no recall) is 0. */
export interface ClassScore {
  /** Right answers among the answers of this class, 0 … 1. */
  readonly precision: number;
  /** Items of this class answered so, 0 … 1. */
  readonly recall: number;
  /** 2 · right / (items + answers): the harmonic mean of precision and recall, 0 … 1. */
  readonly f1: number;
  /** Items of this class. */
  readonly support: number;
  /** Answers of this class. */
  readonly answers: number;
}

/** What the answers alone say. */
export interface ClassificationReport {
  readonly items: number;
  /** Share of right answers, 0 … 1. */
  readonly accuracy: number;
  /** See `macroF1`. */
  readonly macroF1: number;
  /** By the number of the class. */
  readonly classes: readonly ClassScore[];
  readonly confusion: ConfusionMatrix;
}

/**
 * The scores of `predicted` for items of the classes `labels`. Throws `invalidRequest` without items, for unequal lengths and for numbers
 * that are no class.
 */
export function classificationReport(
  labels: readonly number[],
  predicted: readonly number[],
  classes: number,
): ClassificationReport {
  const confusion = confusionMatrix(labels, predicted, classes);
  return {
    items: labels.length,
    accuracy: accuracy(labels, predicted),
    macroF1: macroF1(confusion),
    classes: classScores(confusion),
    confusion,
  };
}

/** The share of right answers, 0 … 1. Throws `invalidRequest` without items and for unequal lengths. */
export function accuracy(labels: readonly number[], predicted: readonly number[]): number {
  checkCounts(predicted.length, labels.length);
  return labels.filter((label, item) => predicted[item] === label).length / labels.length;
}

/** Counts items by label and answer. Throws as `classificationReport` does. */
export function confusionMatrix(
  labels: readonly number[],
  predicted: readonly number[],
  classes: number,
): ConfusionMatrix {
  checkCounts(predicted.length, labels.length);
  checkLabels([...labels, ...predicted], classes);
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [item, label] of labels.entries()) {
    const row = counts[label];
    const answer = predicted[item];
    if (row && answer !== undefined) row[answer] = (row[answer] ?? 0) + 1;
  }
  return counts;
}

/** The scores of every class, by its number. */
export function classScores(confusion: ConfusionMatrix): ClassScore[] {
  return confusion.map((row, label) => {
    const right = row[label] ?? 0;
    const support = sum(row);
    const answers = sum(confusion.map((other) => other[label] ?? 0));
    return {
      precision: share(right, answers),
      recall: share(right, support),
      f1: share(2 * right, support + answers),
      support,
      answers,
    };
  });
}

/**
 * The mean of the classes' F1, each counting the same however many items it has. A class with neither items nor answers is left out, as
 * scikit-learn does: a test set without it says nothing about it.
 */
export function macroF1(confusion: ConfusionMatrix): number {
  const present = classScores(confusion).filter(({ support, answers }) => support + answers > 0);
  return share(sum(present.map(({ f1 }) => f1)), present.length);
}

/**
 * The mean of −ln p of the right class, in nats. Probabilities are clipped to [ε, 1 − ε] with ε = 2⁻⁵² (that of float64, as scikit-learn
 * does), so that being certain and wrong costs 36 nats and not infinity. Throws `invalidRequest` for what are no probabilities.
 */
export function logLoss(labels: readonly number[], probabilities: readonly Probabilities[]): number {
  checkProbabilities(labels, probabilities);
  const clipped = (p: number) => Math.min(Math.max(p, Number.EPSILON), 1 - Number.EPSILON);
  return mean(labels.map((label, item) => -Math.log(clipped(probabilities[item]?.[label] ?? Number.NaN))));
}

/**
 * Brier's score of all classes: the mean over items of Σ (p − y)², where y is 1 for the right class and 0 for the others (Brier
 * 1950). 0 is best, 2 worst; for two classes it is twice what is often given, that of one class. Throws as `logLoss` does.
 */
export function brierScore(labels: readonly number[], probabilities: readonly Probabilities[]): number {
  checkProbabilities(labels, probabilities);
  const penalty = (row: Probabilities, label: number) =>
    sum(Array.from(row, (p, k) => (p - (k === label ? 1 : 0)) ** 2));
  return mean(probabilities.map((row, item) => penalty(row, labels[item] ?? -1)));
}

/** An answer, and how sure of it the classifier was. */
export interface ConfidentAnswer {
  /** Probability of the answer, 0 … 1. */
  readonly confidence: number;
  readonly correct: boolean;
}

/**
 * Every item's most probable class (of equal ones the first) as its answer: whether it is right, and its probability (Guo et al. 2017, §2).
 * Throws as `logLoss` does.
 */
export function topAnswers(labels: readonly number[], probabilities: readonly Probabilities[]): ConfidentAnswer[] {
  checkProbabilities(labels, probabilities);
  return probabilities.map((row, item) => {
    const answer = argmax(row);
    return { confidence: row[answer] ?? Number.NaN, correct: answer === labels[item] };
  });
}

/** `equalWidth`: each bin as wide as the others (Naeini et al. 2015). `equalMass`: each with about as many items (Nguyen and O'Connor 2015). */
export type Binning = "equalWidth" | "equalMass";

/** How to divide the confidences. */
export interface BinningOptions {
  /** Default 15, as in Guo et al. 2017. */
  readonly bins?: number;
  /** Default `equalWidth`. */
  readonly binning?: Binning;
}

/** The answers whose confidences lie in (low, high]; the first bin also holds its low edge. */
export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Answers among them that are right. */
  readonly correct: number;
  /** Mean of their confidences, 0 … 1; null where there are none. */
  readonly confidence: number | null;
  /** Share of right answers among them, 0 … 1; null where there are none. */
  readonly accuracy: number | null;
}

/**
 * The bins of a reliability diagram (DeGroot and Fienberg 1983), all of them, empty ones too. Equal-mass bins are bounded by quantiles, so that
 * equal confidences are never parted and the order of the items does not matter; with many of them bins may be unequal or empty.
 * Throws `invalidRequest` without answers and for what is no probability.
 */
export function reliabilityBins(answers: readonly ConfidentAnswer[], options: BinningOptions = {}): ReliabilityBin[] {
  const { bins = 15, binning = "equalWidth" } = options;
  checkCount("bins", bins);
  checkConfidences(answers);
  const edges =
    binning === "equalWidth"
      ? Array.from({ length: bins + 1 }, (_, i) => i / bins)
      : equalMassEdges(
          answers.map(({ confidence }) => confidence),
          bins,
        );
  const members = Array.from({ length: bins }, (): ConfidentAnswer[] => []);
  for (const answer of answers) members[binOf(answer.confidence, edges)]?.push(answer);
  return members.map((inside, i) => binFrom(inside, edges[i] ?? 0, edges[i + 1] ?? 1));
}

/**
 * The expected calibration error, 0 … 1: the gap between confidence and accuracy of every bin, weighted by its items (Naeini et al. 2015;
 * Guo et al. 2017, eq. 3). Depends on the bins and is biased upwards where they hold few items: give their number and kind with it.
 */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number {
  const gap = ({ count, confidence, accuracy: rate }: ReliabilityBin) =>
    confidence === null || rate === null ? 0 : count * Math.abs(rate - confidence);
  return share(sum(bins.map(gap)), sum(bins.map(({ count }) => count)));
}

function checkConfidences(answers: readonly ConfidentAnswer[]): void {
  checkCounts(answers.length, answers.length);
  for (const { confidence } of answers) {
    if (!(confidence >= 0 && confidence <= 1)) throw invalidRequest(l10n.t("{0} is not a probability", confidence));
  }
}

function binFrom(inside: readonly ConfidentAnswer[], low: number, high: number): ReliabilityBin {
  const count = inside.length;
  const correct = inside.filter((answer) => answer.correct).length;
  if (count === 0) return { low, high, count, correct, confidence: null, accuracy: null };
  return { low, high, count, correct, confidence: mean(inside.map((a) => a.confidence)), accuracy: correct / count };
}

/** The rule for quotients by 0: 0. */
function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
