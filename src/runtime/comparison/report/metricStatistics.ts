/** The metrics of a comparison as sums over items, so that they can be computed for any items drawn. */
import type { Prediction } from "../../comparisonRecord";
import { argmax } from "../../evaluation/checkInputs";
import { brierScore, logLoss, topAnswers } from "../../evaluation/classificationMetrics";
import { bleuCounts, bleuOf, exactMatch, rougeL, tokenF1 } from "../../evaluation/generationMetrics";
import { type ItemStatistic, meanStatistic } from "../../evaluation/jointBootstrap";
import { binOf } from "../../evaluation/quantile";
import type { ComparisonMetric } from "../comparisonFile";
import type { ComparisonItem } from "../comparisonInput";

/** What was answered to which items, one prediction for each. */
export interface AnsweredItems {
  readonly items: readonly ComparisonItem[];
  readonly predictions: readonly Prediction[];
  /** Answers to choose from; 0 for texts. */
  readonly classes: number;
}

/** Bins of the reliability diagram and of the calibration error: Guo et al. 2017. */
export const reliabilityBinCount = 15;

/** The metric as a statistic of the items; null where the answers do not have what it needs. */
export function metricStatistic(metric: ComparisonMetric, answered: AnsweredItems): ItemStatistic | null {
  if (!has[needs[metric]](answered)) return null;
  const statistic = statistics[metric](answered);
  const finite = statistic.scores?.every(Number.isFinite) ?? true;
  return finite ? statistic : null;
}

/** Whether an answer is right: its label, or its text as `exactMatch` has it. */
export function isRight(item: ComparisonItem | undefined, { label, text }: Prediction): boolean {
  if (label !== null) return label === item?.label;
  return exactMatch(text ?? "", [item?.gold ?? ""]) === 1;
}

type Need = "labels" | "probabilities" | "texts" | "likelihoods";

const needs: { readonly [K in ComparisonMetric]: Need } = {
  accuracy: "labels",
  macroF1: "labels",
  logLoss: "probabilities",
  brier: "probabilities",
  calibrationError: "probabilities",
  exactMatch: "texts",
  tokenF1: "texts",
  bleu: "texts",
  rougeL: "texts",
  perplexity: "likelihoods",
};

const has: { readonly [K in Need]: (answered: AnsweredItems) => boolean } = {
  labels: ({ predictions, classes }) => classes > 0 && predictions.every(({ label }) => label !== null),
  probabilities: ({ predictions, classes }) =>
    classes > 0 && predictions.every(({ probabilities }) => probabilities?.length === classes),
  texts: ({ predictions }) => predictions.every(({ text }) => text !== null),
  // Tokens of every item, so that any items drawn have some.
  likelihoods: ({ predictions }) =>
    predictions.every(({ logprob, tokens }) => Number.isFinite(logprob) && (tokens ?? 0) > 0),
};

const statistics: { readonly [K in ComparisonMetric]: (answered: AnsweredItems) => ItemStatistic } = {
  accuracy: (answered) => mean(answered, (item, prediction) => Number(isRight(item, prediction))),
  macroF1: f1Statistic,
  logLoss: (answered) =>
    mean(answered, (item, { probabilities }) => logLoss([item.label ?? -1], [probabilities ?? []])),
  brier: (answered) =>
    mean(answered, (item, { probabilities }) => brierScore([item.label ?? -1], [probabilities ?? []])),
  calibrationError: calibrationStatistic,
  exactMatch: (answered) => mean(answered, ({ gold }, { text }) => exactMatch(text ?? "", [gold])),
  tokenF1: (answered) => mean(answered, ({ gold }, { text }) => tokenF1(text ?? "", [gold])),
  bleu: bleuStatistic,
  rougeL: (answered) => mean(answered, ({ gold }, { text }) => rougeL(text ?? "", [gold]).f1),
  perplexity: perplexityStatistic,
};

function mean(
  { items, predictions }: AnsweredItems,
  score: (item: ComparisonItem, prediction: Prediction) => number,
): ItemStatistic {
  return meanStatistic(
    predictions.map((prediction, i) => {
      const item = items[i];
      return item ? score(item, prediction) : Number.NaN;
    }),
  );
}

/** Sums: the confusion matrix [classes, classes], rows are right answers. */
function f1Statistic({ items, predictions, classes }: AnsweredItems): ItemStatistic {
  const places = Int32Array.from(predictions, ({ label }, i) => (items[i]?.label ?? 0) * classes + (label ?? 0));
  return {
    width: classes * classes,
    add: (sums, item, times) => increase(sums, places[item] ?? 0, times),
    addAll: (sums, weights) => {
      for (let i = 0; i < weights.length; i++) increase(sums, places[i] ?? 0, weights[i] ?? 0);
    },
    value: (sums) => f1OfSums(sums, classes),
  };
}

