/** An arm's numbers: every metric with its interval, spread over seeds, classes, confusion, reliability and costs. */
import * as l10n from "@vscode/l10n";
import type { UnitCost } from "../../comparisonRecord";
import type { Measured, ReportArm } from "../../comparisonReport";
import { invalidRequest } from "../../errors";
import { classificationReport, reliabilityBins, topAnswers } from "../../evaluation/classificationMetrics";
import { armInterval, type DrawnArm, drawArms, type ItemStatistic } from "../../evaluation/jointBootstrap";
import { wilsonInterval } from "../../evaluation/significance";
import { seedSpread } from "../../evaluation/spread";
import { pacer } from "../../pacer";
import { type ComparisonMetric, comparisonDefaults } from "../comparisonFile";
import type { ComparedArm } from "./comparedArms";
import { metricRanges, metricStatistic, reliabilityBinCount } from "./metricStatistics";
import { classCount, firstMetric, type ReportInput } from "./reportInput";

/** What was drawn for a metric, by arm; null for an arm whose answers do not have what it needs. */
export type DrawnMetric = readonly (DrawnArm | null)[];

/** Of every metric of the file. */
export type DrawnMetrics = ReadonlyMap<ComparisonMetric, DrawnMetric>;

/**
 * How sure intervals are, and how they are drawn, as the file says. There are at least as many resamples as it takes for any pair's p-value,
 * which is 2 / (resamples + 1) or more, to stay under α when it is adjusted over all pairs.
 */
export function drawSettings({ file, record }: Pick<ReportInput, "file" | "record">): {
  readonly level: number;
  readonly resamples: number;
  readonly seed: number;
} {
  const { level, resamples, seeds } = { ...comparisonDefaults, ...file };
  const pairs = (record.arms.length * (record.arms.length - 1)) / 2;
  return {
    level,
    resamples: Math.max(resamples, Math.ceil((2 * pairs) / (1 - level))),
    seed: seeds.first ?? comparisonDefaults.seeds.first,
  };
}

/** Draws items for all arms and every metric, the same ones. Takes its time; throws as `drawArms` does. */
export async function drawMetrics(
  input: ReportInput,
  arms: readonly ComparedArm[],
  signal?: AbortSignal,
): Promise<DrawnMetrics> {
  const statistics: (readonly ItemStatistic[] | null)[][] = [];
  const pace = pacer();
  for (const metric of input.record.metrics) {
    const ofArms: (readonly ItemStatistic[] | null)[] = [];
    for (const arm of arms) {
      await pace();
      ofArms.push(armStatistics(input, arm, metric));
    }
    statistics.push(ofArms);
  }
  const { resamples, seed } = drawSettings(input);
  const measured = statistics.flat().filter((of) => of !== null);
  const all = await drawArms(input.data.test.length, measured, { resamples, seed, ...(signal && { signal }) });
  let at = 0;
  const drawn = statistics.map((ofArms) => ofArms.map((of) => (of === null ? null : (all[at++] ?? null))));
  return new Map(input.record.metrics.map((metric, i) => [metric, drawn[i] ?? []]));
}

/** A statistic for each run; null where the metric cannot judge one of them. */
function armStatistics(input: ReportInput, { runs }: ComparedArm, metric: ComparisonMetric) {
  const answered = { items: input.data.test, classes: classCount(input) };
  const found = runs.flatMap(({ predictions }) => metricStatistic(metric, { ...answered, predictions }) ?? []);
  return found.length === runs.length ? found : null;
}

/** The numbers of one of the arms. `place`: its number among them. Other work gets its turn between metrics. */
export async function reportArm(
  input: ReportInput,
  arm: ComparedArm,
  place: number,
  drawn: DrawnMetrics,
): Promise<ReportArm> {
  const metrics: Partial<Record<ComparisonMetric, Measured>> = {};
  const pace = pacer();
  for (const [metric, arms] of drawn) {
    const of = arms[place];
    if (of) metrics[metric] = measured(input, metric, of);
    await pace();
  }
  const { name, kind, choice, dev, labels, testReads, cut } = arm;
  return {
    ...{ name, kind, arm: arm.arm, choice, dev, labels, testReads, cut },
    metrics,
    spread: spread(arm, firstDrawn(input, drawn, arm, place)),
    ...classesOf(input, arm),
    reliability: reliability(input, arm),
    cost: costOf(arm.costs),
  };
}

