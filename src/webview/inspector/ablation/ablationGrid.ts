/** Layers by heads and MLP, coloured by what their absence does. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { Ablated } from "../../../runtime/analysisProtocol";
import type { NumberFormats } from "../../shared/format";
import { differenceClass } from "../../shared/scales";
import type { GridPlace } from "../gridKeys";
import { layerName, partName } from "../partNames";
import { layerParts, partKey, type WatchedEffects } from "./effects";
import { effectNumbers, toBits } from "./sentences";

/** What the grid is drawn from. */
export interface PartsGrid {
  readonly layers: number;
  readonly heads: number;
  readonly effects: WatchedEffects;
  /** Keys of what is being measured. */
  readonly pending: ReadonlySet<string>;
  /** Keys of what is to be switched off together. */
  readonly chosen: ReadonlySet<string>;
  readonly active: GridPlace;
  readonly formats: NumberFormats;
  onClick(event: MouseEvent): void;
  onKeydown(event: KeyboardEvent): void;
}

/** Id of a cell's element. */
export function partId({ row, column }: GridPlace): string {
  return `part-${row}-${column}`;
}

/** The part at a place of the grid. */
export function partAt({ row, column }: GridPlace, heads: number): Ablated {
  return column < heads ? { kind: "head", layer: row, head: column } : { kind: "mlp", layer: row };
}

/** The grid: layer 0 on top, heads from left to right, the MLP last. */
export function partsGrid(grid: PartsGrid): TemplateResult {
  const { layers, heads } = grid;
  return html`<div class="parts-scroll"><div
    class="parts"
    role="grid"
    aria-label=${l10n.t("What switching off each head and MLP does to ln p of the watched token")}
    aria-multiselectable="true"
    aria-rowcount=${layers + 1}
    aria-colcount=${heads + 2}
    .style=${`grid-template-columns:auto repeat(${heads + 1}, minmax(46px, 1fr))`}
    @click=${grid.onClick}
    @keydown=${grid.onKeydown}
  >
    <div class="parts-row" role="row">
      <div class="parts-side" role="columnheader"><span class="visually-hidden">${l10n.t("Layer")}</span></div>
      ${Array.from({ length: heads }, (_, head) => html`<div class="parts-top" role="columnheader">${l10n.t("Head {0}", head)}</div>`)}
      <div class="parts-top" role="columnheader">${l10n.t("MLP")}</div>
    </div>
    ${Array.from({ length: layers }, (_, layer) => layerRow(grid, layer))}
  </div></div>`;
}

function layerRow(grid: PartsGrid, layer: number): TemplateResult {
  return html`<div class="parts-row" role="row">
    <div class="parts-side" role="rowheader">${layerName(layer)}</div>
    ${layerParts(layer, grid.heads).map((part, column) => cell(grid, part, { row: layer, column }))}
  </div>`;
}

function cell(grid: PartsGrid, part: Ablated, place: GridPlace): TemplateResult {
  const { effects, formats, active } = grid;
  const key = partKey(part);
  const difference = effects.of(part);
  const pending = difference === undefined && grid.pending.has(key);
  const isActive = place.row === active.row && place.column === active.column;
  const bits = difference === undefined ? Number.NaN : toBits(difference);
  const classes = [
    "part",
    difference === undefined ? "unknown" : differenceClass(bits),
    isActive ? "current" : "",
    pending ? "measuring" : "",
  ];
  return html`<div
    class=${classes.join(" ")}
    role="gridcell"
    id=${partId(place)}
    data-row=${place.row}
    data-column=${place.column}
    tabindex=${isActive ? 0 : -1}
    aria-selected=${grid.chosen.has(key) ? "true" : "false"}
    aria-busy=${pending ? "true" : nothing}
    aria-label=${`${partName(part)}: ${difference === undefined ? l10n.t("not measured") : effectNumbers(difference, formats)}`}
  >${difference === undefined ? (pending ? "…" : "–") : formats.signed(bits)}</div>`;
}
