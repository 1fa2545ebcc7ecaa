/** One number for what a unit answered: a metric of the comparison over all items of the part. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { statisticValue } from "../evaluation/jointBootstrap";
import type { ComparisonMetric } from "./comparisonFile";
import { type AnsweredItems, metricStatistic } from "./report/metricStatistics";

/**
 * The metric's value, as the report has it: shares from 0 to 1, BLEU to 100, log-loss in nats, perplexity by token of the model.
 * @throws RuntimeError `invalidRequest` for answers without what the metric needs, and without items.
 */
export function unitScore(metric: ComparisonMetric, answered: AnsweredItems): number {
  const count = answered.items.length;
  if (count === 0) throw invalidRequest(l10n.t("there are no items"));
  const statistic = metricStatistic(metric, answered);
  if (statistic !== null) return statisticValue(statistic, count);
  throw invalidRequest(l10n.t("the answers cannot be judged by {0}", metric));
}
