/** What any arm of a comparison must beat: answers that take no language model, or nothing of it but its features. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { longRandom } from "../random";
import { countWords, fitVocabulary } from "./bagOfWords";
import { argmax, checkCount, checkCounts, checkLabels, type Probabilities } from "./checkInputs";
import {
  fitLogisticRegression,
  type LogisticModel,
  type LogisticOptions,
  predictProbabilities,
} from "./logisticRegression";

/** Answers to the test items, in their order. */
export interface BaselineAnswers {
  /** Numbers of classes. */
  readonly predicted: readonly number[];
  /** Of every class, by its number. */
  readonly probabilities: readonly Probabilities[];
}

/**
 * The class that most training items have (of equal ones the first) for each of `count` test items, with the classes' shares as probabilities:
 * scikit-learn's `DummyClassifier(strategy="prior")`. Throws `invalidRequest` without labels and for labels that are no class.
 */
export function majorityBaseline(labels: readonly number[], classes: number, count: number): BaselineAnswers {
  checkCounts(labels.length, labels.length);
  checkLabels(labels, classes);
  const shares = shareOfClasses(labels, classes);
  return answersOf(Array.from({ length: count }, () => shares));
}

/** A class drawn evenly for each of `count` test items; all have probability 1 / classes. The same seed gives the same answers. */
export function randomBaseline(classes: number, count: number, seed: number): BaselineAnswers {
  checkCount("classes", classes);
  const random = longRandom(seed);
  const even = new Float64Array(classes).fill(1 / classes);
  return {
    predicted: Array.from({ length: count }, () => Math.floor(random() * classes)),
    probabilities: Array.from({ length: count }, () => even),
  };
}

/** Training items as text. */
export interface TextExamples {
  readonly texts: readonly string[];
  readonly labels: readonly number[];
}

/**
 * Multinomial logistic regression on counts of words, with an L2 penalty, fitted to convergence by Newton's method with conjugate gradients: see
 * `wordsOf` and `fitLogisticRegression`. The vocabulary is that of the training texts. `model.converged` tells whether the optimum was reached.
 * Throws `invalidRequest` without training items and for labels that are no class or do not fit the texts.
 */
export function bagOfWordsBaseline(
  train: TextExamples,
  classes: number,
  texts: readonly string[],
  options: LogisticOptions = {},
): BaselineAnswers & { readonly model: LogisticModel } {
  checkCounts(train.labels.length, train.texts.length);
  const vocabulary = fitVocabulary(train.texts);
  const model = fitLogisticRegression(countWords(vocabulary, train.texts), train.labels, classes, options);
  return { ...answersOf(predictProbabilities(model, countWords(vocabulary, texts))), model };
}

/** Training items as vectors of one length. */
export interface FeatureExamples {
  readonly features: readonly ArrayLike<number>[];
  readonly labels: readonly number[];
}

/** How to find neighbours. */
export interface NeighbourOptions {
  /** Neighbours that vote, at most all training items. Default 1. */
  readonly k?: number;
  /** `cosine`: 1 − cosine of the angle, 1 for a vector of zeros. Default `cosine`. */
  readonly distance?: "cosine" | "euclidean";
}

/**
 * The class of most of the k nearest training items (Cover and Hart 1967); probabilities are the shares of their votes. Of training items as near
 * the first counts, of classes with as many votes the first. Throws `invalidRequest` without training items, for labels that are no class, and
 * for features that are not finite or of unequal length.
 */
export function nearestNeighbourBaseline(
  train: FeatureExamples,
  classes: number,
  features: readonly ArrayLike<number>[],
  options: NeighbourOptions = {},
): BaselineAnswers {
  checkCounts(train.labels.length, train.features.length);
  checkLabels(train.labels, classes);
  const votes = nearestItems(train.features, features, options).map((nearest) =>
    shareOfClasses(
      nearest.map((item) => train.labels[item] ?? 0),
      classes,
    ),
  );
  return answersOf(votes);
}

/**
 * For each of `features` the places of the nearest of `known`, nearest first; of ones as near the first. Throws `invalidRequest` where there
 * are none, and for features that are not finite or of unequal length.
 */
export function nearestItems(
  known: readonly ArrayLike<number>[],
  features: readonly ArrayLike<number>[],
  options: NeighbourOptions = {},
): readonly (readonly number[])[] {
  const { k = 1, distance = "cosine" } = options;
  checkCounts(known.length, known.length);
  checkCount("k", k);
  const width = known[0]?.length ?? 0;
  const prepare = (vector: ArrayLike<number>) => prepared(vector, width, distance);
  const all = known.map(prepare);
  return features.map((vector) => nearestOf(prepare(vector), all, Math.min(k, all.length)));
}

/** A copy to measure from. Vectors of length 1 are in the same order by Euclid's distance as by the cosine. */
function prepared(vector: ArrayLike<number>, width: number, distance: "cosine" | "euclidean"): Float64Array {
  const copy = Float64Array.from(vector);
  if (copy.length !== width || !copy.every(Number.isFinite)) {
    throw invalidRequest(l10n.t("features must be {0} finite numbers", width));
  }
  const norm = distance === "cosine" ? Math.sqrt(copy.reduce((sum, value) => sum + value * value, 0)) : 1;
  return norm === 0 ? copy : copy.map((value) => value / norm);
}

/** The k nearest of `known`, nearest first. */
function nearestOf(vector: Float64Array, known: readonly Float64Array[], k: number): number[] {
  const nearest: { readonly item: number; readonly distance: number }[] = [];
  for (const [item, other] of known.entries()) {
    const distance = squaredDistance(vector, other);
    if (nearest.length === k && distance >= (nearest.at(-1)?.distance ?? 0)) continue;
    const place = nearest.findIndex((found) => distance < found.distance);
    nearest.splice(place < 0 ? nearest.length : place, 0, { item, distance });
    nearest.length = Math.min(nearest.length, k);
  }
  return nearest.map(({ item }) => item);
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return sum;
}

function shareOfClasses(labels: readonly number[], classes: number): Float64Array {
  const shares = new Float64Array(classes);
  for (const label of labels) shares[label] = (shares[label] ?? 0) + 1;
  return shares.map((count) => count / labels.length);
}

function answersOf(probabilities: readonly Probabilities[]): BaselineAnswers {
  return { predicted: probabilities.map(argmax), probabilities };
}
