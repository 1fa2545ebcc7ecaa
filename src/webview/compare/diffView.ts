/** Two variants of one input: their outputs, their prompts, and where the log-probability of the answer was won. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { CellBrief, CellDifference } from "../../runtime/comparePanelProtocol";
import type { NumberFormats } from "../shared/format";
import { textTemplate, tokenTemplate } from "../shared/pieces";
import { differenceClass } from "../shared/scales";
import { diffWords } from "../shared/textDiff";
import { spokenToken } from "../shared/tokenText";

/** Rows of the table at most. */
const listed = 20;

/** Two texts as one: what only the first has is struck out, what only the second has is underlined. */
export function textDiff(a: string, b: string): TemplateResult {
  return html`<div class="diff-text">${diffWords(a, b).map(({ kind, text }) => {
    if (kind === "same") return html`<span>${textTemplate(text)}</span>`;
    return kind === "removed"
      ? html`<del><span class="visually-hidden">${l10n.t("removed:")} </span>${textTemplate(text)}</del>`
      : html`<ins><span class="visually-hidden">${l10n.t("added:")} </span>${textTemplate(text)}</ins>`;
  })}</div>`;
}

/** A place of both texts and by how much the second makes it more probable, nats. */
export interface AlignedDifference {
  readonly a: string;
  readonly b: string;
  readonly kind: CellDifference["alignment"][number]["kind"];
  /** ln p in the second less ln p in the first. */
  readonly difference: number;
  /** Whether it belongs to the answer. */
  readonly answer: boolean;
  /** First token of the second text. */
  readonly at: number;
}

/** The alignment with its differences. Their sum over all is the difference of the totals. */
export function alignedDifferences({ a, b, alignment, answerFrom }: CellDifference): readonly AlignedDifference[] {
  const text = (tokens: CellDifference["a"], [from, to]: readonly [number, number]) =>
    tokens
      .slice(from, to)
      .map((token) => token.text)
      .join("");
  return alignment.map((aligned) => ({
    a: text(a, aligned.a),
    b: text(b, aligned.b),
    kind: aligned.kind,
    difference: (aligned.bitsA - aligned.bitsB) * Math.LN2,
    answer: aligned.b[0] < aligned.b[1] ? aligned.b[0] >= answerFrom[1] : aligned.a[0] >= answerFrom[0],
    at: aligned.b[0],
  }));
}

/** Outputs, prompts and aligned log-probabilities. `names` are those of the variants. */
export function differenceView(
  found: CellDifference,
  {
    names,
    briefs,
    formats,
  }: { names: readonly [string, string]; briefs: readonly [CellBrief, CellBrief]; formats: NumberFormats },
): TemplateResult {
  const aligned = alignedDifferences(found);
  const sum = (parts: readonly AlignedDifference[]) => parts.reduce((total, { difference }) => total + difference, 0);
  const answer = sum(aligned.filter((part) => part.answer));
  return html`<div class="difference">
    <p class="hint">${l10n.t("Struck out: only in {0}. Underlined: only in {1}.", names[0], names[1])}</p>
    <h4>${l10n.t("Outputs")}</h4>
    ${textDiff(briefs[0].output, briefs[1].output)}
    <h4>${l10n.t("Prompts")}</h4>
    ${found.prompts[0] === found.prompts[1] ? html`<p class="hint">${l10n.t("The prompts are the same.")}</p>` : textDiff(...found.prompts)}
    <h4>${l10n.t("Log-probability, token by token")}</h4>
    <p>${l10n.t("Answer {0}: {1} nats in {2} against {3}. Prompt and answer: {4} nats.", quoted(found.answers[1]), formats.signed(answer), names[1], names[0], formats.signed(sum(aligned)))}</p>
    <div class="aligned" role="img" aria-label=${l10n.t("Tokens of {0}, coloured by how much more or less probable they are than in {1}; the table below has the largest differences.", names[1], names[0])}>
      ${aligned.map((part) => alignedToken(part, found))}
    </div>
    ${largestTable(aligned, names, formats)}
  </div>`;
}

function alignedToken(
  { difference, answer, kind, at }: AlignedDifference,
  { b, alignment }: CellDifference,
): TemplateResult | null {
  const aligned = alignment.find((one) => one.b[0] === at && one.b[1] > at);
  if (!aligned || kind === "onlyA") return null;
  const tokens = b.slice(...aligned.b);
  return html`<span class="${differenceClass(difference / Math.LN2)} ${answer ? "answer-token" : ""}">${tokens.map((token) => tokenTemplate(token))}</span>`;
}

function largestTable(
  aligned: readonly AlignedDifference[],
  names: readonly [string, string],
  formats: NumberFormats,
): TemplateResult {
  const largest = aligned.filter(({ difference }) => difference !== 0);
  const rows = largest.toSorted((x, y) => Math.abs(y.difference) - Math.abs(x.difference)).slice(0, listed);
  if (rows.length === 0) return html`<p class="hint">${l10n.t("Every token has the same log-probability.")}</p>`;
  const token = (text: string) =>
    text === "" ? "–" : html`<span class="token-name">${tokenTemplate({ text })}</span>`;
  return html`<table class="numbers">
    <caption>${l10n.t("Largest differences")}</caption>
    <thead><tr><th scope="col">${names[0]}</th><th scope="col">${names[1]}</th><th scope="col">${l10n.t("Δ ln p")}</th><th scope="col">${l10n.t("Part")}</th></tr></thead>
    <tbody>${rows.map(
      ({ a, b, difference, answer }) => html`<tr><td>${token(a)}</td><td>${token(b)}</td>
        <td class="number">${formats.signed(difference)}</td><td>${answer ? l10n.t("answer") : l10n.t("prompt")}</td></tr>`,
    )}</tbody>
  </table>`;
}

function quoted(text: string): string {
  return spokenToken({ text });
}
