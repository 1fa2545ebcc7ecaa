/** What an assertion says, as a test is called. Pure. */
import * as l10n from "@vscode/l10n";
import type { ComparisonAssertion, ComparisonMetric } from "./comparisonFile";
import { metricName } from "./report/metricWords";

/** What an assertion says, in words. Numbers are the file's. `first`: the metric of one that names none. */
export function assertionLabel(assertion: ComparisonAssertion, first: ComparisonMetric): string {
  const { arm } = assertion;
  const metric = assertion.metric === undefined ? "" : metricName(assertion.metric);
  if ("noWorseThan" in assertion) {
    const { noWorseThan, by = 0 } = assertion;
    const words =
      by === 0
        ? l10n.t("{0}: no worse than {1}", arm, noWorseThan)
        : l10n.t("{0}: no worse than {1} by {2}", arm, noWorseThan, by);
    return metric ? l10n.t("{0} ({1})", words, metric) : words;
  }
  if ("betterThan" in assertion) {
    const words = l10n.t("{0}: better than {1}", arm, assertion.betterThan);
    return metric ? l10n.t("{0} ({1})", words, metric) : words;
  }
  return `${arm}: ${boundsText(assertion, first)}`;
}

type Bounds = Extract<ComparisonAssertion, { readonly atLeast?: number }>;

/** *accuracy ≥ 0.8*, *0.6 ≤ accuracy ≤ 0.9* */
function boundsText({ metric, atLeast, atMost }: Bounds, first: ComparisonMetric): string {
  const name = metricName(metric ?? first);
  if (atLeast !== undefined && atMost !== undefined) return `${atLeast} ≤ ${name} ≤ ${atMost}`;
  if (atMost !== undefined) return `${name} ≤ ${atMost}`;
  return atLeast === undefined ? name : `${name} ≥ ${atLeast}`;
}
