/** A table of texts, as the report's files have them too. */
import { html, nothing, type TemplateResult } from "lit";
import type { ReportTable } from "../../runtime/comparison/report/reportTables";
import { textTemplate } from "../shared/pieces";
import { clipped } from "./clipped";

/** How a table is shown. */
export interface TableOptions {
  /** Places of columns with numbers, which stand right. */
  readonly numbers?: readonly number[];
  /** What stands in a cell in place of its text. */
  readonly cell?: (row: number, column: number) => TemplateResult | null;
  /** Whether the caption is for those alone who do not see the heading above. */
  readonly quiet?: boolean;
}

/** The table in a box that scrolls; nothing without rows. */
export function tableView(
  { caption, head, rows }: ReportTable,
  { numbers = [], cell, quiet = false }: TableOptions = {},
): TemplateResult | typeof nothing {
  if (rows.length === 0) return nothing;
  const kind = (column: number) => (numbers.includes(column) ? "number" : nothing);
  const content = (row: number, column: number) => {
    const own = cell?.(row, column);
    if (own) return own;
    const value = rows[row]?.[column] ?? "";
    return clipped(typeof value === "string" ? value : value.text);
  };
  return scrolling(
    caption,
    html`<table class="numbers">
      <caption class=${quiet ? "visually-hidden" : nothing}>${textTemplate(caption)}</caption>
      <thead><tr>${head.map((name, column) => html`<th scope="col" class=${kind(column)}>${textTemplate(name)}</th>`)}</tr></thead>
      <tbody>${rows.map(
        (cells, row) =>
          html`<tr>${cells.map((_, column) =>
            column === 0
              ? html`<th scope="row">${content(row, 0)}</th>`
              : html`<td class=${kind(column)}>${content(row, column)}</td>`,
          )}</tr>`,
      )}</tbody>
    </table>`,
  );
}

/** A box that scrolls where the page is too narrow, and can be reached with the keyboard for that. */
export function scrolling(label: string, content: TemplateResult): TemplateResult {
  return html`<div class="table-scroll" tabindex="0" role="group" aria-label=${label}>${content}</div>`;
}
