/** Arms against each other on the same items. */
import * as l10n from "@vscode/l10n";
import type { ReportPair } from "../../comparisonReport";
import { normalQuantile } from "../../evaluation/distributions";
import { armDifference, type DrawnArm, type JointResult } from "../../evaluation/jointBootstrap";
import { smallestDifference } from "../../evaluation/power";
import { holmAdjusted, mcnemarTest, type PairedCounts, pairedCounts } from "../../evaluation/significance";
import { type Difference, type Verdict, verdict } from "../../evaluation/verdict";
import { pacer } from "../../pacer";
import { type ComparisonMetric, lowerIsBetter } from "../comparisonFile";
import type { ComparedArm } from "./comparedArms";
import { majorityLabel } from "./metricStatistics";
import { levelText, metricUnit } from "./metricWords";
import { type DrawnMetrics, drawSettings } from "./reportArms";
import type { ReportInput } from "./reportInput";

/** The chance to see a difference that is there, for which the smallest one is told. */
const power = 0.8;

/** What two arms are compared by. */
export interface PairContext {
  readonly input: ReportInput;
  readonly arms: readonly ComparedArm[];
  readonly drawn: DrawnMetrics;
}

/**
 * Every two of the arms that are no baselines, by a metric; p-values are adjusted over all of them. Arms that the metric cannot judge are
 * left out. Other work gets its turn between.
 */
export async function reportPairs(context: PairContext, metric: ComparisonMetric): Promise<readonly ReportPair[]> {
  const numbers = context.arms.flatMap(({ kind }, number) => (kind === "baseline" ? [] : [number]));
  const comparisons: PairComparison[] = [];
  const pace = pacer();
  for (const [i, first] of numbers.entries()) {
    for (const second of numbers.slice(i + 1)) {
      const found = compared(context, metric, first, second);
      if (found) comparisons.push(found);
      await pace();
    }
  }
  const adjusted = holmAdjusted(comparisons.map(({ p }) => p));
  return comparisons.map((comparison, i) => judged(context, metric, comparison, adjusted[i] ?? 1, comparisons.length));
}

/** Any two arms, by a metric, with no others beside them; null where the metric cannot judge one of them. */
export function reportPair(
  context: PairContext,
  metric: ComparisonMetric,
  first: number,
  second: number,
): ReportPair | null {
  const comparison = compared(context, metric, first, second);
  return comparison && judged(context, metric, comparison, comparison.p, 1);
}

/** Two arms before p-values are adjusted. */
interface PairComparison {
  readonly first: number;
  readonly second: number;
  readonly result: JointResult;
  readonly mcnemar: ReportPair["mcnemar"];
  readonly p: number;
  readonly smallest: number | null;
}

function compared(
  context: PairContext,
  metric: ComparisonMetric,
  first: number,
  second: number,
): PairComparison | null {
  const { input, arms, drawn } = context;
  const [a, b] = [arms[first], arms[second]];
  const [drawnA, drawnB] = [drawn.get(metric)?.[first], drawn.get(metric)?.[second]];
  if (!(a && b && drawnA && drawnB)) return null;
  const { level, seed } = drawSettings(input);
  const result = armDifference(drawnA, drawnB, { level, seed, pairSeeds: haveSameSeeds(a, b) });
  const counts = metric === "accuracy" ? majorityCounts(input, a, b) : null;
  const mcnemar = counts && { ...only(counts), p: mcnemarTest(counts).pValue };
  const isSingle = a.runs.length === 1 && b.runs.length === 1;
  return {
    ...{ first, second, result, mcnemar },
    // With a single seed of each both test the same, and the exact test holds for few discordant items too.
    p: mcnemar && isSingle ? mcnemar.p : result.pValue,
    smallest: smallest(result, isSingle ? counts : null, 1 - level, itemCount(drawnA)),
  };
}

function only({ firstOnly, secondOnly }: PairedCounts): Pick<PairedCounts, "firstOnly" | "secondOnly"> {
  return { firstOnly, secondOnly };
}

function itemCount({ itemScores }: DrawnArm): number {
  return itemScores[0]?.length ?? 0;
}

