/** The strip's tooltip: the numbers of the token under the pointer or the focus. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { GeneratedToken, ScoredToken } from "../../runtime/protocol";
import { type NumberFormats, surprisalBits } from "../shared/format";
import { tokenTemplate } from "../shared/pieces";

/** What the tooltip says of `token`. */
export function tooltipTemplate(token: ScoredToken | GeneratedToken, formats: NumberFormats): TemplateResult {
  return html`<span class="tooltip-token">${tokenTemplate(token)}</span>${numbers(token, formats)}`;
}

function numbers(token: ScoredToken | GeneratedToken, formats: NumberFormats): TemplateResult {
  const { prediction } = token;
  if (!prediction) return html`<span>${l10n.t("First token: nothing stands before it to predict it from.")}</span>`;
  const { logprob, rank, entropy } = prediction;
  return html`
    <span class="tooltip-main">
      <span>${formats.percent(Math.exp(logprob))}</span>
      <span>${l10n.t("{0} bits", formats.decimal(surprisalBits(logprob)))}</span>
      <span>${l10n.t("rank {0}", formats.count(rank))}</span>
    </span>
    <span class="tooltip-more">${l10n.t("entropy {0} bits", formats.decimal(entropy))}</span>
    ${
      "truncatedProbability" in token
        ? html`<span class="tooltip-more">${l10n.t("drawn with {0}", formats.percent(token.truncatedProbability))}</span>`
        : null
    }
  `;
}

/** Puts `tooltip` (position: fixed) below `anchor`, or above it where there is no room, inside the window. */
export function placeTooltip(tooltip: HTMLElement, anchor: DOMRect): void {
  const gap = 6;
  const { width, height } = tooltip.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const left = Math.max(gap, Math.min(anchor.left, clientWidth - width - gap));
  const below = anchor.bottom + gap;
  const top = below + height <= clientHeight ? below : Math.max(gap, anchor.top - gap - height);
  tooltip.style.setProperty("left", `${left}px`);
  tooltip.style.setProperty("top", `${top}px`);
}
