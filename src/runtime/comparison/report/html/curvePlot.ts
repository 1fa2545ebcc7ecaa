/** Learning curves with their bands, and where they cross. */
import * as l10n from "@vscode/l10n";
import type { ComparisonReport, ReportCurve } from "../../../comparisonReport";
import { measuredText, metricName, tickText } from "../metricWords";
import { shortened } from "../reportTables";
import {
  type Axis,
  element,
  linearAxis,
  logAxis,
  mark,
  marks,
  picture,
  pointText,
  textElement,
  tip,
  upright,
} from "./svg";

const layout = { width: 720, height: 380, left: 76, right: 24, top: 12, bottom: 52, legendRow: 22 } as const;

/** A line of the plot. */
interface Series {
  readonly name: string;
  readonly points: ReportCurve["points"];
}

/** The curves against labels, or against demonstrations; empty where there are none. Arms that prompt lie flat among those over labels. */
export function curvePlot(report: ComparisonReport, axis: ReportCurve["axis"]): string {
  const series = seriesOf(report, axis);
  const places = series.flatMap(({ points }) => points.map(({ at }) => at));
  if (places.length === 0) return "";
  const x = horizontal(places, axis);
  const bounds = series.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high]));
  const y = linearAxis(bounds, { from: layout.height - layout.bottom, to: layout.top }, 6);
  const metric = report.record.metrics[0] ?? "accuracy";
  const against = axis === "labels" ? l10n.t("number of labels") : l10n.t("demonstrations in the prompt");
  return picture(
    layout.width,
    layout.height + layout.legendRow * series.length,
    l10n.t("{0} against the {1}; the table below has the numbers", metricName(metric), against),
    ...frame(report, x, y, against),
    ...series.map(({ points }, number) => line(points, number, x, y, report)),
    ...(axis === "labels" ? crossings(report, series, x) : []),
    ...series.map(({ name }, number) => legend(name, number)),
  );
}

function seriesOf({ record, arms, curves }: ComparisonReport, axis: ReportCurve["axis"]): readonly Series[] {
  const own = curves.filter((curve) => curve.axis === axis);
  const series = own.map(({ arm, points }) => ({ name: arms[arm]?.name ?? "", points }));
  const places = own.flatMap(({ points }) => points.map(({ at }) => at));
  if (axis === "k" || places.length === 0) return series;
  const ends = [Math.min(...places), Math.max(...places)];
  const flat = arms.flatMap(({ kind, name, spread, metrics }, arm) => {
    const measured = metrics[record.metrics[0] ?? "accuracy"];
    if (kind !== "prompt" || !measured || own.some((curve) => curve.arm === arm)) return [];
    const { value: mean, low, high } = measured;
    const seeds = spread.seeds.map(({ value }) => value);
    return [{ name, points: ends.map((at) => ({ at, mean, low, high, seeds })) }];
  });
  return [...series, ...flat];
}

function horizontal(places: readonly number[], axis: ReportCurve["axis"]): Axis {
  const extent = { from: layout.left, to: layout.width - layout.right };
  if (axis === "labels") return logAxis(places, extent);
  return { ...linearAxis(places, extent, 8), ticks: [...new Set(places)].sort((a, b) => a - b) };
}

function frame({ record }: ComparisonReport, x: Axis, y: Axis, against: string): readonly string[] {
  const metric = record.metrics[0] ?? "accuracy";
  const [floor, end] = [layout.height - layout.bottom, layout.width - layout.right];
  return [
    ...y.ticks.flatMap((tick) => {
      const at = y.place(tick);
      return [
        element("line", { class: "grid", x1: layout.left, x2: end, y1: at, y2: at }),
        textElement({ class: "tick", x: layout.left - 8, y: at + 4, "text-anchor": "end" }, tickText(metric, tick)),
      ];
    }),
    ...apart(x.ticks, x).map((tick) =>
      textElement({ class: "tick", x: x.place(tick), y: floor + 18, "text-anchor": "middle" }, String(tick)),
    ),
    textElement({ class: "axis-name", x: (layout.left + end) / 2, y: floor + 40 }, against),
    upright(metricName(metric), 14, (layout.top + floor) / 2),
  ];
}

/** Ticks with room for their numbers. */
function apart(ticks: readonly number[], { place }: Axis): readonly number[] {
  const room = 34;
  const kept: number[] = [];
  for (const tick of ticks) {
    const last = kept.at(-1);
    if (last === undefined || place(tick) - place(last) >= room) kept.push(tick);
  }
  return kept;
}

function line(points: ReportCurve["points"], number: number, x: Axis, y: Axis, { record }: ComparisonReport): string {
  const metric = record.metrics[0] ?? "accuracy";
  const at = (value: (point: ReportCurve["points"][number]) => number) =>
    points.map((point) => [x.place(point.at), y.place(value(point))] as const);
  const band = [...at(({ high }) => high), ...at(({ low }) => low).reverse()];
  return element(
    "g",
    { class: seriesClass(number) },
    element("polygon", { class: "band", points: band.map(pointText).join(" ") }),
    element("polyline", {
      class: "line",
      points: at(({ mean }) => mean)
        .map(pointText)
        .join(" "),
    }),
    ...points.map((point) => {
      const { at: place, mean, low, high } = point;
      const text = `${place}: ${measuredText(metric, { value: mean, low, high })}`;
      return mark(shapeOf(number), x.place(place), y.place(mean), { class: "dot" }, tip(text));
    }),
  );
}

/** Colours repeat after eight series, marks after four. */
function seriesClass(number: number): string {
  return `series-${number % 8}`;
}

function shapeOf(number: number): (typeof marks)[number] {
  return marks[number % marks.length] ?? "circle";
}

function legend(name: string, number: number): string {
  const y = layout.height + layout.legendRow * (number + 0.5);
  const [from, to] = [layout.left, layout.left + 36];
  return element(
    "g",
    { class: seriesClass(number) },
    element("line", { class: "line", x1: from, x2: to, y1: y, y2: y }),
    mark(shapeOf(number), (from + to) / 2, y, { class: "dot" }),
    textElement({ class: "legend", x: to + 10, y: y + 4 }, shortened(name, 80)),
  );
}

/** Where the curve of an arm overtakes another, with its interval, as far as that was measured: on the floor, in the arm's colour. */
function crossings({ arms, crossovers }: ComparisonReport, series: readonly Series[], x: Axis): readonly string[] {
  const [floor, first, last] = [layout.height - layout.bottom, x.ticks[0] ?? 1, x.ticks.at(-1) ?? 1];
  const inside = (labels: number) => x.place(Math.min(Math.max(labels, first), last));
  return crossovers.flatMap(({ first: arm, estimate, low, high, words }, row) => {
    if (estimate.kind !== "at") return [];
    const y = floor - 7 - 9 * row;
    return [
      element(
        "g",
        { class: `crossing ${seriesClass(series.findIndex(({ name }) => name === arms[arm]?.name))}` },
        tip(words),
        element("line", { x1: inside(low.labels), x2: inside(high.labels), y1: y, y2: y }),
        element("circle", { cx: inside(estimate.labels), cy: y, r: 4 }),
      ),
    ];
  });
}
