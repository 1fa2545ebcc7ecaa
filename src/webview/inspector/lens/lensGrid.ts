/** The lens' grid: only the columns in sight are drawn, and the active one, which has the focus. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { ScoredToken } from "../../../runtime/protocol";
import type { NumberFormats } from "../../shared/format";
import { tokenTemplate } from "../../shared/pieces";
import { spokenToken } from "../../shared/tokenText";
import type { GridPlace } from "../gridKeys";
import { lensRowName } from "../partNames";
import type { LensCell, LensCells } from "./lensCells";
import { type LensMeasure, lensPaint } from "./lensScale";

/** Pixels of a column, and of the row headers; lens.css says the same. */
export const columnWidth = 88;
/** Pixels of the row headers. */
export const headerWidth = 134;

/** Columns drawn on either side of what is in sight. */
const margin = 3;

/** Columns that are drawn, counted from 0. */
export interface Window {
  readonly first: number;
  readonly last: number;
}

/** What the grid is drawn from. Row 0 is on top: the output. Column 0 is place 1. */
export interface LensGrid {
  readonly cells: LensCells;
  readonly tokens: readonly ScoredToken[];
  /** L + 1 */
  readonly rows: number;
  readonly measure: LensMeasure;
  readonly active: GridPlace;
  readonly formats: NumberFormats;
  onClick(event: Event): void;
  onKeydown(event: KeyboardEvent): void;
  onPointerOver(event: Event): void;
  onFocusIn(event: FocusEvent): void;
  onLeave(): void;
}

/** Columns to draw of `count` when `width` pixels are in sight from `left` on. */
export function windowOf(left: number, width: number, count: number): Window {
  const seen = Math.max(0, width - headerWidth);
  const first = Math.max(0, Math.floor(left / columnWidth) - margin);
  const last = Math.min(count - 1, Math.ceil((left + seen) / columnWidth) + margin);
  return { first: Math.min(first, Math.max(0, last)), last: Math.max(0, last) };
}

/** Whole columns that `width` pixels show; one at least. */
export function columnsInSight(width: number): number {
  return Math.max(1, Math.floor((width - headerWidth) / columnWidth));
}

/** Id of a cell's element. */
export function cellId({ row, column }: GridPlace): string {
  return `lens-${row}-${column}`;
}

/** The grid. */
export function lensGrid(grid: LensGrid, shown: Window): TemplateResult {
  const { rows, tokens } = grid;
  const columns = drawnColumns(shown, grid.active.column);
  return html`<div
    class="lens-grid"
    role="grid"
    aria-label=${l10n.t("Logit lens: each layer's most probable token at each place")}
    aria-rowcount=${rows + 1}
    aria-colcount=${tokens.length + 1}
    aria-readonly="true"
    .style=${`width:${headerWidth + tokens.length * columnWidth}px`}
    @click=${grid.onClick}
    @keydown=${grid.onKeydown}
    @pointerover=${grid.onPointerOver}
    @pointerleave=${grid.onLeave}
    @focusin=${grid.onFocusIn}
    @focusout=${grid.onLeave}
  >
    ${headerRow(grid, columns)}
    ${Array.from({ length: rows }, (_, row) => bodyRow(grid, row, columns))}
  </div>`;
}

function drawnColumns({ first, last }: Window, active: number): readonly number[] {
  const columns = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  // In order: a cell that moves in the document loses the focus.
  if (active < first) return [active, ...columns];
  return active > last ? [...columns, active] : columns;
}

function headerRow({ tokens, active, formats }: LensGrid, columns: readonly number[]): TemplateResult {
  return html`<div class="lens-row lens-head" role="row" aria-rowindex="1">
    <div class="lens-side lens-corner" role="columnheader" aria-colindex="1">${l10n.t("Text")}</div>
    ${repeat(
      columns,
      (column) => column,
      (column) => {
        const token = tokens[column + 1];
        const name = token ? spokenToken(token) : l10n.t("after the text");
        return html`<div
          class="lens-column ${column === active.column ? "chosen" : ""}"
          role="columnheader"
          aria-colindex=${column + 2}
          aria-label=${l10n.t("token {0}, {1}", formats.count(column + 2), name)}
          .style=${leftOf(column)}
        ><span class="lens-text">${token ? tokenTemplate(token) : html`<span class="mark">${l10n.t("next")}</span>`}</span></div>`;
      },
    )}
  </div>`;
}

function bodyRow(grid: LensGrid, row: number, columns: readonly number[]): TemplateResult {
  const layer = grid.rows - 1 - row;
  return html`<div class="lens-row ${row === 0 ? "lens-output" : ""}" role="row" aria-rowindex=${row + 2}>
    <div class="lens-side" role="rowheader" aria-colindex="1">${lensRowName(layer, grid.rows)}</div>
    ${repeat(
      columns,
      (column) => column,
      (column) => cellTemplate(grid, { row, column }, grid.cells.cell(layer, column + 1)),
    )}
  </div>`;
}

function cellTemplate(grid: LensGrid, place: GridPlace, cell: LensCell | null): TemplateResult {
  const { active, formats } = grid;
  const isActive = place.row === active.row && place.column === active.column;
  const [top] = cell?.top ?? [];
  const classes = [
    "lens-cell",
    cell ? lensPaint(cell, grid.measure) : "pending",
    cell?.leads ? "leads" : "",
    place.column === active.column ? "chosen" : "",
  ];
  return html`<div
    class=${classes.join(" ")}
    role="gridcell"
    id=${cellId(place)}
    data-row=${place.row}
    data-column=${place.column}
    tabindex=${isActive ? 0 : -1}
    aria-colindex=${place.column + 2}
    aria-selected=${isActive ? "true" : nothing}
    aria-busy=${cell ? nothing : "true"}
    aria-label=${cell ? cellLabel(cell, formats) : l10n.t("not read yet")}
    .style=${leftOf(place.column)}
  ><span class="lens-text">${top ? tokenTemplate(top) : null}</span></div>`;
}

/** What a screen reader says of a cell; row and column have names of their own. */
function cellLabel({ top, leads, divergence }: LensCell, formats: NumberFormats): string {
  const [best] = top;
  if (!best) return "";
  const words = [spokenToken(best), formats.percent(Math.exp(best.logprob))];
  if (leads) words.push(l10n.t("first layer with the model's own answer"));
  return [...words, l10n.t("{0} bits from the output", formats.decimal(divergence))].join(", ");
}

function leftOf(column: number): string {
  return `left:${headerWidth + column * columnWidth}px`;
}
