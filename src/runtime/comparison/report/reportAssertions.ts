/** Whether what the file asserts holds. */
import * as l10n from "@vscode/l10n";
import type { AssertionOutcome } from "../../comparisonRecord";
import type { ReportArm, ReportPair } from "../../comparisonReport";
import { type ComparisonAssertion, type ComparisonMetric, lowerIsBetter } from "../comparisonFile";
import { differenceText, levelText, measuredText, metricName, metricText, metricUnit } from "./metricWords";
import { drawSettings } from "./reportArms";
import { firstMetric } from "./reportInput";
import { type PairContext, reportPair, reportPairs } from "./reportPairs";

/** What assertions are judged by. */
export interface AssertionContext extends PairContext {
  readonly reportArms: readonly ReportArm[];
  /** Those of the first metric. */
  readonly pairs: readonly ReportPair[];
}

/** Pairs by metric. */
type MetricPairs = ReadonlyMap<ComparisonMetric, readonly ReportPair[]>;

interface JudgedContext extends AssertionContext {
  readonly metricPairs: MetricPairs;
}

/** The file's assertions in their order. One about an arm that was not run, or by a metric that it has not, does not hold. */
export async function assertionOutcomes(context: AssertionContext): Promise<readonly AssertionOutcome[]> {
  const { assertions = [] } = context.input.file;
  const metricPairs = new Map([[firstMetric(context.input), context.pairs]]);
  for (const assertion of assertions) {
    const { metric } = assertion;
    const isPair = "noWorseThan" in assertion || "betterThan" in assertion;
    if (isPair && metric && !metricPairs.has(metric)) metricPairs.set(metric, await reportPairs(context, metric));
  }
  return assertions.map((assertion) => ({ assertion, ...outcome({ ...context, metricPairs }, assertion) }));
}

type Judgement = Pick<AssertionOutcome, "passed" | "words">;

function outcome(context: JudgedContext, assertion: ComparisonAssertion): Judgement {
  const metric = assertion.metric ?? firstMetric(context.input);
  if ("noWorseThan" in assertion) return noWorse(context, metric, assertion);
  if ("betterThan" in assertion) return better(context, metric, assertion);
  return within(context, metric, assertion);
}

/** By the value itself, not by its interval: a test set that is too small would fail every bound. */
function within(
  { reportArms }: AssertionContext,
  metric: ComparisonMetric,
  { arm, atLeast, atMost }: Extract<ComparisonAssertion, { readonly atLeast?: number }>,
): Judgement {
  const measured = reportArms.find(({ name }) => name === arm)?.metrics[metric];
  if (!measured) return missing(metric, arm);
  const passed =
    measured.value >= (atLeast ?? Number.NEGATIVE_INFINITY) && measured.value <= (atMost ?? Number.POSITIVE_INFINITY);
  const bounds = [
    ...(atLeast === undefined ? [] : [l10n.t("at least {0}", metricText(metric, atLeast))]),
    ...(atMost === undefined ? [] : [l10n.t("at most {0}", metricText(metric, atMost))]),
  ].join(", ");
  const said = [arm, metricName(metric), measuredText(metric, measured), bounds] as const;
  return {
    passed,
    words: passed ? l10n.t("{0}: {1} is {2}; asserted is {3}.", ...said) : l10n.t("{0}: {1} is {2}, not {3}.", ...said),
  };
}

/**
 * Non-inferiority: the interval of the difference must not reach farther than the margin to the worse side (ICH E9 §3.3.2; Piaggio et al. 2012).
 * That an arm was not shown to be worse is not enough.
 */
function noWorse(
  context: JudgedContext,
  metric: ComparisonMetric,
  { arm, noWorseThan, by = 0 }: Extract<ComparisonAssertion, { readonly noWorseThan: string }>,
): Judgement {
  const pair = pairOf(context, metric, arm, noWorseThan);
  if (!pair) return missing(metric, arm, noWorseThan);
  const { low, high } = pair.difference;
  const passed = lowerIsBetter.has(metric) ? high <= by : low >= -by;
  const said = [arm, noWorseThan, differenceWords(context, metric, pair), marginText(metric, by)] as const;
  if (passed) return { passed, words: l10n.t("{0} is no worse than {1} by more than {3}: {2}.", ...said) };
  return {
    passed,
    words: l10n.t(
      "{0} may be worse than {1} by more than {3}: {2}. More items of test, or a larger “by”, could show it.",
      ...said,
    ),
  };
}

function better(
  context: JudgedContext,
  metric: ComparisonMetric,
  { arm, betterThan }: Extract<ComparisonAssertion, { readonly betterThan: string }>,
): Judgement {
  const pair = pairOf(context, metric, arm, betterThan);
  return pair ? { passed: pair.verdict === "firstBetter", words: pair.words } : missing(metric, arm, betterThan);
}

/** The first named arm first. Between arms p-values are adjusted over all of them, as the report has them. */
function pairOf(
  context: JudgedContext,
  metric: ComparisonMetric,
  firstName: string,
  secondName: string,
): ReportPair | null {
  const { arms } = context;
  const [first, second] = [firstName, secondName].map((wanted) => arms.findIndex(({ name }) => name === wanted));
  if (first === undefined || second === undefined || first < 0 || second < 0 || first === second) return null;
  if (arms[first]?.kind === "baseline" || arms[second]?.kind === "baseline") {
    return reportPair(context, metric, first, second);
  }
  const found = context.metricPairs
    .get(metric)
    ?.find(
      (pair) =>
        Math.min(pair.first, pair.second) === Math.min(first, second) &&
        Math.max(pair.first, pair.second) === Math.max(first, second),
    );
  return found ? (found.first === first ? found : turned(found)) : null;
}

/** The same pair, second − first. Its words stay: they name both. */
function turned(pair: ReportPair): ReportPair {
  const { value, low, high } = pair.difference;
  const verdicts = { firstBetter: "secondBetter", secondBetter: "firstBetter", notDecisive: "notDecisive" } as const;
  return {
    ...pair,
    ...{ first: pair.second, second: pair.first, verdict: verdicts[pair.verdict] },
    difference: { value: 0 - value, low: 0 - high, high: 0 - low },
  };
}

function differenceWords({ input }: AssertionContext, metric: ComparisonMetric, { difference }: ReportPair): string {
  const { value, low, high } = difference;
  const texts = [value, low, high].map((number) => differenceText(metric, number));
  const [middle = "", from = "", to = ""] = texts;
  return l10n.t("the difference is {0} ({1} %: {2} to {3})", middle, levelText(drawSettings(input).level), from, to);
}

function marginText(metric: ComparisonMetric, by: number): string {
  return metricUnit(metric) === "share" ? l10n.t("{0} points", String(Math.round(1e6 * by) / 1e4)) : String(by);
}

function missing(metric: ComparisonMetric, ...arms: readonly string[]): Judgement {
  return {
    passed: false,
    words: l10n.t(
      "There is no {0} of {1}: an arm of this name was not run, or cannot be judged so.",
      metricName(metric),
      arms.join(", "),
    ),
  };
}
