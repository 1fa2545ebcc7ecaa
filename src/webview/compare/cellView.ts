/** One cell of the grid. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { CellBrief, CellMark } from "../../runtime/comparePanelProtocol";
import type { NumberFormats } from "../shared/format";
import { textTemplate, tokenTemplate } from "../shared/pieces";
import { surprisalLevel } from "../shared/surprisalScale";
import { verdict } from "../shared/verdict";
import { shareBar } from "./pictures";
import { durationText } from "./texts";

/** What stands in a cell: verdict and output, a picture of the answers, numbers and marks. Hidden from screen readers, which get the cell's own text. */
export function cellContent(cell: CellBrief, mark: CellMark, formats: NumberFormats): TemplateResult {
  return html`<div class="cell-body" aria-hidden="true">
    ${cell.answers ? choice(cell, formats) : freeText(cell)}
    ${shareBar(cell)}
    <div class="cell-foot">
      <span class="cell-numbers">${numbers(cell, formats)}</span>
      ${markIcons(mark)}
    </div>
  </div>`;
}

/** A text that was written, coloured by the surprisal of its tokens. */
export function surprisalText(tokens: CellBrief["tokens"]): TemplateResult {
  return html`<span class="surprisal-text">${tokens.map(
    (token) => html`<span class="surprisal-${surprisalLevel(token.bits)}">${tokenTemplate(token)}</span>`,
  )}</span>`;
}

/** Pin, rating and note as shapes. */
export function markIcons({ pinned, rating, note }: CellMark): TemplateResult | typeof nothing {
  if (!pinned && rating === null && note === "") return nothing;
  return html`<span class="mark-icons">
    ${pinned ? icon("pin") : null}${rating === null ? null : icon(rating)}${note ? icon("note") : null}
  </span>`;
}

const iconPaths = {
  pin: "M5.5 2.5h5L10 7l2.5 2.5h-9L6 7zM8 9.5V14",
  good: "M2.5 7h2.8v6.5H2.5zM5.3 7.4 8 2.3c1.3.2 1.7 1.3 1.4 2.4L9 6.5h3.6c.8 0 1.2.7 1 1.4l-1.2 4.8c-.1.5-.6.8-1.1.8H5.3",
  bad: "M2.5 9h2.8V2.5H2.5zM5.3 8.6 8 13.7c1.3-.2 1.7-1.3 1.4-2.4L9 9.5h3.6c.8 0 1.2-.7 1-1.4l-1.2-4.8c-.1-.5-.6-.8-1.1-.8H5.3",
  note: "M3 3h10v7.5H8L5.5 13v-2.5H3z",
} as const;

/** A picture of 16 by 16, for those who see it. */
export function icon(name: keyof typeof iconPaths): TemplateResult {
  return html`<svg class="icon icon-${name}" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d=${iconPaths[name]}></path></svg>`;
}

function choice(cell: CellBrief, formats: NumberFormats): TemplateResult {
  const share = cell.shares[cell.answers?.indexOf(cell.output) ?? -1];
  return html`<div class="cell-line">
    ${verdict(cell.correct)}
    <span class="cell-output">${textTemplate(cell.output)}</span>
    ${share === undefined ? null : html`<span class="cell-share">${formats.percent(share)}</span>`}
  </div>`;
}

function freeText(cell: CellBrief): TemplateResult {
  const { output, tokens, correct } = cell;
  return html`<div class="cell-line">
    ${verdict(correct)}
    <span class="cell-text">${
      output.trim() === "" && tokens.length === 0
        ? html`<span class="nothing">${l10n.t("empty")}</span>`
        : tokens.length > 0
          ? surprisalText(tokens)
          : textTemplate(output)
    }</span>
  </div>`;
}

function numbers({ logprob, ms, cached, shortened }: CellBrief, formats: NumberFormats): TemplateResult {
  return html`${logprob === null ? null : html`<span>${l10n.t("ln p {0}", formats.decimal(logprob))}</span>`}
    <span>${cached ? l10n.t("cached") : durationText(ms, formats)}</span>
    ${shortened ? html`<span class="shortened">${l10n.t("shortened")}</span>` : null}`;
}