/** A metric with its interval, which holds it: the calibration error of resamples is larger than that of the items, sometimes always. */
export function measured(input: ReportInput, metric: ComparisonMetric, drawn: DrawnArm): Measured {
  const { level, seed } = drawSettings(input);
  const value = drawn.estimate;
  const [low, high] = rateInterval(metric, drawn, level) ?? armInterval(drawn, level, seed).interval;
  const [least, most] = metricRanges[metric];
  return { value, low: Math.max(least, Math.min(low, value)), high: Math.min(most, Math.max(high, value)) };
}

/**
 * Wilson's interval: of a rate with a single seed, and where all items are right, or wrong, with every seed, which no resample could do
 * otherwise. Null for all else.
 */
function rateInterval(
  metric: ComparisonMetric,
  { itemScores, estimate }: DrawnArm,
  level: number,
): readonly [number, number] | null {
  if (metric !== "accuracy" && metric !== "exactMatch") return null;
  const items = itemScores[0]?.length ?? 0;
  const isOne = itemScores.length === 1 || estimate === 0 || estimate === 1;
  return isOne ? wilsonInterval(Math.round(estimate * items), items, level) : null;
}

/** An arm by the first metric. Throws `invalidRequest` where its answers do not have what that needs. */
export function firstDrawn(input: ReportInput, drawn: DrawnMetrics, { name }: ComparedArm, place: number): DrawnArm {
  const metric = firstMetric(input);
  const of = drawn.get(metric)?.[place];
  if (!of) throw invalidRequest(l10n.t("the answers of {0} cannot be judged by {1}", name, metric));
  return of;
}

function spread({ runs }: ComparedArm, { itemScores, seedValues }: DrawnArm): ReportArm["spread"] {
  const { lowest, highest, seedDeviation, itemError, totalError } = seedSpread(itemScores);
  const seeds = runs.map(({ seed }, i) => ({ seed, value: seedValues[i] ?? Number.NaN }));
  return { seeds, lowest, highest, seedDeviation, itemError, totalError };
}

/** Classes and confusion over all seeds; nothing for multiple choice, whose choices are no classes, and for texts. */
function classesOf({ record, data }: ReportInput, { runs }: ComparedArm): Pick<ReportArm, "classes" | "confusion"> {
  if (data.choices !== null || record.labels.length === 0) return { classes: [], confusion: [] };
  const labels = runs.flatMap(() => data.test.map(({ label }) => label ?? -1));
  const predicted = runs.flatMap(({ predictions }) => predictions.map(({ label }) => label ?? -1));
  const { classes, confusion } = classificationReport(labels, predicted, record.labels.length);
  return {
    confusion,
    classes: classes.map(({ precision, recall, f1, support }, k) => ({
      ...{ label: record.labels[k] ?? String(k), precision, recall, f1 },
      items: support / runs.length,
    })),
  };
}

function reliability({ data }: ReportInput, { runs }: ComparedArm): ReportArm["reliability"] {
  const probabilities = runs.flatMap(({ predictions }) => predictions.map((of) => of.probabilities ?? []));
  if (probabilities.some(({ length }) => length === 0)) return [];
  const labels = runs.flatMap(() => data.test.map(({ label }) => label ?? -1));
  const bins = reliabilityBins(topAnswers(labels, probabilities), { bins: reliabilityBinCount });
  return bins.map(({ low, high, count, confidence, accuracy }) => ({
    ...{ from: low, to: high, items: count, confidence, accuracy },
  }));
}

function costOf(costs: readonly UnitCost[]): UnitCost | null {
  if (costs.length === 0) return null;
  const trained = costs.flatMap(({ trainMs }) => (trainMs === null ? [] : [trainMs]));
  return {
    trainMs: trained.length === 0 ? null : median(trained),
    itemMs: median(costs.map(({ itemMs }) => itemMs)),
    peakBytes: median(costs.map(({ peakBytes }) => peakBytes)),
    addedBytes: median(costs.map(({ addedBytes }) => addedBytes)),
    itemTokens: median(costs.map(({ itemTokens }) => itemTokens)),
  };
}

/** The middle one; the mean of the two in the middle of an even number. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (low + high) / 2;
}
