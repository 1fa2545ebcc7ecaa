/** What is known of the chosen token. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { GeneratedToken, ScoredToken, TokenPrediction } from "../../runtime/protocol";
import type { ColorMode } from "../shared/colorModes";
import { type NumberFormats, surprisalBits } from "../shared/format";
import { tokenTemplate } from "../shared/pieces";
import { tokenBytes } from "../shared/tokenText";
import { alternativesTable } from "./alternativesView";
import { levelClass } from "./stripView";

/** What the details need. */
export interface Details {
  readonly token: (ScoredToken | GeneratedToken) | undefined;
  readonly index: number;
  readonly total: number;
  readonly formats: NumberFormats;
  /** What the strip's colours stand for. */
  readonly mode: ColorMode;
  reveal(): void;
  /** Continues the text with the alternative of this id. */
  branch(id: number): void;
  /** Shows what its probability hangs on; null where that cannot be asked. */
  readonly salience: (() => void) | null;
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
  const { index, total, formats, mode, reveal } = details;
  const { prediction } = token;
  return html`
    <div class="chosen">
      <h2><span class="chip ${levelClass(token, mode)}">${tokenTemplate(token)}</span></h2>
      <span class="place">${l10n.t("Token {0} of {1}", formats.count(index + 1), formats.count(total))}</span>
    </div>
    ${prediction ? headline(prediction, details) : firstToken()}
    <dl class="facts">
      ${prediction ? predictionFacts(token, prediction, formats) : null}
      ${fact(l10n.t("Token id"), String(token.id))}
      ${fact(l10n.t("Bytes"), tokenBytes(token), "mono")}
    </dl>
    ${prediction ? alternativesTable(token, prediction, details) : null}
    ${prediction && details.salience ? salienceButton(details.salience) : null}
    <vscode-button class="reveal" appearance="secondary" @click=${reveal}>${l10n.t("Reveal in Editor")}</vscode-button>
  `;
}

function salienceButton(open: () => void): TemplateResult {
  return html`<vscode-button class="salience-button" appearance="secondary" @click=${open}>${l10n.t("What This Prediction Hangs On")}</vscode-button>`;
}

function firstToken(): TemplateResult {
  return html`<p class="hint">${l10n.t("The first token has no probability: nothing stands before it.")}</p>`;
}

/** The four numbers that colours can stand for; the one that they stand for now has its colour. */
function headline(prediction: TokenPrediction, { formats, mode }: Details): TemplateResult {
  const { logprob, rank, entropy } = prediction;
  const bits = (value: number) => l10n.t("{0} bits", formats.decimal(value));
  const items: readonly (readonly [ColorMode, string, string])[] = [
    ["probability", formats.percent(Math.exp(logprob)), l10n.t("probability")],
    ["surprisal", bits(surprisalBits(logprob)), l10n.t("surprisal")],
    ["rank", formats.count(rank), l10n.t("rank")],
    ["entropy", bits(entropy), l10n.t("entropy")],
  ];
  return html`<dl class="figures">
    ${items.map(
      ([name, value, label]) => html`<div class=${name === mode ? "by" : ""}>
        <dt>${label}${name === mode ? swatch(prediction, mode) : null}</dt><dd>${value}</dd>
      </div>`,
    )}
  </dl>`;
}

function swatch(prediction: TokenPrediction, mode: ColorMode): TemplateResult {
  const words = l10n.t("(the color shown)");
  return html`<span class="swatch ${levelClass({ prediction }, mode)}"></span><span class="visually-hidden">${words}</span>`;
}

function predictionFacts(
  token: ScoredToken | GeneratedToken,
  { logprob }: TokenPrediction,
  formats: NumberFormats,
): TemplateResult {
  const drawn = "truncatedProbability" in token ? token.truncatedProbability : null;
  return html`
    ${drawn === null ? null : fact(l10n.t("Over the full vocabulary"), formats.percent(Math.exp(logprob)))}
    ${drawn === null ? null : fact(l10n.t("After temperature, top-k and top-p"), formats.percent(drawn))}
    ${fact(l10n.t("Log-probability (ln p)"), formats.decimal(logprob))}
  `;
}

function fact(label: string, value: string, style = ""): TemplateResult {
  return html`<div><dt>${label}</dt><dd class=${style}>${value}</dd></div>`;
}
