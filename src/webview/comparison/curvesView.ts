/** Learning curves: against labels and against demonstrations, and where they cross. */
import * as l10n from "@vscode/l10n";
import { html, nothing, svg, type TemplateResult } from "lit";
import { curveTable } from "../../runtime/comparison/report/reportTables";
import { textTemplate } from "../shared/pieces";
import type { ReportContext } from "./context";
import { type CurveSeries, curveSeries } from "./curveSeries";
import { folded } from "./folded";
import { lookOf } from "./looks";
import { curvePlot } from "./plots";
import { tableView } from "./tableView";

/** Both pictures, the sentences on where they cross, and the table. */
export function curvesView(context: ReportContext): TemplateResult {
  const { report } = context;
  return html`<div class="pictures">${pictureOf(context, "labels")}${pictureOf(context, "k")}</div>
    ${
      report.crossovers.length === 0
        ? nothing
        : html`<ul class="sentences">${report.crossovers.map(({ words }) => html`<li>${textTemplate(words)}</li>`)}</ul>`
    }
    ${folded(context, "curves", l10n.t("Table of the numbers"), () => html`${tableView(curveTable(report), { numbers: [2, 3, 4] })}`)}`;
}

function pictureOf({ report }: ReportContext, axis: "labels" | "k"): TemplateResult | typeof nothing {
  const series = curveSeries(report, axis);
  const picture = curvePlot(report, axis, series);
  if (!picture) return nothing;
  const title =
    axis === "labels" ? l10n.t("Against the number of labels") : l10n.t("Against demonstrations in the prompt");
  return html`<figure class="picture">
    <figcaption class="chart-head"><span class="chart-title">${title}</span>${legend(series)}</figcaption>
    <gptw-plot .picture=${picture}></gptw-plot>
  </figure>`;
}

function legend(series: readonly CurveSeries[]): TemplateResult {
  return html`<ul class="chart-legend">${series.map(({ name, look, flat }) => {
    const { color, dash, symbol } = lookOf(look);
    return html`<li class="legend-item"><svg width="30" height="12" viewBox="0 0 30 12" aria-hidden="true" focusable="false">
      <path d="M1 6H29" fill="none" stroke=${color} stroke-width="2" stroke-dasharray=${dash || nothing} />
      ${flat ? nothing : svg`<path d=${shapes[symbol]} transform="translate(15 6)" fill=${color} />`}
    </svg><span>${textTemplate(name)}</span></li>`;
  })}</ul>`;
}

/** The marks, around 0. */
const shapes: Readonly<Record<ReturnType<typeof lookOf>["symbol"], string>> = {
  circle: "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0-4 0Z",
  square: "M-3.6-3.6H3.6V3.6H-3.6Z",
  triangle: "M0-5 4.6 3.4H-4.6Z",
  diamond: "M0-5.4 3.4 0 0 5.4-3.4 0Z",
  star: "M0-5.4 1.2-1.7H5.1L2 .7 3.2 4.4 0 2.1-3.2 4.4-2 .7-5.1-1.7H-1.2Z",
  cross: "M-1.6-4.8H1.6V-1.6H4.8V1.6H1.6V4.8H-1.6V1.6H-4.8V-1.6H-1.6Z",
  wye: "M-1.6 5V.9L-5-1.1-3.4-3.9 0-1.9 3.4-3.9 5-1.1 1.6.9V5Z",
};
