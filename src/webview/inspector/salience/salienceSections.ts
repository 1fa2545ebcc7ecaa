/** What the view of salience is made of: the choice of what is followed, the coloured text, and the table of tokens. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { Salience } from "../../../runtime/analysisProtocol";
import type { ScoredToken } from "../../../runtime/protocol";
import type { NumberFormats } from "../../shared/format";
import { tokenTemplate } from "../../shared/pieces";
import { spokenToken } from "../../shared/tokenText";
import { watchable, watchableWords } from "../ablation/ablationSections";
import { toBits } from "../ablation/sentences";
import type { SalienceScale } from "./salienceScale";

/** Whose probability is followed: of a token at the chosen place, or of a label. */
export type Followed =
  | { readonly kind: "token"; readonly id: number }
  | { readonly kind: "label"; readonly label: string };

/** Tokens that the table lists. */
const listed = 20;

/** The place's own token, its alternatives, and a classifier's labels. */
export function followedField(
  token: ScoredToken | null,
  labels: readonly string[],
  followed: Followed,
  formats: NumberFormats,
  choose: (followed: Followed) => void,
): TemplateResult {
  const options = [
    ...(token ? watchable(token) : []).map((one, index) => ({
      words: watchableWords(one, index, formats),
      value: { kind: "token", id: one.id } as const,
    })),
    ...labels.map((label) => ({ words: l10n.t("label: {0}", label), value: { kind: "label", label } as const })),
  ];
  const change = (event: Event) => {
    const chosen = options[(event.target as HTMLSelectElement).selectedIndex];
    if (chosen) choose(chosen.value);
  };
  return html`<label class="field"><span>${l10n.t("Prediction")}</span>
    <select class="followed" @change=${change}>
      ${options.map(({ words, value }) => html`<option ?selected=${sameFollowed(value, followed)}>${words}</option>`)}
    </select>
  </label>`;
}

/** Whether both follow the same. */
export function sameFollowed(one: Followed, other: Followed): boolean {
  if (one.kind === "token") return other.kind === "token" && one.id === other.id;
  return other.kind === "label" && one.label === other.label;
}

/** The tokens before the prediction, coloured. Lines end between tokens, and where the text's own do. */
export function salienceFlow(
  tokens: readonly ScoredToken[],
  { tokens: found }: Salience,
  scale: SalienceScale,
  formats: NumberFormats,
): TemplateResult {
  return html`<div class="salience-flow" role="list" aria-label=${l10n.t("Tokens before the prediction")}>${found.map(
    ({ gradientTimesInput }, index) => {
      const token = tokens[index];
      if (!token) return null;
      const bits = toBits(gradientTimesInput);
      const words = l10n.t("{0}: {1} bits", spokenToken(token), formats.signed(bits));
      return html`<span class="salience-token ${scale.className(bits)}" role="listitem" title=${words} aria-label=${words}
        >${tokenTemplate(token)}</span
      >${token.text.includes("\n") ? html`<br>` : html`<wbr>`}`;
    },
  )}</div>`;
}

/** The tokens that do most, either way. */
export function salienceRows(
  tokens: readonly ScoredToken[],
  { tokens: found }: Salience,
  formats: NumberFormats,
  select: (index: number) => void,
): TemplateResult {
  const rows = Array.from(found, (one, index) => ({ ...one, index }))
    .sort((a, b) => Math.abs(b.gradientTimesInput) - Math.abs(a.gradientTimesInput) || a.index - b.index)
    .slice(0, listed);
  return html`<section class="section" aria-labelledby="salience-rows-title">
    <h2 id="salience-rows-title">${l10n.t("What does most, of {0} tokens", formats.count(found.length))}</h2>
    <table class="numbers effects salience-table">
      <thead><tr>
        <th scope="col" class="number">${l10n.t("Place")}</th>
        <th scope="col">${l10n.t("Token")}</th>
        <th scope="col" class="number">${l10n.t("Gradient × input, bits")}</th>
        <th scope="col" class="number">${l10n.t("At most, bits")}</th>
      </tr></thead>
      <tbody>${rows.map(({ index, gradientTimesInput, norm }) => {
        const token = tokens[index];
        return html`<tr>
          <td class="number"><button type="button" class="link" @click=${() => select(index)}>${formats.count(index + 1)}</button></td>
          <td class="token-name">${token ? tokenTemplate(token) : null}</td>
          <td class="number">${formats.signed(toBits(gradientTimesInput))}</td>
          <td class="number">${formats.decimal(toBits(norm))}</td>
        </tr>`;
      })}</tbody>
    </table>
  </section>`;
}
