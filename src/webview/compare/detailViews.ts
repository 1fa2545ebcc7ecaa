/** Parts of a cell's details. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { CellBrief, CellDetail, Reproduction } from "../../runtime/comparePanelProtocol";
import type { Candidate, PromptCell, PromptPreview, PromptSegment, RunItem } from "../../runtime/promptProtocol";
import { type NumberFormats, surprisalBits } from "../shared/format";
import { textTemplate, tokenTemplate } from "../shared/pieces";
import { verdict } from "../shared/verdict";
import { surprisalText } from "./cellView";
import { durationText, segmentKindText } from "./texts";

/** The output, and the right answer where it is another. The whole text, once it is there. */
export function outputView(brief: CellBrief, cell: PromptCell | null): TemplateResult {
  const tokens = cell
    ? cell.tokens.map(({ text, bytes, prediction }) => ({
        text,
        ...(bytes === undefined ? {} : { bytes }),
        bits: prediction ? surprisalBits(prediction.logprob) : 0,
      }))
    : brief.tokens;
  const text = cell && !cell.candidates ? cell.output : brief.output;
  return html`<div class="details-output">
    <p class="output-text">${tokens.length > 0 ? surprisalText(tokens) : textTemplate(text || l10n.t("empty output"))}</p>
    ${brief.gold === null || brief.correct === true ? null : html`<p class="hint">${l10n.t("Right answer:")} <span class="token-name">${textTemplate(brief.gold)}</span></p>`}
  </div>`;
}

/** Every candidate with its log-probabilities and its shares. */
export function candidateTable(
  { candidates, output, gold }: PromptCell,
  rule: string,
  formats: NumberFormats,
): TemplateResult {
  const all = (candidates ?? []).toSorted((a, b) => shareOf(b) - shareOf(a));
  const calibrated = all.some((one) => one.calibrated !== undefined);
  return html`<div class="table-scroll"><table class="numbers candidates">
    <caption>${l10n.t("Candidates, scored by {0}", rule)}</caption>
    <thead><tr><th scope="col">${l10n.t("Answer")}</th><th scope="col">${l10n.t("Words")}</th><th scope="col">${l10n.t("Score")}</th>
      <th scope="col">${l10n.t("Share")}</th>${calibrated ? html`<th scope="col">${l10n.t("Calibrated")}</th>` : null}</tr></thead>
    <tbody>${all.map((one) => candidateRow(one, { isChosen: one.answer === output, isRight: one.answer === gold, calibrated, formats }))}</tbody>
  </table></div>`;
}

function candidateRow(
  { answer, words, score, probability, calibrated: share }: Candidate,
  {
    isChosen,
    isRight,
    calibrated,
    formats,
  }: { isChosen: boolean; isRight: boolean; calibrated: boolean; formats: NumberFormats },
): TemplateResult {
  return html`<tr class=${isChosen ? "chosen-row" : ""}>
    <th scope="row">${textTemplate(answer)}${isChosen ? html` <span class="tag">${l10n.t("chosen")}</span>` : null}${isRight ? html` <span class="tag">${l10n.t("right")}</span>` : null}</th>
    <td class="words">${words.map(
      ({ text, logprob, tokens }) =>
        html`<div><span class="token-name">${tokenTemplate({ text })}</span> <span class="share">${l10n.t("ln p {0}, tokens: {1}", formats.decimal(logprob), tokens)}</span></div>`,
    )}</td>
    <td class="number">${formats.decimal(score)}</td>
    <td class="number">${formats.percent(probability)}</td>
    ${calibrated ? html`<td class="number">${share === undefined ? "–" : formats.percent(share)}</td>` : null}
  </tr>`;
}

function shareOf({ calibrated, probability }: Candidate): number {
  return calibrated ?? probability;
}

