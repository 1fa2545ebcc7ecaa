/** What is shown in place of an answer while there is none. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import { errorNotice } from "../messageViews";
import type { ViewContext } from "../viewContext";
import type { CurrentQuestion } from "./asking";

/** The answer as `draw` draws it; how far it is, or what went wrong, until then. */
export function askedView<T>(
  question: CurrentQuestion<T>,
  context: ViewContext,
  draw: (value: T) => TemplateResult | null,
): TemplateResult | null {
  const { asked } = question;
  const again = () => question.again();
  switch (asked.kind) {
    case "asking":
      return askingView(question, context);
    case "ready":
      return draw(asked.value);
    case "failed":
      return html`<div class="asked">${errorNotice(asked.error, context.actions.openLog)} ${againButton(again)}</div>`;
    case "cancelled":
      return html`<div class="asked"><p class="hint">${l10n.t("Cancelled.")}</p>${againButton(again)}</div>`;
    case "outdated":
      return html`<div class="asked">
        <p class="hint">${l10n.t("The text has changed since.")}</p>${againButton(again)}
      </div>`;
    default:
      return asked satisfies never;
  }
}

/** A bar, and a way out. Shows itself only after a moment: most answers are quicker. */
export function askingView<T>(question: CurrentQuestion<T>, context: ViewContext): TemplateResult {
  const { formats } = context;
  const progress = question.progress(context);
  const message =
    progress?.stage === "loading" ? l10n.t("Loading the model…") : l10n.t("Reading the model's attention…");
  const fraction = progress && progress.total > 0 ? Math.min(1, progress.done / progress.total) : null;
  return html`<div class="asked waiting">
    <div class="progress">
      ${
        fraction === null
          ? html`<vscode-progress-ring aria-label=${message}></vscode-progress-ring>`
          : html`<progress max="1" .value=${fraction} aria-label=${message}></progress>`
      }
      <span role="status">${message}</span>
      ${fraction === null ? null : html`<span class="number">${formats.progress(fraction)}</span>`}
      <vscode-button appearance="secondary" @click=${() => question.cancel()}>${l10n.t("Cancel")}</vscode-button>
    </div>
  </div>`;
}

function againButton(again: () => void): TemplateResult {
  return html`<vscode-button appearance="secondary" @click=${again}>${l10n.t("Ask Again")}</vscode-button>`;
}
