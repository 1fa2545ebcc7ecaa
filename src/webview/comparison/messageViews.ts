/** What the panel shows beside a report: nothing yet, work under way, a failure; and parts that several views have. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { RuntimeErrorInfo } from "../../runtime/errors";
import type { WorkProgress } from "../../runtime/protocol";
import type { NumberFormats } from "../shared/format";
import { textTemplate } from "../shared/pieces";

/** No comparison is open: what this is, and how to begin. */
export function emptyView(): TemplateResult {
  return html`<main class="message">
    <h1>${l10n.t("No comparison is shown")}</h1>
    <p>${l10n.t("Prompting or fine-tuning? A comparison answers it on your own data: several ways to answer the same items of test, with intervals, paired tests, learning curves, baselines and costs.")}</p>
    <ul>
      <li>${l10n.t("Run the command “Compare Prompting with Fine-tuning…” to make a comparison file of a data set.")}</li>
      <li>${l10n.t("Open a comparison file (.compare.yaml) and choose Run above it.")}</li>
      <li>${l10n.t("Comparisons that were run are in the History view.")}</li>
    </ul>
  </main>`;
}

/** A report that is put together, or could not be. */
export function waitingReport(
  title: string,
  progress: WorkProgress | null,
  failure: RuntimeErrorInfo | null,
  openLog: () => void,
  formats: NumberFormats,
): TemplateResult {
  return html`<main class="message">
    <h1>${textTemplate(title)}</h1>
    ${failure ? errorNotice(failure, openLog) : progressView(progress, l10n.t("The report is put together…"), formats)}
  </main>`;
}

/** A failure: what happened, what to do, and the log. */
export function errorNotice({ message, hint }: RuntimeErrorInfo, openLog: () => void): TemplateResult {
  return html`<div class="notice error" role="alert">
    <p>${textTemplate(message)}</p>
    ${hint ? html`<p class="remedy">${textTemplate(hint)}</p>` : nothing}
    <vscode-button appearance="secondary" @click=${openLog}>${l10n.t("Show Log")}</vscode-button>
  </div>`;
}

/** Work under way, and how far it is. */
export function progressView(progress: WorkProgress | null, text: string, formats: NumberFormats): TemplateResult {
  const share = progress && progress.total > 0 ? progress.done / progress.total : null;
  return html`<div class="run-status">
    ${
      share === null
        ? html`<vscode-progress-ring aria-label=${text}></vscode-progress-ring>`
        : html`<progress max="1" .value=${share} aria-label=${text}></progress>`
    }
    <span>${text}${share === null ? nothing : ` ${formats.progress(share)}`}</span>
  </div>`;
}

/** Sentences. */
export function notesView(notes: readonly string[]): TemplateResult | typeof nothing {
  if (notes.length === 0) return nothing;
  return html`<section aria-labelledby="notes-title">
    <h2 id="notes-title">${l10n.t("Notes")}</h2>
    <ul class="sentences">${notes.map((note) => html`<li>${textTemplate(note)}</li>`)}</ul>
  </section>`;
}

/** A large number with its name below, and what it is to be held against. */
export function figure(name: string, value: string, note = ""): TemplateResult {
  return html`<div><dt>${name}${note ? html`<span class="note">${note}</span>` : nothing}</dt><dd>${value}</dd></div>`;
}

/** A button of the toolkit. */
export function button(
  label: string,
  click: () => void,
  { primary = false, disabled = false }: { readonly primary?: boolean; readonly disabled?: boolean } = {},
): TemplateResult {
  return html`<vscode-button appearance=${primary ? "primary" : "secondary"} ?disabled=${disabled} @click=${click}>${label}</vscode-button>`;
}