/** Whether seed j means the same to both: the same labels and demonstrations drawn, or the same order of training. */
function haveSameSeeds(first: ComparedArm, second: ComparedArm): boolean {
  const isPrompt = ({ kind }: ComparedArm) => kind === "prompt";
  const isBaseline = ({ kind }: ComparedArm) => kind === "baseline";
  if (isBaseline(first) || isBaseline(second) || isPrompt(first) !== isPrompt(second)) return false;
  return first.runs.length === second.runs.length && first.runs.every(({ seed }, i) => seed === second.runs[i]?.seed);
}

/** Items by which of the arms' majority answers are right. */
function majorityCounts({ data }: ReportInput, first: ComparedArm, second: ComparedArm): PairedCounts {
  return pairedCounts(majorityRight(data.test, first), majorityRight(data.test, second));
}

/** By arm, which is in many pairs. */
const known = new WeakMap<ComparedArm, readonly boolean[]>();

function majorityRight(test: ReportInput["data"]["test"], arm: ComparedArm): readonly boolean[] {
  const before = known.get(arm);
  if (before) return before;
  const right = test.map(({ label }, item) => {
    const answers = arm.runs.flatMap(({ predictions }) => predictions[item] ?? []);
    return majorityLabel(answers) === label;
  });
  known.set(arm, right);
  return right;
}

/**
 * The smallest difference seen with a chance of 80 %: of two accuracies by the discordant items, of all else the half width of the interval and
 * z standard errors (Miller 2024, §5). Null where there is none, and where the arms never differ, which says nothing of it.
 */
function smallest(result: JointResult, counts: PairedCounts | null, alpha: number, items: number): number | null {
  if (counts) {
    const discordant = counts.firstOnly + counts.secondOnly;
    return discordant === 0 ? null : smallestDifference(items, discordant / items, { alpha, power });
  }
  const [low, high] = result.interval;
  return result.standardError === 0 ? null : (high - low) / 2 + normalQuantile(power) * result.standardError;
}

function judged(
  { input, arms }: PairContext,
  metric: ComparisonMetric,
  { first, second, result, mcnemar, p, smallest: least }: PairComparison,
  holm: number,
  pairs: number,
): ReportPair {
  const { level } = drawSettings(input);
  const { estimate, interval } = result;
  const names = { first: arms[first]?.name ?? "", second: arms[second]?.name ?? "" };
  const difference: Difference = {
    ...{ ...names, estimate, interval, level, unit: metricUnit(metric) },
    better: lowerIsBetter.has(metric) ? "lower" : "higher",
    // Arms that never differ leave nothing to tell.
    ...(result.standardError > 0 && { smallest: least }),
  };
  const { kind, words } = strict(verdict(difference), { ...names, p, holm, pairs, level });
  const [low, high] = interval;
  return {
    ...{ first, second, difference: { value: estimate, low, high }, mcnemar, p, holm },
    ...{ verdict: kind, words, smallest: least },
  };
}

/** A difference whose interval does not hold 0 is not decisive either where its p-value, adjusted over all pairs, is over α. */
function strict(
  found: Verdict,
  {
    first,
    second,
    p,
    holm,
    pairs,
    level,
  }: Pick<Difference, "first" | "second"> & {
    readonly p: number;
    readonly holm: number;
    readonly pairs: number;
    readonly level: number;
  },
): Verdict {
  if (found.kind === "notDecisive" || holm <= 1 - level + rounding) return found;
  const [alone, adjusted, bound] = [p, holm, 1 - level].map((value) => value.toFixed(3));
  const words =
    p > 1 - level + rounding
      ? l10n.t(
          "Not decisive: the {3} % interval of {0} minus {1} leaves out 0, but p = {2}.",
          ...[first, second, alone ?? "", levelText(level)],
        )
      : l10n.t(
          "Not decisive: among {2} pairs such a difference of {0} and {1} comes about by chance (p = {3}, after Holm {4}, over {5}).",
          ...[first, second, pairs, alone ?? "", adjusted ?? "", bound ?? ""],
        );
  return { kind: "notDecisive", words };
}

/** 1 − 0.95 is a little over 0.05. */
const rounding = 1e-9;
