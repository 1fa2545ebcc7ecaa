/** The row of headings: variants with their rule and accuracy, which also sort. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { VariantSummary } from "../../runtime/promptProtocol";
import type { NumberFormats } from "../shared/format";
import { textTemplate } from "../shared/pieces";
import type { GridContext } from "./gridElement";
import { type ColumnWidths, headHeight, type Place } from "./gridLayout";
import { intervalPicture } from "./pictures";
import { sortText } from "./texts";

/** What the headings are drawn from. */
export interface HeadCells {
  readonly context: GridContext;
  readonly widths: ColumnWidths;
  readonly columns: readonly number[];
  readonly active: Place;
}

/** The row of headings. */
export function headCells({ context, widths, columns, active }: HeadCells): TemplateResult {
  const isActive = (column: number) => active.row === -1 && active.column === column;
  return html`<div class="grid-head" role="row" aria-rowindex="1" .style=${`height:${headHeight}px`}>
    <div
      class="grid-corner"
      role="columnheader"
      aria-colindex="1"
      tabindex=${isActive(-1) ? 0 : -1}
      data-row="-1"
      data-column="-1"
      .style=${`width:${widths.input}px`}
    >${l10n.t("Input")}</div>
    ${repeat(
      columns,
      (column) => column,
      (column) => headCell(context, column, widths, isActive(column)),
    )}
  </div>`;
}

function headCell(
  { header, options, formats }: GridContext,
  column: number,
  { input, variant: width }: ColumnWidths,
  isActive: boolean,
): TemplateResult {
  const { name = "", rule = "" } = header.variants[column] ?? {};
  const { key, variant, descending } = options.sort;
  const sorted = key !== "input" && variant === column;
  const way = descending ? "descending" : "ascending";
  return html`<div
    class="grid-column"
    role="columnheader"
    aria-colindex=${column + 2}
    aria-sort=${sorted ? way : nothing}
    tabindex=${isActive ? 0 : -1}
    data-row="-1"
    data-column=${column}
    title=${l10n.t("Sort by this variant")}
    .style=${`left:${input + column * width}px;width:${width}px`}
  >
    <span class="column-name">${textTemplate(name)}${
      sorted
        ? html`<span class="sorted ${way}"><span class="visually-hidden">, ${l10n.t("sorted by {0}", sortText(key))}</span></span>`
        : null
    }</span>
    <span class="column-rule">${textTemplate(rule)}</span>
    ${accuracyLine(header.summaries[column], formats)}
  </div>`;
}

function accuracyLine(summary: VariantSummary | undefined, formats: NumberFormats): TemplateResult | null {
  if (!summary) return null;
  const { accuracy, meanLogprob } = summary;
  if (accuracy) {
    const { value, low, high } = accuracy;
    return html`<span class="column-accuracy">
      <span>${l10n.t("{0} right", formats.percent(value))}</span>
      <span class="column-interval">${formats.progress(low)}–${formats.progress(high)}</span>
      ${intervalPicture(accuracy)}
    </span>`;
  }
  if (meanLogprob === null) return null;
  return html`<span class="column-accuracy">${l10n.t("{0} nats per token", formats.decimal(meanLogprob))}</span>`;
}
