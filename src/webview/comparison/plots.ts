/** The report's pictures, as functions of its numbers and a width. The one module that touches Observable Plot. */

import { areaY, type Data, dot, line, type Markish, plot, ruleX, ruleY } from "@observablehq/plot";
import * as l10n from "@vscode/l10n";
import { measuredText, metricName, tickText } from "../../runtime/comparison/report/metricWords";
import type { ComparisonReport, ReportArm, ReportBin, ReportCrossover } from "../../runtime/comparisonReport";
import { visibleString } from "../shared/visibleText";
import { type CurveSeries, crossingsOf } from "./curveSeries";
import { kindLook, lookOf } from "./looks";
import type { Picture } from "./plotElement";

/** Class of every picture: `report.css` has its style. */
const className = "gptw-picture";

const faint = "var(--muted)";
const paper = "var(--vscode-editor-background)";

/** Arms by the first metric, each a dot with its interval, in the given order. */
export function dotPlot({ record, arms }: ComparisonReport, order: readonly number[]): Picture | null {
  const metric = record.metrics[0] ?? "accuracy";
  const rows = order.flatMap((place) => {
    const arm = arms[place];
    const measured = arm?.metrics[metric];
    return arm && measured ? [{ ...measured, row: String(place), name: arm.name, look: kindLook(arm) }] : [];
  });
  if (rows.length === 0) return null;
  const names = new Map(rows.map(({ row, name }) => [row, visibleString(name, "keep")]));
  return {
    label: l10n.t("{0} of each arm with its interval; the table has the numbers", metricName(metric)),
    key: JSON.stringify(rows),
    mostWidth: 900,
    draw: (width) => {
      const room = Math.max(80, Math.min(0.34 * width, 190));
      return plot({
        ...{ className, width, height: 46 + 26 * rows.length, marginLeft: room, marginRight: 20, marginBottom: 38 },
        x: {
          label: metricName(metric),
          labelArrow: "none",
          labelAnchor: "center",
          grid: true,
          ticks: Math.max(3, width / 110),
          nice: true,
          tickFormat: (value: number) => tickText(metric, value),
        },
        y: {
          type: "point",
          domain: rows.map(({ row }) => row),
          label: null,
          tickSize: 0,
          tickFormat: (row: string) => fitting(names.get(row) ?? "", room),
        },
        marks: [
          ruleY(rows, {
            y: "row",
            x1: "low",
            x2: "high",
            stroke: (of: (typeof rows)[number]) => of.look.color,
            strokeWidth: 2.5,
          }),
          ...rows.map((row) =>
            dot([row], {
              x: "value",
              y: "row",
              r: 5.5,
              symbol: row.look.symbol,
              fill: row.look.color,
              stroke: paper,
              strokeWidth: 1.2,
              title: () => `${row.name}: ${measuredText(metric, row)}`,
            }),
          ),
        ],
      });
    },
  };
}

/** About as much of a name as fits. */
function fitting(name: string, pixels: number): string {
  const most = Math.max(6, Math.floor(pixels / 6.6));
  const characters = Array.from(name);
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : name;
}

/** Learning curves with bands; where they cross stands on the floor, with its interval. */
export function curvePlot(
  { record, crossovers }: ComparisonReport,
  axis: "labels" | "k",
  series: readonly CurveSeries[],
): Picture | null {
  const metric = record.metrics[0] ?? "accuracy";
  const places = [...new Set(series.flatMap(({ points }) => points.map(({ at }) => at)))].sort((a, b) => a - b);
  if (places.length === 0) return null;
  const against = axis === "labels" ? l10n.t("number of labels") : l10n.t("demonstrations in the prompt");
  const ends = [places[0] ?? 1, places.at(-1) ?? 1] as const;
  const crossings = axis === "labels" ? crossingsOf(crossovers, series) : [];
  const bounds = series.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high]));
  const [lowest, highest] = [Math.min(...bounds), Math.max(...bounds)];
  // Crossings lie below all bands, one above the other.
  const step = 0.06 * (highest - lowest || 1);
  const floor = lowest - step * (crossings.length > 0 ? crossings.length + 0.7 : 0.3);
  return {
    label: l10n.t("{0} against the {1}; the table below has the numbers", metricName(metric), against),
    key: JSON.stringify([series, crossovers, axis]),
    mostWidth: 900,
    draw: (width) =>
      plot({
        ...{
          className,
          width,
          height: Math.round(Math.min(380, Math.max(240, 0.5 * width))),
          marginLeft: 52,
          marginBottom: 42,
          marginRight: 18,
        },
        x: {
          ...(axis === "labels" ? { type: "log" as const } : {}),
          ...{
            label: against,
            labelArrow: "none" as const,
            labelAnchor: "center" as const,
            tickFormat: (value: number) => String(value),
          },
          ticks: apart(places, width, axis === "labels"),
        },
        y: {
          label: metricName(metric),
          labelArrow: "none",
          grid: true,
          domain: [floor, highest + 0.3 * step],
          tickFormat: (value: number) => tickText(metric, value),
        },
        marks: [
          ...series.flatMap((one) => curveMarks(one, metric)),
          ...crossings.flatMap((of, row) => crossingMarks(of, floor + step * (row + 0.6), ends)),
        ],
      }),
  };
}

