/** The most probable tokens at a place, as a table with bars. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { Alternative, TokenPrediction, TokenSpan } from "../../runtime/protocol";
import type { NumberFormats } from "../shared/format";
import { iconButton, tokenTemplate } from "../shared/pieces";
import { spokenToken } from "../shared/tokenText";

/** An arrow that turns off. */
const branchIcon = "M3.5 2.5V7a3 3 0 0 0 3 3h6.5m-3-3 3 3-3 3";

/** At most this many alternatives are listed. */
export const listedAlternatives = 10;

/** One row: a token that could have stood here. */
export interface AlternativeRow {
  readonly rank: number;
  readonly token: Alternative;
  readonly chosen: boolean;
  /** Ranks are left out between the row above and this one. */
  readonly apart: boolean;
}

/** The rows: the most probable tokens, then the chosen one if it is not among them. Pure. */
export function alternativeRows(token: TokenSpan, { logprob, rank, top }: TokenPrediction): readonly AlternativeRow[] {
  const listed = top.slice(0, listedAlternatives).map((alternative, index) => ({
    rank: index + 1,
    token: alternative,
    chosen: alternative.id === token.id,
    apart: false,
  }));
  if (listed.some(({ chosen }) => chosen)) return listed;
  return [...listed, { rank, token: { ...token, logprob }, chosen: true, apart: rank > listed.length + 1 }];
}

/** The table of `alternativeRows`; each with a button that continues the text with it. */
export function alternativesTable(
  token: TokenSpan,
  prediction: TokenPrediction,
  { formats, branch }: { readonly formats: NumberFormats; branch(id: number): void },
): TemplateResult {
  return html`<table class="alternatives">
    <caption>${l10n.t("Most probable here")}</caption>
    <thead>
      <tr>
        <th scope="col" class="rank">${l10n.t("Rank")}</th>
        <th scope="col">${l10n.t("Token")}</th>
        <th scope="col" class="probability" colspan="2">${l10n.t("Probability")}</th>
        <td></td>
      </tr>
    </thead>
    <tbody>
      ${alternativeRows(token, prediction).map((row) => rowTemplate(row, formats, branch))}
    </tbody>
  </table>`;
}

function rowTemplate(
  { rank, token, chosen, apart }: AlternativeRow,
  formats: NumberFormats,
  branch: (id: number) => void,
): TemplateResult {
  const continueWith = l10n.t("Continue with {0}", spokenToken(token));
  const probability = Math.min(1, Math.exp(token.logprob));
  const classes = [chosen ? "chosen-row" : "", apart ? "apart" : ""].join(" ");
  return html`<tr class=${classes} aria-current=${chosen ? "true" : nothing}>
    <td class="rank">${formats.count(rank)}</td>
    <th scope="row"><span class="alternative">${tokenTemplate(token)}</span>${chosen ? chosenMark() : null}</th>
    <td class="bar-cell">${bar(probability)}</td>
    <td class="number">${formats.percent(probability)}</td>
    <td class="continue">${iconButton(continueWith, branchIcon, () => branch(token.id), false)}</td>
  </tr>`;
}

function chosenMark(): TemplateResult {
  return html`<span class="visually-hidden">${l10n.t("(chosen)")}</span>`;
}

/** Width in a presentation attribute: the policy allows no style attribute. */
function bar(probability: number): TemplateResult {
  return html`<svg class="bar" aria-hidden="true" focusable="false">
    <rect class="bar-track" width="100%" height="100%" rx="1"></rect>
    <rect class="bar-value" width="${(probability * 100).toFixed(3)}%" height="100%" rx="1"></rect>
  </svg>`;
}
