/** The legend of the strip's scale. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { NumberFormats } from "../shared/format";
import { surprisalBounds, surprisalLevels } from "../shared/surprisalScale";

/** One swatch per level with the bits between them. */
export function legendView(formats: NumberFormats): TemplateResult {
  const bounds = surprisalBounds.map((bound) => formats.count(bound));
  const last = bounds.length - 1;
  const marks = bounds.map((bound, index) => (index === last ? l10n.t("{0} bits", bound) : bound));
  const spoken = l10n.t("Surprisal in bits. The scale's levels meet at {0}.", bounds.join(", "));
  return html`<div class="legend" role="img" aria-label=${spoken}>
    <span class="legend-end">${l10n.t("expected")}</span>
    <span class="legend-scale">
      ${Array.from({ length: surprisalLevels }, (_, level) => step(level, marks[level]))}
    </span>
    <span class="legend-end">${l10n.t("surprising")}</span>
  </div>`;
}

function step(level: number, upper: string | undefined): TemplateResult {
  return html`<span class="legend-step"
    ><span class="legend-swatch s${level}"></span><span class="legend-bound">${upper}</span></span
  >`;
}
