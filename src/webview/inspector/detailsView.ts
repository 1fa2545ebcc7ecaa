/** What is known of the chosen token. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { GeneratedToken, ScoredToken, TokenPrediction } from "../../runtime/protocol";
import { type NumberFormats, surprisalBits } from "../shared/format";
import { tokenBytes } from "../shared/tokenText";
import { alternativesTable } from "./alternativesView";
import { tokenTemplate } from "./pieces";
import { levelClass } from "./stripView";

/** What the details need. */
export interface Details {
  readonly token: (ScoredToken | GeneratedToken) | undefined;
  readonly index: number;
  readonly total: number;
  readonly formats: NumberFormats;
  reveal(): void;
}

/** The chosen token's numbers and the tokens that were most probable in its place; a hint when none is chosen. */
export function detailsView(details: Details): TemplateResult {
  return html`<section class="details" id="details" tabindex="0" aria-label=${l10n.t("Chosen token")}>
    ${details.token ? chosenTemplate(details.token, details) : hint()}
  </section>`;
}

function hint(): TemplateResult {
  return html`<p class="hint">
    ${l10n.t("Choose a token to see its probability and what the model expected in its place.")}
  </p>`;
}

function chosenTemplate(token: ScoredToken | GeneratedToken, details: Details): TemplateResult {
  const { index, total, formats, reveal } = details;
  const { prediction } = token;
  return html`
    <div class="chosen">
      <h2><span class="chip ${levelClass(token)}">${tokenTemplate(token)}</span></h2>
      <span class="place">${l10n.t("Token {0} of {1}", formats.count(index + 1), formats.count(total))}</span>
    </div>
    ${prediction ? headline(prediction, formats) : firstToken()}
    <dl class="facts">
      ${prediction ? predictionFacts(token, prediction, formats) : null}
      ${fact(l10n.t("Token id"), String(token.id))}
      ${fact(l10n.t("Bytes"), tokenBytes(token), "mono")}
    </dl>
    ${prediction ? alternativesTable(token, prediction, formats) : null}
    <vscode-button class="reveal" appearance="secondary" @click=${reveal}>${l10n.t("Reveal in Editor")}</vscode-button>
  `;
}

function firstToken(): TemplateResult {
  return html`<p class="hint">${l10n.t("The first token has no probability: nothing stands before it.")}</p>`;
}

function headline({ logprob, rank }: TokenPrediction, formats: NumberFormats): TemplateResult {
  const items = [
    [formats.percent(Math.exp(logprob)), l10n.t("probability")],
    [formats.decimal(surprisalBits(logprob)), l10n.t("bits of surprisal")],
    [formats.count(rank), l10n.t("rank")],
  ] as const;
  return html`<dl class="figures">
    ${items.map(([value, label]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}

function predictionFacts(
  token: ScoredToken | GeneratedToken,
  { logprob, entropy }: TokenPrediction,
  formats: NumberFormats,
): TemplateResult {
  const drawn = "truncatedProbability" in token ? token.truncatedProbability : null;
  return html`
    ${drawn === null ? null : fact(l10n.t("Over the full vocabulary"), formats.percent(Math.exp(logprob)))}
    ${drawn === null ? null : fact(l10n.t("After temperature, top-k and top-p"), formats.percent(drawn))}
    ${fact(l10n.t("Log-probability (ln p)"), formats.decimal(logprob))}
    ${fact(l10n.t("Entropy here"), l10n.t("{0} bits", formats.decimal(entropy)))}
  `;
}

function fact(label: string, value: string, style = ""): TemplateResult {
  return html`<div><dt>${label}</dt><dd class=${style}>${value}</dd></div>`;
}
