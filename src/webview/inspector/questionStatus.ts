/** How a question stands: under way, failed, or nothing to say. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { RuntimeErrorInfo, WorkProgress } from "../../runtime/protocol";
import { errorNotice } from "./messageViews";

/** What to tell. */
export interface QuestionStatus {
  /** What is being done, in words. */
  readonly text: string;
  readonly busy: boolean;
  readonly error: RuntimeErrorInfo | null;
  readonly progress: WorkProgress | null;
  openLog(): void;
  retry(): void;
}

/** A line that keeps its place, so that nothing jumps; a notice when the question failed. */
export function questionStatus({ text, busy, error, progress, openLog, retry }: QuestionStatus): TemplateResult {
  const total = progress?.total ?? 0;
  const known = progress !== null && total > 0;
  return html`<div class="question" role="status">
    ${
      busy
        ? html`<progress max="1" .value=${known ? progress.done / total : nothingYet} aria-label=${text}></progress>
            <span>${progress?.stage === "loading" ? l10n.t("Loading the model…") : text}</span>`
        : null
    }
  </div>
  ${
    error
      ? html`<div class="question-failed">${errorNotice(error, openLog)}
          <vscode-button appearance="secondary" @click=${retry}>${l10n.t("Try Again")}</vscode-button></div>`
      : null
  }`;
}

const nothingYet = 0;
