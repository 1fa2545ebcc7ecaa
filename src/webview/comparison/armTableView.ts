/** The table of arms and baselines: what they reached, used and cost. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { ReportArm } from "../../runtime/comparisonReport";
import { textTemplate } from "../shared/pieces";
import { type ArmColumn, armColumns, bestArms, nextSort, none, sortedArms } from "./columns";
import type { ReportContext } from "./context";
import { scrolling } from "./tableView";

/** The table. A heading sorts by its column; a metric leads to the items behind it. */
export function armTableView(context: ReportContext): TemplateResult {
  const { report, options, actions, formats } = context;
  const columns = armColumns(report, formats);
  const best = new Map(columns.map((column) => [column.id, bestArms(report.arms, column)]));
  const caption = l10n.t("What each arm reached on test");
  const sort = (column: ArmColumn) => actions.changeOptions({ ...options, sort: nextSort(options.sort, column) });
  return scrolling(
    caption,
    html`<table class="numbers arms">
      <caption class="visually-hidden">${caption}</caption>
      <thead><tr>${columns.map((column) => heading(column, context, sort))}</tr></thead>
      <tbody>${sortedArms(report.arms, columns, options.sort).map((place) => {
        const arm = report.arms[place];
        return arm
          ? html`<tr class=${arm.kind === "baseline" ? "baseline" : nothing}>${columns.map((column) =>
              cell(column, arm, place, best.get(column.id)?.has(place) ?? false, context),
            )}</tr>`
          : nothing;
      })}</tbody>
    </table>`,
  );
}

function heading(column: ArmColumn, { options }: ReportContext, sort: (column: ArmColumn) => void): TemplateResult {
  const { id, name } = column;
  const own = options.sort?.column === id ? options.sort : null;
  const order = own ? (own.descending ? "descending" : "ascending") : "none";
  return html`<th scope="col" class=${isText(column) ? nothing : "number"} aria-sort=${order}>
    <button type="button" class="sorter" data-column=${id} @click=${() => sort(column)}>${name}<span class="sort-mark" aria-hidden="true">${
      own ? (own.descending ? "▼" : "▲") : ""
    }</span></button>
  </th>`;
}

function isText({ id }: ArmColumn): boolean {
  return id === "name";
}

function cell(
  column: ArmColumn,
  arm: ReportArm,
  place: number,
  isBest: boolean,
  context: ReportContext,
): TemplateResult {
  const text = column.text(arm);
  const note = html`<span class="interval">${column.note?.(arm) ?? ""}</span>`;
  if (isText(column)) return html`<th scope="row">${textTemplate(text)}${note}</th>`;
  if (!column.metric || text === none) return html`<td class="number">${text}${column.note ? note : nothing}</td>`;
  const label = l10n.t("{0} of {1}: {2}. Show its items", column.name, arm.name, text);
  return html`<td class="number ${isBest ? "best" : ""}">
    ${isBest ? html`<span class="best-mark" title=${l10n.t("best")}><span aria-hidden="true">★</span><span class="visually-hidden">${l10n.t("best")}</span></span>` : nothing}<button
      type="button" class="link" aria-label=${label} @click=${() => context.browse({ kind: "all", arm: place })}>${text}</button>
    ${note}
  </td>`;
}
