/** The head of the panel: what was run, on what, and its sums. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { InspectorState } from "../../runtime/panelProtocol";
import { type NumberFormats, surprisalBits } from "../shared/format";
import { textTemplate } from "../shared/pieces";
import { errorNotice } from "./messageViews";
import { deviceName, droppedTokens, finishText, promptTruncation, slidText, textTruncation, tokenCount } from "./texts";

type Scores = Extract<InspectorState, { kind: "scores" }>;
type Completion = Extract<InspectorState, { kind: "completion" }>;

/** What the completion's buttons do. */
export interface CompletionActions {
  stop(): void;
  insert(): void;
  copy(): void;
  /** Scores prompt and completion as one text. */
  inspect(): void;
  openLog(): void;
}

/** Title, model and sums of a scored text. `menu` stands beside the title. */
export function scoresHeader(state: Scores, formats: NumberFormats, menu: TemplateResult): TemplateResult {
  const { summary, truncation, elapsedMs } = state;
  return html`<header>
    <div class="title-row">
      <div>${titleRow(state, [tokenCount(state.tokens.length, formats), milliseconds(elapsedMs, formats)])}</div>
      ${menu}
    </div>
    <dl class="figures">
      ${figure(formats.sum(summary.bits), l10n.t("bits in total"))}
      ${figure(formats.decimal(summary.perplexity), l10n.t("perplexity"))}
      ${figure(formats.decimal(summary.bitsPerByte), l10n.t("bits per byte"))}
    </dl>
    ${truncation ? notice(textTruncation(truncation, formats)) : null}
    ${state.slides > 0 ? notice(slidText(state.model.nPositions, formats)) : null}
  </header>`;
}

/** Title, state, buttons and prompt of a completion. */
export function completionHeader(
  state: Completion,
  formats: NumberFormats,
  actions: CompletionActions,
): TemplateResult {
  const { status, truncation, tokens } = state;
  const result = status.kind === "finished" ? status.result : null;
  const elapsed = result ? [milliseconds(result.elapsedMs, formats)] : [];
  return html`<header>
    ${titleRow(state, [tokenCount(tokens.length, formats), ...elapsed])}
    <div class="actions-row">
      ${statusText(state)}
      <div class="actions">${buttons(state, actions)}</div>
    </div>
    ${completionFigures(state, formats)}
    ${truncation ? notice(promptTruncation(truncation, formats)) : null}
    ${state.dropped > 0 ? notice(droppedTokens(state.dropped, formats)) : null}
    ${status.kind === "failed" ? errorNotice(status.error, actions.openLog) : null}
    ${promptExcerpt(state, formats)}
  </header>`;
}

function titleRow({ title, model }: Scores | Completion, more: readonly string[]): TemplateResult {
  const parts = [model.name, deviceName(model.device), ...more];
  return html`<h1>${textTemplate(title)}</h1>
    <p class="subtitle">${parts.map((part) => html`<span>${textTemplate(part)}</span>`)}</p>`;
}

function milliseconds(value: number, formats: NumberFormats): string {
  return l10n.t("{0} ms", formats.count(value));
}

function figure(value: string, label: string): TemplateResult {
  return html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
}

function notice(text: string): TemplateResult {
  return html`<p class="notice" role="note">${text}</p>`;
}

function statusText({ status }: Completion): TemplateResult {
  switch (status.kind) {
    case "running":
      return html`<span class="status"
        ><vscode-progress-ring aria-label=${l10n.t("Generating…")}></vscode-progress-ring>${l10n.t("Generating…")}</span
      >`;
    case "finished":
      return html`<span class="status">${finishText(status.reason)}</span>`;
    case "failed":
      return html`<span class="status">${l10n.t("Broke off")}</span>`;
    default:
      return status satisfies never;
  }
}

function buttons({ status, text }: Completion, { stop, insert, copy, inspect }: CompletionActions): TemplateResult {
  const running = status.kind === "running";
  const none = text === "";
  return html`
    ${running ? html`<vscode-button appearance="primary" @click=${stop}>${l10n.t("Stop")}</vscode-button>` : null}
    <vscode-button appearance=${running ? "secondary" : "primary"} ?disabled=${none} @click=${insert}
      >${l10n.t("Insert")}</vscode-button
    >
    <vscode-button appearance="secondary" ?disabled=${none} @click=${copy}>${l10n.t("Copy")}</vscode-button>
    <vscode-button appearance="secondary" ?disabled=${none || running} @click=${inspect}
      >${l10n.t("Inspect Prompt and Completion")}</vscode-button
    >
  `;
}

function completionFigures({ tokens, status }: Completion, formats: NumberFormats): TemplateResult | null {
  if (tokens.length === 0) return null;
  const bits = tokens.reduce((sum, { prediction }) => sum + surprisalBits(prediction.logprob), 0);
  return html`<dl class="figures">
    ${figure(formats.sum(bits), l10n.t("bits in total"))}
    ${figure(formats.decimal(2 ** (bits / tokens.length)), l10n.t("perplexity"))}
    ${status.kind === "finished" ? figure(formats.sum(status.result.tokensPerSecond), l10n.t("tokens per second")) : null}
  </dl>`;
}

function promptExcerpt({ prompt, promptTokens }: Completion, formats: NumberFormats): TemplateResult {
  return html`<details class="prompt">
    <summary>${l10n.t("Prompt: {0}", tokenCount(promptTokens, formats))}</summary>
    <pre tabindex="0" aria-label=${l10n.t("Prompt")}>${textTemplate(excerpt(prompt))}</pre>
  </details>`;
}

/** The end of a long prompt: what the model went on from. */
function excerpt(prompt: string): string {
  const longest = 2000;
  return prompt.length > longest ? `…${prompt.slice(-longest)}` : prompt;
}
