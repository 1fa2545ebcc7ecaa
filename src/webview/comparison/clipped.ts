/** Long texts: their beginning, and a way to see all. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import { textTemplate } from "../shared/pieces";

/** Characters that are shown at once. */
const most = 320;

/** The text; a long one is folded behind its beginning. */
export function clipped(text: string, characters = most): TemplateResult {
  const all = Array.from(text);
  if (all.length <= characters + 40) return html`${textTemplate(text)}`;
  const beginning = all.slice(0, characters).join("");
  return html`<details class="clipped">
    <summary><span class="clipped-beginning">${textTemplate(beginning)}…</span> <span class="clipped-more">${l10n.t("show all {0} characters", all.length)}</span></summary>
    <div class="clipped-all">${textTemplate(text)}</div>
  </details>`;
}