/** Numbers of the cell. */
export function cellFacts(cell: PromptCell, formats: NumberFormats): TemplateResult {
  const { logprob, logprobTokens, promptTokens, shots, dropped, truncated, ms, cached } = cell;
  const facts: readonly (readonly [string, string])[] = [
    ...(logprob === null
      ? []
      : [
          [
            l10n.t("Log-probability"),
            l10n.t("{0}, tokens: {1}", formats.decimal(logprob), formats.count(logprobTokens)),
          ] as const,
        ]),
    [l10n.t("Prompt tokens"), formats.count(promptTokens)],
    [l10n.t("Demonstrations"), dropped > 0 ? l10n.t("{0}, and {1} left out", shots, dropped) : String(shots)],
    ...(truncated > 0 ? [[l10n.t("Tokens cut off the prompt's beginning"), formats.count(truncated)] as const] : []),
    [l10n.t("Time"), cached ? l10n.t("from the cache") : durationText(ms, formats)],
  ];
  return html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** The input's fields. */
export function itemFields({ fields }: RunItem): TemplateResult {
  return html`<details class="fields" open>
    <summary>${l10n.t("Input")}</summary>
    <dl>${Object.entries(fields).map(([name, value]) => html`<div><dt>${textTemplate(name)}</dt><dd>${textTemplate(value)}</dd></div>`)}</dl>
  </details>`;
}

/** The prompt with its segments, and what they take of the context. */
export function promptView({ preview, problem }: CellDetail, formats: NumberFormats): TemplateResult {
  if (!preview) {
    const why = problem ? `${problem.message} ${problem.hint}` : "";
    return html`<div class="notice" role="note"><p>${l10n.t("The prompt could not be put together again.")} ${textTemplate(why)}</p></div>`;
  }
  const { promptTokens, answerTokens, contextTokens, segments } = preview;
  return html`<details class="prompt" open>
    <summary>${l10n.t("Prompt")}</summary>
    <p class="hint">${l10n.t("{0} tokens and up to {1} for the answer, of {2}", formats.count(promptTokens), formats.count(answerTokens), formats.count(contextTokens))}</p>
    ${stretches(preview).map(({ segment, text, label }) => segmentView(segment, text, label, formats))}
    ${segments.length === 0 ? html`<pre class="segment-text">${textTemplate(preview.prompt)}</pre>` : null}
  </details>`;
}

interface Stretch {
  readonly segment: PromptSegment;
  readonly text: string;
  /** The label within it, as a part of its text. */
  readonly label: readonly [number, number] | null;
}

function stretches({ prompt, segments }: PromptPreview): readonly Stretch[] {
  const labels = segments.filter(({ kind }) => kind === "label");
  return segments
    .filter(({ kind }) => kind !== "label")
    .map((segment) => {
      const inside = labels.find(({ from, to }) => from >= segment.from && to <= segment.to);
      const label = inside ? ([inside.from - segment.from, inside.to - segment.from] as const) : null;
      return { segment, text: prompt.slice(segment.from, segment.to), label };
    });
}

function segmentView(
  { kind, name, start, end }: PromptSegment,
  text: string,
  label: Stretch["label"],
  formats: NumberFormats,
): TemplateResult {
  const [from, to] = label ?? [text.length, text.length];
  return html`<div class="segment segment-${kind}">
    <h4>${textTemplate(name || segmentKindText(kind))} <span class="share">${l10n.t("tokens: {0}", formats.count(end - start))}</span></h4>
    <pre class="segment-text">${textTemplate(text.slice(0, from))}${label ? html`<mark title=${segmentKindText("label")}>${textTemplate(text.slice(from, to))}</mark>` : nothing}${textTemplate(text.slice(to))}</pre>
  </div>`;
}

/** Log-probabilities of the same tokens in another batch differ by no more, nats: sums of float32 numbers in another order. */
const tolerance = 1e-4;

/** Whether a cell came out the same. */
export function reproductionView(
  { identical, sameOutput, difference, changed, cell }: Reproduction,
  formats: NumberFormats,
): TemplateResult {
  const close = sameOutput && difference !== null && difference <= tolerance;
  const verdictText = identical
    ? l10n.t("Reproduced: output and log-probabilities are identical.")
    : close
      ? l10n.t("Reproduced: the same output, and log-probabilities that differ by rounding only.")
      : sameOutput
        ? l10n.t("The output is the same, the log-probabilities differ.")
        : l10n.t("Not reproduced: the output is another.");
  return html`<div class="notice reproduction" role="note">
    <p>${verdict(identical || close)} ${verdictText}
      ${difference === null || identical ? null : l10n.t("Largest difference: {0} nats.", difference.toExponential(2))}</p>
    ${sameOutput ? null : html`<p class="output-text">${textTemplate(cell.output)}</p>`}
    ${changed.map((sentence) => html`<p>${textTemplate(sentence)}</p>`)}
    <p class="hint">${l10n.t("Computed in {0}, without the cache.", durationText(cell.ms, formats))}</p>
  </div>`;
}
