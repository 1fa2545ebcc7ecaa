/** Right or wrong, as a shape and in a word. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";

/** A verdict in a word; empty where nothing is known to be right. */
export function verdictText(correct: boolean | null): string {
  if (correct === null) return "";
  return correct ? l10n.t("right") : l10n.t("wrong");
}

/** ✓ or ✗: a shape as well as a colour. `name` is said in its place. */
export function verdict(correct: boolean | null, name = verdictText(correct)): TemplateResult | typeof nothing {
  if (correct === null) return nothing;
  const path = correct ? "M2.5 8.5 6.2 12 13.5 4" : "M3.5 3.5l9 9m0-9-9 9";
  return html`<svg class="verdict ${correct ? "right" : "wrong"}" viewBox="0 0 16 16" role="img" aria-label=${name}>
    <path d=${path}></path>
  </svg>`;
}
