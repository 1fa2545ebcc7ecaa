/** Learning curves, made ready to be drawn. Pure. */
import type { ComparisonReport, ReportCrossover, ReportCurve } from "../../runtime/comparisonReport";

/** A curve with its look. */
export interface CurveSeries {
  /** Number of the arm among the report's. */
  readonly arm: number;
  readonly name: string;
  /** For `lookOf`. */
  readonly look: number;
  readonly points: ReportCurve["points"];
  /** Whether it is a value on test that stands for every number of labels. */
  readonly flat: boolean;
}

/** The curves along an axis; against labels also what prompts reach without one, as level lines. */
export function curveSeries(
  { record, arms, curves }: ComparisonReport,
  axis: ReportCurve["axis"],
): readonly CurveSeries[] {
  const own = curves.filter((curve) => curve.axis === axis && curve.points.length > 0);
  const places = own.flatMap(({ points }) => points.map(({ at }) => at));
  const curved = own.map(({ arm, points }) => ({ arm, points, flat: false }));
  if (axis === "k" || places.length === 0) return named(curved, arms);
  const ends = [Math.min(...places), Math.max(...places)];
  const level = arms.flatMap(({ kind, spread, metrics }, arm) => {
    const measured = metrics[record.metrics[0] ?? "accuracy"];
    if (kind !== "prompt" || !measured || own.some((curve) => curve.arm === arm)) return [];
    const { value: mean, low, high } = measured;
    const seeds = spread.seeds.map(({ value }) => value);
    return [{ arm, points: ends.map((at) => ({ at, mean, low, high, seeds })), flat: true }];
  });
  return named([...curved, ...level], arms);
}

function named(
  series: readonly Omit<CurveSeries, "name" | "look">[],
  arms: ComparisonReport["arms"],
): readonly CurveSeries[] {
  return series.map((one, look) => ({ ...one, look, name: arms[one.arm]?.name ?? "" }));
}

/** Crossovers that lie within what was measured, with the look of the curve that overtakes. */
export function crossingsOf(
  crossovers: readonly ReportCrossover[],
  series: readonly CurveSeries[],
): readonly { readonly crossover: ReportCrossover; readonly look: number }[] {
  return crossovers.flatMap((crossover) => {
    const curve = series.find(({ arm }) => arm === crossover.first);
    return crossover.estimate.kind === "at" && curve ? [{ crossover, look: curve.look }] : [];
  });
}
