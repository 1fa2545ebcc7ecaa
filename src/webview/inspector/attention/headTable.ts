/** Every head's numbers, as a table that sorts by its column headers. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { NumberFormats } from "../../shared/format";
import type { AttentionChoice, HeadOrder } from "./choice";
import type { DataTable } from "./exportable";
import { type HeadRow, headName, statisticIds, statisticMeaning, statisticName, statisticText } from "./heads";

/** What the table needs. */
export interface HeadTable {
  /** In order. */
  readonly rows: readonly HeadRow[];
  readonly choice: AttentionChoice;
  readonly formats: NumberFormats;
  sort(order: HeadOrder): void;
  open(row: HeadRow): void;
}

/** The table. A row opens its head. */
export function headTable(table: HeadTable): TemplateResult {
  const { rows, choice } = table;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${l10n.t("Statistics of every head")}>
    <table class="data head-table">
      <thead>
        <tr>
          ${sortHeader(table, "layer", l10n.t("Head"), l10n.t("By layer and head"))}
          ${statisticIds.map((id) => sortHeader(table, id, statisticName(id), statisticMeaning(id)))}
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => {
          const open = row.layer === choice.layer && row.head === choice.head;
          return html`<tr class=${open ? "chosen-row" : ""} aria-current=${open ? "true" : "false"} @click=${() => table.open(row)}>
            <th scope="row"><button type="button" class="link">${headName(row)}</button></th>
            ${statisticIds.map((id) => html`<td>${statisticText(id, row.statistics[id], table.formats)}</td>`)}
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

/** The same numbers for export, not rounded. */
export function headData(rows: readonly HeadRow[]): DataTable {
  return {
    title: l10n.t("Attention heads"),
    columns: [l10n.t("Layer"), l10n.t("Head"), ...statisticIds.map(statisticName)],
    rows: rows.map((row) => [row.layer, row.head, ...statisticIds.map((id) => row.statistics[id])]),
  };
}

function sortHeader({ choice, sort }: HeadTable, order: HeadOrder, name: string, meaning: string): TemplateResult {
  const sorted = choice.order === order;
  const direction = choice.descending ? "descending" : "ascending";
  return html`<th scope="col" aria-sort=${sorted ? direction : "none"}>
    <button type="button" class="sort" title=${meaning} @click=${() => sort(order)}>${name}${sorted ? html`<span aria-hidden="true"> ${choice.descending ? "↓" : "↑"}</span>` : null}</button>
  </th>`;
}
