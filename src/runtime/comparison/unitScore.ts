/** One number for what a unit answered: a metric of the comparison over all items of the part. */
import type { Prediction } from "../comparisonRecord";
import {
  accuracy,
  brierScore,
  confusionMatrix,
  expectedCalibrationError,
  logLoss,
  macroF1,
  reliabilityBins,
  topAnswers,
} from "../evaluation/classificationMetrics";
import { corpusBleu, exactMatch, perplexity, rougeL, tokenF1 } from "../evaluation/generationMetrics";
import type { ComparisonMetric } from "./comparisonFile";
import type { ComparisonData, ComparisonItem } from "./comparisonInput";
import { mean } from "./unitRun";

/** What was answered, and what is right, item by item. */
export interface Answered {
  readonly predictions: readonly Prediction[];
  /** Those of the predictions, in their order. */
  readonly items: readonly ComparisonItem[];
  readonly data: Pick<ComparisonData, "labels" | "choices">;
}

/**
 * The metric's value. Shares are from 0 to 1, BLEU to 100, log-loss in nats, perplexity by token of the model.
 * @throws RuntimeError `invalidRequest` as the metrics do: without items, or for answers without what the metric needs.
 */
export function unitScore(metric: ComparisonMetric, { predictions, items, data }: Answered): number {
  const labels = items.map(({ label }) => label ?? -1);
  const answers = predictions.map(({ label }) => label ?? -1);
  const shares = predictions.map(({ probabilities }) => probabilities ?? []);
  const texts = predictions.map(({ text }) => text ?? "");
  const meanOf = (score: (text: string, references: readonly string[]) => number) =>
    mean(texts.map((text, i) => score(text, [items[i]?.gold ?? ""])));
  switch (metric) {
    case "accuracy":
      return accuracy(labels, answers);
    case "macroF1":
      return macroF1(confusionMatrix(labels, answers, data.choices ?? data.labels.length));
    case "logLoss":
      return logLoss(labels, shares);
    case "brier":
      return brierScore(labels, shares);
    case "calibrationError":
      return expectedCalibrationError(reliabilityBins(topAnswers(labels, shares)));
    case "exactMatch":
      return meanOf(exactMatch);
    case "tokenF1":
      return meanOf(tokenF1);
    case "bleu":
      return corpusBleu(
        texts,
        items.map(({ gold }) => [gold]),
      ).score;
    case "rougeL":
      return meanOf((text, references) => rougeL(text, references).f1);
    case "perplexity":
      return perplexity(predictions.map(({ logprob, tokens }) => ({ logprob: logprob ?? 0, tokens: tokens ?? 0 })));
    default:
      return metric satisfies never;
  }
}
