/** The metrics of a comparison as sums over items, so that they can be computed for any items drawn. */
import type { Prediction } from "../../comparisonRecord";
import { argmax } from "../../evaluation/checkInputs";
import { brierScore, logLoss, topAnswers } from "../../evaluation/classificationMetrics";
import { bleuCounts, bleuOf, exactMatch, rougeL, tokenF1 } from "../../evaluation/generationMetrics";
import { type ItemStatistic, meanStatistic } from "../../evaluation/jointBootstrap";
import { binOf } from "../../evaluation/quantile";
import type { Interval } from "../../evaluation/significance";
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
  return finite ? { ...statistic, range: metricRanges[metric] } : null;
}

/** Where a metric's values lie. */
export const metricRanges: { readonly [K in ComparisonMetric]: Interval } = {
  accuracy: [0, 1],
  macroF1: [0, 1],
  logLoss: [0, Number.POSITIVE_INFINITY],
  brier: [0, 2],
  calibrationError: [0, 1],
  exactMatch: [0, 1],
  tokenF1: [0, 1],
  bleu: [0, 100],
  rougeL: [0, 1],
  perplexity: [0, Number.POSITIVE_INFINITY],
};

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
    cells: { places, amounts: new Float64Array(places.length).fill(1) },
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

/**
 * Sums: what confidences are over right answers, in every bin [bins]. The bins are equally wide, so that items drawn do not move them. The sizes
 * of the bins, by which their gaps are weighted, cancel: `expectedCalibrationError` is the sum of the gaps over the items.
 */
function calibrationStatistic({ items, predictions }: AnsweredItems): ItemStatistic {
  const labels = items.map(({ label }) => label ?? -1);
  const answers = topAnswers(
    labels,
    predictions.map(({ probabilities }) => probabilities ?? []),
  );
  const bins = Int32Array.from(answers, ({ confidence }) => binOf(confidence, edges));
  const excess = Float64Array.from(answers, ({ confidence, correct }) => confidence - Number(correct));
  return {
    width: reliabilityBinCount,
    add: (sums, item, times) => increase(sums, bins[item] ?? 0, times * (excess[item] ?? Number.NaN)),
    cells: { places: bins, amounts: excess },
    value: (sums, count) => {
      let gaps = 0;
      for (let bin = 0; bin < reliabilityBinCount; bin++) gaps += Math.abs(sums[bin] ?? 0);
      return gaps / count;
    },
  };
}

/** Bounds of the bins. */
const edges = Array.from({ length: reliabilityBinCount + 1 }, (_, i) => i / reliabilityBinCount);

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