/** `macroF1` of the matrix that the sums are. It is computed for every resample and seed: without a copy. */
function f1OfSums(sums: Float64Array, classes: number): number {
  let [total, present] = [0, 0];
  for (let k = 0; k < classes; k++) {
    let members = 0;
    for (let other = 0; other < classes; other++) {
      members += (sums[k * classes + other] ?? 0) + (sums[other * classes + k] ?? 0);
    }
    if (members <= 0) continue;
    present++;
    total += (2 * (sums[k * classes + k] ?? 0)) / members;
  }
  return present === 0 ? 0 : total / present;
}

/** Sums: items, confidence and right answers of every bin [bins, 3]. The bins are equally wide, so that items drawn do not move them. */
function calibrationStatistic({ items, predictions }: AnsweredItems): ItemStatistic {
  const labels = items.map(({ label }) => label ?? -1);
  const answers = topAnswers(
    labels,
    predictions.map(({ probabilities }) => probabilities ?? []),
  );
  const bins = Int32Array.from(answers, ({ confidence }) => 3 * binOf(confidence, edges));
  const confidences = Float64Array.from(answers, ({ confidence }) => confidence);
  const right = Float64Array.from(answers, ({ correct }) => Number(correct));
  const add = (sums: Float64Array, item: number, times: number) => {
    const at = bins[item] ?? 0;
    increase(sums, at, times);
    increase(sums, at + 1, times * (confidences[item] ?? Number.NaN));
    increase(sums, at + 2, times * (right[item] ?? 0));
  };
  return {
    width: 3 * reliabilityBinCount,
    add,
    addAll: (sums, weights) => {
      for (let i = 0; i < weights.length; i++) add(sums, i, weights[i] ?? 0);
    },
    value: calibrationErrorOfSums,
  };
}

/** Bounds of the bins. */
const edges = Array.from({ length: reliabilityBinCount + 1 }, (_, i) => i / reliabilityBinCount);

/** `expectedCalibrationError` of the bins that the sums are: a bin's gap times its items is that of its sums. */
function calibrationErrorOfSums(sums: Float64Array): number {
  let [gaps, items] = [0, 0];
  for (let bin = 0; bin < 3 * reliabilityBinCount; bin += 3) {
    items += sums[bin] ?? 0;
    gaps += Math.abs((sums[bin + 1] ?? 0) - (sums[bin + 2] ?? 0));
  }
  return gaps / items;
}

/** Sums: matched and all n-grams of four orders, lengths of the predictions and of the references. */
function bleuStatistic({ items, predictions }: AnsweredItems): ItemStatistic {
  const counts = predictions.map(({ text }, i) => {
    const { matched, ngrams, predictionLength, referenceLength } = bleuCounts(text ?? "", [items[i]?.gold ?? ""]);
    return [...matched, ...ngrams, predictionLength, referenceLength];
  });
  return {
    width: 10,
    add: (sums, item, times) => {
      for (const [place, count] of (counts[item] ?? []).entries()) increase(sums, place, times * count);
    },
    value: (sums) => {
      const [predictionLength = 0, referenceLength = 0] = sums.subarray(8);
      const [matched, ngrams] = [[...sums.subarray(0, 4)], [...sums.subarray(4, 8)]];
      return bleuOf({ matched, ngrams, predictionLength, referenceLength }).score;
    },
  };
}

/** Sums: ln p and tokens. */
function perplexityStatistic({ predictions }: AnsweredItems): ItemStatistic {
  return {
    width: 2,
    add: (sums, item, times) => {
      increase(sums, 0, times * (predictions[item]?.logprob ?? Number.NaN));
      increase(sums, 1, times * (predictions[item]?.tokens ?? Number.NaN));
    },
    value: ([logprob = Number.NaN, tokens = Number.NaN]) => Math.exp(-logprob / tokens),
  };
}

function increase(sums: Float64Array, place: number, by: number): void {
  sums[place] = (sums[place] ?? 0) + by;
}

/**
 * The answer of most runs to an item; of answers as frequent that with the larger mean probability, then the first. Null for texts.
 * `predictions`: of one item, by the runs.
 */
export function majorityLabel(predictions: readonly Prediction[]): number | null {
  const [first] = predictions;
  if (!first || first.label === null) return null;
  const labels = predictions.map(({ label }) => label ?? -1);
  const classes = Math.max(...labels) + 1;
  const probable = (k: number) => predictions.reduce((sum, { probabilities }) => sum + (probabilities?.[k] ?? 0), 0);
  // Probabilities add up to one at most for each run: they only break ties.
  const votes = Array.from(
    { length: classes },
    (_, k) => labels.filter((label) => label === k).length + probable(k) / (predictions.length + 1),
  );
  return argmax(votes);
}
