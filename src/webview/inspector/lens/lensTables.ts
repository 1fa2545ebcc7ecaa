/** The lens in words: a cell's details, and every layer at one place. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import { type NumberFormats, surprisalBits } from "../../shared/format";
import { tokenTemplate } from "../../shared/pieces";
import { lensRowName } from "../partNames";
import type { ViewContext } from "../viewContext";
import type { LensCell, LensCells } from "./lensCells";

/** A cell's details. */
export function lensTip(cell: LensCell, rows: number, { formats, state }: ViewContext): TemplateResult {
  const own = state.tokens[cell.place];
  return html`<span class="tooltip-main"><strong>${lensRowName(cell.layer, rows)}</strong>
      <span>${l10n.t("token {0}", formats.count(cell.place + 1))}</span></span>
    <table class="tip-table"><tbody>
      ${cell.top.map(
        ({ logprob, ...token }) => html`<tr>
          <td class="tip-token">${tokenTemplate(token)}</td>
          <td class="number">${formats.percent(Math.exp(logprob))}</td>
        </tr>`,
      )}
    </tbody></table>
    <span class="tooltip-more">${l10n.t("KL divergence from the output: {0} bits", formats.decimal(positive(cell.divergence)))}</span>
    ${
      own && cell.rank > 0
        ? html`<span class="tooltip-more">${l10n.t("The text's own")} <span class="tip-token">${tokenTemplate(own)}</span>:
            ${l10n.t("{0}, rank {1}", formats.percent(Math.exp(cell.logprob)), formats.count(cell.rank))}</span>`
        : null
    }`;
}

/** One row per layer of a place, the output on top, with its most probable tokens. */
export function layerTable(cells: LensCells, place: number, { state, formats }: ViewContext): TemplateResult {
  const rows = state.model.nLayer + 1;
  const known = Array.from({ length: rows }, (_, row) => cells.cell(rows - 1 - row, place)).filter(
    (cell) => cell !== null,
  );
  const own = state.tokens[place];
  const before = state.tokens[place - 1];
  return html`<section class="lens-layers" aria-labelledby="lens-layers-title">
    <h2 id="lens-layers-title">${
      own ? l10n.t("Every layer at token {0}", formats.count(place + 1)) : l10n.t("Every layer behind the text")
    }</h2>
    <p class="hint">${l10n.t("Read after")} <span class="token-name">${before ? tokenTemplate(before) : null}</span>${
      own
        ? html`, ${l10n.t("where the text goes on with")} <span class="token-name">${tokenTemplate(own)}</span>`
        : null
    }.</p>
    ${known.length > 0 ? placeTable(known, rows, formats) : html`<p class="hint">${l10n.t("This place was not read yet.")}</p>`}
  </section>`;
}

function placeTable(known: readonly LensCell[], rows: number, formats: NumberFormats): TemplateResult {
  const count = known[0]?.top.length ?? 0;
  return html`<div class="table-scroll"><table class="numbers">
    <thead><tr>
      <th scope="col">${l10n.t("Layer")}</th>
      ${Array.from({ length: count }, (_, rank) => html`<th scope="col">${l10n.t("Rank {0}", rank + 1)}</th>`)}
      <th scope="col" class="number">${l10n.t("KL, bits")}</th>
      <th scope="col" class="number">${l10n.t("Own token")}</th>
      <th scope="col" class="number">${l10n.t("Own rank")}</th>
    </tr></thead>
    <tbody>${known.map((cell) => layerRow(cell, rows, formats))}</tbody>
  </table></div>`;
}

function layerRow(cell: LensCell, rows: number, formats: NumberFormats): TemplateResult {
  const behind = cell.rank === 0;
  return html`<tr class=${cell.leads ? "leads-row" : ""}>
    <th scope="row">${lensRowName(cell.layer, rows)}${
      cell.leads ? html`<span class="visually-hidden"> ${l10n.t("(first with the model's own answer)")}</span>` : null
    }</th>
    ${cell.top.map(
      ({ logprob, ...token }) => html`<td><span class="token-name">${tokenTemplate(token)}</span>
        <span class="share">${formats.percent(Math.exp(logprob))}</span></td>`,
    )}
    <td class="number">${formats.decimal(positive(cell.divergence))}</td>
    <td class="number">${behind ? "–" : l10n.t("{0} bits", formats.decimal(surprisalBits(cell.logprob)))}</td>
    <td class="number">${behind ? "–" : formats.count(cell.rank)}</td>
  </tr>`;
}

/** A divergence a hair below zero, as float32 gives it, counts as zero. */
function positive(bits: number): number {
  return Math.max(0, bits);
}
