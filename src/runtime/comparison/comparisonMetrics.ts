/** Which metrics judge which task. Pure. */
import * as l10n from "@vscode/l10n";
import type { ComparisonFile, ComparisonMetric, ComparisonTask } from "./comparisonFile";

const ofLabels = ["accuracy", "macroF1", "logLoss", "brier", "calibrationError"] as const;
/** Choices stand for no class that could have a precision of its own. */
const ofChoices = ["accuracy", "logLoss", "brier", "calibrationError"] as const;
const ofTexts = ["exactMatch", "tokenF1", "bleu", "rougeL", "perplexity"] as const;

/** Metrics that fit a task, the most usual first. */
export const taskMetrics: { readonly [K in ComparisonTask]: readonly ComparisonMetric[] } = {
  classification: ofLabels,
  entailment: ofLabels,
  similarity: ofLabels,
  multipleChoice: ofChoices,
  generation: ofTexts,
};

/** What answers are judged by: what the file says, or all that fit. The first is what arms are chosen and compared by. */
export function metricsOf({
  metrics,
  data: { task },
}: Pick<ComparisonFile, "metrics" | "data">): readonly ComparisonMetric[] {
  return metrics ?? taskMetrics[task];
}

/** Why a task cannot be judged by a metric, in a sentence; null when it can. */
export function lacksMetric(task: ComparisonTask, metric: ComparisonMetric): string | null {
  const fitting = taskMetrics[task];
  if (fitting.includes(metric)) return null;
  return l10n.t("{0} cannot be judged by {1}. Choose: {2}.", task, metric, fitting.join(", "));
}