function curveMarks(
  { name, look: number, points, flat }: CurveSeries,
  metric: Parameters<typeof metricName>[0],
): Markish[] {
  const look = lookOf(number);
  const data: Data = [...points];
  return [
    areaY(data, { x: "at", y1: "low", y2: "high", fill: look.color, fillOpacity: 0.13 }),
    line(data, { x: "at", y: "mean", stroke: look.color, strokeWidth: 2, strokeDasharray: look.dash || "none" }),
    ...(flat
      ? []
      : points.map((point) =>
          dot([point], {
            ...{ x: "at", y: "mean", r: 4.5, symbol: look.symbol, fill: look.color, stroke: paper },
            title: () => `${name}, ${point.at}: ${measuredText(metric, { ...point, value: point.mean })}`,
          }),
        )),
  ];
}

/** A bar over the interval with a ring at the estimate, at so high a value of the metric; and a line through the estimate. */
function crossingMarks(
  { crossover, look: number }: { readonly crossover: ReportCrossover; readonly look: number },
  y: number,
  [first, last]: readonly [number, number],
): Markish[] {
  const inside = (labels: number) => Math.min(last, Math.max(first, labels));
  const { estimate, low, high, words } = crossover;
  const { color } = lookOf(number);
  const one = [{ x: inside(estimate.labels), from: inside(low.labels), to: inside(high.labels), y }];
  return [
    ruleX(one, { x: "x", stroke: color, strokeDasharray: "2 3", strokeOpacity: 0.8 }),
    ruleY(one, { y: "y", x1: "from", x2: "to", stroke: color, strokeWidth: 3, strokeLinecap: "round" }),
    dot(one, { x: "x", y: "y", r: 4.5, fill: paper, stroke: color, strokeWidth: 2, title: () => words }),
  ];
}

/** Ticks with room for their numbers. */
function apart(places: readonly number[], width: number, isLog: boolean): readonly number[] {
  const scale = (value: number) => (isLog ? Math.log(Math.max(value, 1e-9)) : value);
  const [low, high] = [scale(places[0] ?? 1), scale(places.at(-1) ?? 2)];
  const pixels = (value: number) => ((scale(value) - low) / (high - low || 1)) * (width - 70);
  const kept: number[] = [];
  for (const tick of places) {
    const last = kept.at(-1);
    if (last === undefined || pixels(tick) - pixels(last) >= 38) kept.push(tick);
  }
  return kept;
}

/** A reliability diagram: on the diagonal confidence is what it says. The larger a dot, the more answers. `open` shows a bin's items. */
export function reliabilityPlot({ name, reliability }: ReportArm, open: (bin: ReportBin) => void): Picture | null {
  const bins = reliability.flatMap((bin) =>
    bin.confidence === null || bin.accuracy === null ? [] : [{ ...bin, x: bin.confidence, y: bin.accuracy }],
  );
  if (bins.length === 0) return null;
  const most = Math.max(...bins.map(({ items }) => items));
  const percent = (value: number) => l10n.t("{0} %", Math.round(100 * value));
  const scale = { domain: [0, 1], tickFormat: percent, ticks: [0, 0.25, 0.5, 0.75, 1], labelArrow: "none" } as const;
  const color = "var(--look-1)";
  return {
    label: l10n.t("Reliability of {0}: accuracy against confidence; the table below has the numbers", name),
    key: JSON.stringify(bins),
    mostWidth: 340,
    draw: (width) => {
      const drawn = plot({
        ...{ className, width, height: width - 8, marginLeft: 50, marginBottom: 42, marginRight: 22 },
        x: { ...scale, label: l10n.t("confidence"), labelAnchor: "center" },
        y: { ...scale, label: l10n.t("accuracy"), grid: true },
        marks: [
          line(
            [
              [0, 0],
              [1, 1],
            ],
            { stroke: faint, strokeDasharray: "4 4" },
          ),
          ruleX(bins, { x: "x", y1: "x", y2: "y", stroke: "var(--look-2)", strokeWidth: 2 }),
          dot(bins, {
            x: "x",
            y: "y",
            r: (bin: ReportBin) => Math.sqrt(bin.items / most),
            fill: color,
            stroke: paper,
            className: "bins",
            title: (bin: (typeof bins)[number]) =>
              l10n.t("{0} answers: confidence {1}, right {2}", bin.items, percent(bin.x), percent(bin.y)),
          }),
        ],
        r: { range: [3, 11], domain: [0, 1] },
      });
      drawn.addEventListener("click", ({ target }) => {
        const shape = target instanceof Element ? target.closest(".bins circle, .bins > *") : null;
        const at = shape ? [...(shape.parentElement?.children ?? [])].indexOf(shape) : -1;
        const bin = bins[at];
        if (bin) open(bin);
      });
      return drawn;
    },
  };
}
