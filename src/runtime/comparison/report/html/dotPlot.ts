/** Arms by a metric, each a dot with its interval. */
import * as l10n from "@vscode/l10n";
import type { ReportArm } from "../../../comparisonReport";
import type { ComparisonMetric } from "../../comparisonFile";
import { measuredText, metricName, tickText } from "../metricWords";
import { shortened } from "../reportTables";
import { type Axis, element, linearAxis, mark, picture, textElement, tip } from "./svg";

const layout = { width: 720, left: 190, right: 24, top: 10, row: 30, bottom: 44 } as const;

/** The plot: prompting is round, what is trained square, baselines are diamonds. Arms that the metric cannot judge are left out. */
export function dotPlot(arms: readonly ReportArm[], metric: ComparisonMetric): string {
  const shown = arms.filter(({ metrics }) => metrics[metric]);
  if (shown.length === 0) return "";
  const floor = layout.top + layout.row * shown.length;
  const bounds = shown.flatMap(({ metrics }) => [metrics[metric]?.low ?? 0, metrics[metric]?.high ?? 0]);
  const axis = linearAxis(bounds, { from: layout.left, to: layout.width - layout.right }, 6);
  const label = l10n.t("{0} of each arm with its interval; the table below has the numbers", metricName(metric));
  return picture(
    layout.width,
    floor + layout.bottom,
    label,
    ...grid(axis, floor, metric),
    ...shown.map((arm, row) => dot(arm, layout.top + layout.row * (row + 0.5), axis, metric)),
    textElement(
      { class: "axis-name", x: (layout.left + layout.width - layout.right) / 2, y: floor + 38 },
      metricName(metric),
    ),
  );
}

function grid(axis: Axis, floor: number, metric: ComparisonMetric): readonly string[] {
  return axis.ticks.flatMap((tick) => {
    const x = axis.place(tick);
    return [
      element("line", { class: "grid", x1: x, x2: x, y1: layout.top, y2: floor }),
      textElement({ class: "tick", x, y: floor + 18, "text-anchor": "middle" }, tickText(metric, tick)),
    ];
  });
}

function dot(arm: ReportArm, y: number, axis: Axis, metric: ComparisonMetric): string {
  const measured = arm.metrics[metric];
  if (!measured) return "";
  const [low, middle, high] = [measured.low, measured.value, measured.high].map((value) => axis.place(value));
  return element(
    "g",
    { class: `kind-${kindClass(arm)}` },
    tip(`${arm.name}: ${measuredText(metric, measured)}`),
    textElement({ class: "row-name", x: layout.left - 12, y: y + 4, "text-anchor": "end" }, shortened(arm.name, 26)),
    element("line", { class: "interval", x1: low ?? 0, x2: high ?? 0, y1: y, y2: y }),
    mark(kindMark(arm), middle ?? 0, y, { class: "dot" }),
  );
}

/** Prompting, training or baseline: what colours and marks tell. */
export function kindClass({ kind }: Pick<ReportArm, "kind">): "prompt" | "trained" | "baseline" {
  return kind === "prompt" || kind === "baseline" ? kind : "trained";
}

function kindMark(arm: ReportArm): "circle" | "square" | "diamond" {
  return ({ prompt: "circle", trained: "square", baseline: "diamond" } as const)[kindClass(arm)];
}
