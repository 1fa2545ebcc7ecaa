/** What the panel shows when there are no tokens: nothing yet, work under way, a failure. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { InspectorState } from "../../runtime/panelProtocol";
import type { RuntimeErrorInfo } from "../../runtime/protocol";
import type { NumberFormats } from "../shared/format";
import { textTemplate } from "../shared/pieces";
import { visibleString } from "../shared/visibleText";

/** Nothing was run yet: what to do. */
export function emptyView(): TemplateResult {
  return html`<main class="message">
    <h1>${l10n.t("Nothing to inspect yet")}</h1>
    <p>${l10n.t("Select some text in an editor. Then, from its context menu or the Command Palette, run")}</p>
    <ul>
      <li><strong>GPT Workbench: ${l10n.t("Show Token Probabilities")}</strong>
        <span>${l10n.t("to see how well the model predicts each token of it, or")}</span></li>
      <li><strong>GPT Workbench: ${l10n.t("Complete Selection")}</strong>
        <span>${l10n.t("to let the model continue it.")}</span></li>
    </ul>
  </main>`;
}

/** Work under way. */
export function loadingView(
  state: Extract<InspectorState, { kind: "loading" }>,
  formats: NumberFormats,
): TemplateResult {
  const { title, message, fraction } = state;
  const spoken = visibleString(message, "keep");
  return html`<main class="message">
    <h1>${textTemplate(title)}</h1>
    <div class="progress">
      ${
        fraction === undefined
          ? html`<vscode-progress-ring aria-label=${spoken}></vscode-progress-ring>`
          : html`<progress max="1" .value=${fraction} aria-label=${spoken}></progress>`
      }
      <span role="status">${textTemplate(message)}</span>
      ${fraction === undefined ? null : html`<span class="number">${formats.progress(fraction)}</span>`}
    </div>
  </main>`;
}

/** A run that gave nothing. */
export function failedView(title: string, error: RuntimeErrorInfo, openLog: () => void): TemplateResult {
  return html`<main class="message">
    <h1>${textTemplate(title)}</h1>
    ${errorNotice(error, openLog)}
  </main>`;
}

/** A failure: what happened, what to do, and the log. */
export function errorNotice({ message, hint }: RuntimeErrorInfo, openLog: () => void): TemplateResult {
  return html`<div class="notice error" role="alert">
    <p>${textTemplate(message)}</p>
    ${hint ? html`<p class="remedy">${textTemplate(hint)}</p>` : null}
    <vscode-button appearance="secondary" @click=${openLog}>${l10n.t("Show Log")}</vscode-button>
  </div>`;
}
