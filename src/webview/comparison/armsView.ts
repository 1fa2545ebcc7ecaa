/** Each arm by itself: settings, confusion, reliability, labels. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import { metricName, metricText } from "../../runtime/comparison/report/metricWords";
import { choiceText, classTable, kindText } from "../../runtime/comparison/report/reportTables";
import type { ReportArm, ReportBin } from "../../runtime/comparisonReport";
import { textTemplate } from "../shared/pieces";
import type { ReportContext } from "./context";
import { folded } from "./folded";
import { button } from "./messageViews";
import { reliabilityPlot } from "./plots";
import { onRovingFocus, onRovingKey } from "./roving";
import { scrolling, tableView } from "./tableView";

/** A folded part for every arm and baseline. */
export function armsView(context: ReportContext): TemplateResult {
  const { report } = context;
  const metric = report.record.metrics[0] ?? "accuracy";
  return html`<div class="arm-parts">${report.arms.map((arm, place) => {
    const measured = arm.metrics[metric];
    const summary = html`<span class="arm-name">${textTemplate(arm.name)}</span>
      <span class="arm-note">${kindText(arm)}${measured ? html` · ${metricName(metric)} ${metricText(metric, measured.value)}` : nothing}</span>`;
    return folded(context, `arm-${place}`, summary, () => armBody(context, arm, place));
  })}</div>`;
}

function armBody(context: ReportContext, arm: ReportArm, place: number): TemplateResult {
  const { report, actions, shown } = context;
  const number = arm.arm;
  const trained = number === null ? null : (report.record.arms[number]?.trained ?? null);
  return html`${arm.choice ? html`<p class="hint">${textTemplate(choiceText(arm.choice))}</p>` : nothing}
    ${arm.cut > 0 ? html`<p class="notice">${l10n.t("{0} items were cut, or lost demonstrations, to fit the model's context.", arm.cut)}</p>` : nothing}
    ${
      trained === null || number === null
        ? nothing
        : html`<div class="actions">${button(l10n.t("Use This Classifier"), () => actions.useTrained(shown, number))}
          <span class="hint">${l10n.t("The model of the first seed, for Classify Selection.")}</span></div>`
    }
    <div class="side-by-side">
      ${arm.confusion.length > 0 ? confusionView(context, arm, place) : nothing}
      ${arm.reliability.length > 0 ? reliabilityView(context, arm, place) : nothing}
    </div>
    ${labelTable(context, arm)}`;
}

/** Precision, recall and F1 of each label. */
function labelTable({ report }: ReportContext, arm: ReportArm): TemplateResult | typeof nothing {
  const { head, rows, ...table } = classTable({ ...report, arms: [arm] });
  // The first column is the arm's name.
  return tableView({ ...table, head: head.slice(1), rows: rows.map((row) => row.slice(1)) }, { numbers: [1, 2, 3, 4] });
}

/** Right labels down, answers across; the deeper the colour, the larger the share of its row. Right answers are framed. */
function confusionView({ report, browse }: ReportContext, arm: ReportArm, place: number): TemplateResult {
  const { labels } = report.record;
  const caption = l10n.t("Answers of {0} by right answer, over all seeds", arm.name);
  const name = (label: number) => labels[label] ?? String(label);
  const cell = (count: number, total: number, label: number, answer: number, isFirst: boolean) => {
    const words = l10n.t("{0} answers {1} where {2} is right. Show the items", count, name(answer), name(label));
    return html`<td class="probability-${level(total === 0 ? 0 : count / total)} ${label === answer ? "right" : ""}">${
      count === 0
        ? "0"
        : html`<button type="button" data-row=${label} data-column=${answer} tabindex=${isFirst ? 0 : -1} aria-label=${words}
            @click=${() => browse({ kind: "cell", arm: place, label, answer })}>${count}</button>`
    }</td>`;
  };
  const first = arm.confusion.flatMap((row, label) =>
    row.flatMap((count, answer) => (count > 0 ? [`${label} ${answer}`] : [])),
  )[0];
  return html`<div class="confusion">${scrolling(
    caption,
    html`<table class="matrix" @keydown=${onRovingKey} @focusin=${onRovingFocus}>
      <caption>${textTemplate(caption)}</caption>
      <thead><tr><th scope="col">${l10n.t("Right answer")}</th>${arm.confusion.map((_, answer) => html`<th scope="col" class="number">${textTemplate(l10n.t("says {0}", name(answer)))}</th>`)}</tr></thead>
      <tbody>${arm.confusion.map((row, label) => {
        const total = row.reduce((sum, count) => sum + count, 0);
        return html`<tr><th scope="row">${textTemplate(name(label))}</th>${row.map((count, answer) => cell(count, total, label, answer, first === `${label} ${answer}`))}</tr>`;
      })}</tbody>
    </table>`,
  )}</div>`;
}

/** Level of the scale of probabilities, in even steps. */
function level(share: number): number {
  return Math.min(6, Math.ceil(6 * share));
}

function reliabilityView(context: ReportContext, arm: ReportArm, place: number): TemplateResult {
  const open = ({ from, to }: ReportBin) => context.browse({ kind: "bin", arm: place, from, to });
  const picture = reliabilityPlot(arm, open);
  const bins = arm.reliability.filter(({ items }) => items > 0);
  const table = {
    caption: l10n.t("Reliability of {0}, over all seeds", arm.name),
    head: [l10n.t("Confidence"), l10n.t("Answers"), l10n.t("Mean confidence"), l10n.t("Accuracy")],
    rows: bins.map(({ from, to, items, confidence, accuracy }) => [
      `${from.toFixed(2)}–${to.toFixed(2)}`,
      String(items),
      (confidence ?? 0).toFixed(3),
      (accuracy ?? 0).toFixed(3),
    ]),
  };
  const cell = (row: number, column: number) => {
    const bin = bins[row];
    if (!bin || column !== 1) return null;
    const label = l10n.t("{0} answers with a confidence of {1}. Show the items", bin.items, table.rows[row]?.[0] ?? "");
    return html`<button type="button" class="link" aria-label=${label} @click=${() => open(bin)}>${bin.items}</button>`;
  };
  return html`<figure class="picture reliability">
    <figcaption class="chart-title">${l10n.t("Reliability")}</figcaption>
    ${picture ? html`<gptw-plot .picture=${picture}></gptw-plot>` : nothing}
    ${folded(context, `bins-${place}`, l10n.t("Table of the numbers"), () => html`${tableView(table, { numbers: [0, 1, 2, 3], cell, quiet: true })}`)}
  </figure>`;
}
