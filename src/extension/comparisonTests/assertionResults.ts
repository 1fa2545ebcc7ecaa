/** What a comparison's outcome means for the tests of its file. Pure. */
import * as l10n from "@vscode/l10n";
import { measuredText, metricName } from "../../runtime/comparison/report/metricWords";
import type { ComparisonResult } from "../../runtime/comparisonProtocol";
import type { ComparisonReport } from "../../runtime/comparisonReport";
import type { AssertionTest } from "./assertionTests";

/** What became of a test. */
export type TestOutcome =
  | { readonly kind: "passed"; readonly words: string }
  | {
      readonly kind: "failed";
      /** What was found, in a sentence. */
      readonly message: string;
      /** What was asserted, and what is: for a value, to stand beside each other. */
      readonly values: { readonly expected: string; readonly actual: string } | null;
    }
  /** Nothing can be said of it. */
  | { readonly kind: "errored"; readonly message: string }
  | { readonly kind: "skipped" };

/** The outcome of a test, from a comparison of the same text. */
export function testOutcome({ record, report }: ComparisonResult, test: AssertionTest): TestOutcome {
  if (report === null) {
    if (record.state === "paused") return { kind: "skipped" };
    return { kind: "errored", message: record.reason ?? l10n.t("The comparison has no report.") };
  }
  const found = report.assertions[test.index];
  if (!found || !isSame(found.assertion, test)) {
    return { kind: "errored", message: l10n.t("The report does not have this assertion: the file has changed.") };
  }
  if (found.passed) return { kind: "passed", words: found.words };
  return { kind: "failed", message: found.words, values: valuesOf(report, test) };
}

function isSame(assertion: object, test: AssertionTest): boolean {
  const sorted = (of: object) => JSON.stringify(Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1)));
  return sorted(assertion) === sorted(test.assertion);
}

/** Differences are told in words: their interval is what counts. */
function valuesOf(
  { record, arms }: ComparisonReport,
  { assertion, label }: AssertionTest,
): { readonly expected: string; readonly actual: string } | null {
  if ("noWorseThan" in assertion || "betterThan" in assertion) return null;
  const metric = assertion.metric ?? record.metrics[0];
  const measured = metric && arms.find(({ name }) => name === assertion.arm)?.metrics[metric];
  if (!measured) return null;
  return { expected: label, actual: `${assertion.arm}: ${metricName(metric)} = ${measuredText(metric, measured)}` };
}
