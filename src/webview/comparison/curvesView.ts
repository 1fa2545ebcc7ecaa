/** Learning curves: against labels and against demonstrations, and where they cross. */
import * as l10n from "@vscode/l10n";
import { html, nothing, svg, type TemplateResult } from "lit";
import { curveTable } from "../../runtime/comparison/report/reportTables";
import { textTemplate } from "../shared/pieces";
import type { ReportContext } from "./context";
import { type CurveSeries, curveSeries, strongArms } from "./curveSeries";
import { folded } from "./folded";
import { lookOf } from "./looks";
import { curvePlot } from "./plots";
import { tableView } from "./tableView";

/** Both pictures, the sentences on where they cross, and the table. */
export function curvesView(context: ReportContext): TemplateResult {
  const { report, options } = context;
  const all = { labels: curveSeries(report, "labels"), k: curveSeries(report, "k") };
  const strong = options.curves ?? [...new Set([...strongArms(all.labels, report), ...strongArms(all.k, report)])];
  return html`<div class="pictures">${pictureOf(context, "labels", all.labels, strong)}${pictureOf(context, "k", all.k, strong)}</div>
    ${crossoversView(context, strong)}
    ${folded(context, "curves", l10n.t("Table of the numbers"), () => html`${tableView(curveTable(report), { numbers: [2, 3, 4] })}`)}`;
}

function pictureOf(
  context: ReportContext,
  axis: "labels" | "k",
  series: readonly CurveSeries[],
  strong: readonly number[],
): TemplateResult | typeof nothing {
  const picture = curvePlot(context.report, axis, series, strong);
  if (!picture) return nothing;
  const title =
    axis === "labels" ? l10n.t("Against the number of labels") : l10n.t("Against demonstrations in the prompt");
  return html`<figure class="picture">
    <figcaption class="curve-head"><span class="chart-title">${title}</span>${legend(context, series, strong)}</figcaption>
    <gptw-plot .picture=${picture}></gptw-plot>
  </figure>`;
}

/** Which curve is whose; each lets its curve stand out, or not. */
function legend(
  { options, actions }: ReportContext,
  series: readonly CurveSeries[],
  strong: readonly number[],
): TemplateResult {
  const toggle = (arm: number) => {
    const curves = strong.includes(arm) ? strong.filter((one) => one !== arm) : [...strong, arm];
    actions.changeOptions({ ...options, curves });
  };
  return html`<div class="curve-legend" role="group" aria-label=${l10n.t("Curves that stand out, with bands and crossings")}>${series.map(
    ({ arm, name, look, flat }) => {
      const { color, dash, symbol } = lookOf(look);
      return html`<button type="button" class="curve-name" title=${name} aria-pressed=${strong.includes(arm) ? "true" : "false"} @click=${() => toggle(arm)}>
      <svg width="30" height="12" viewBox="0 0 30 12" aria-hidden="true" focusable="false">
        <path d="M1 6H29" fill="none" stroke=${color} stroke-width="2" stroke-dasharray=${dash || nothing} />
        ${flat ? nothing : svg`<path d=${shapes[symbol]} transform="translate(15 6)" fill=${color} />`}
      </svg><span>${textTemplate(name)}</span></button>`;
    },
  )}</div>`;
}

/** Of the curves that stand out; the others are folded away. */
function crossoversView(context: ReportContext, strong: readonly number[]): TemplateResult | typeof nothing {
  const { crossovers } = context.report;
  const isTold = ({ first, second }: { first: number; second: number }) =>
    strong.includes(first) && strong.includes(second);
  const others = crossovers.filter((one) => !isTold(one));
  const list = (of: typeof crossovers) =>
    of.length === 0
      ? nothing
      : html`<ul class="sentences">${of.map(({ words }) => html`<li>${textTemplate(words)}</li>`)}</ul>`;
  if (crossovers.length === 0) return nothing;
  return html`${list(crossovers.filter(isTold))}
    ${others.length === 0 ? nothing : folded(context, "crossovers", l10n.t("Crossings of other curves ({0})", others.length), () => html`${list(others)}`)}`;
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
