/** The legend of the strip's scale. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import { type ColorMode, levelBounds, levelCount } from "../shared/colorModes";
import type { NumberFormats } from "../shared/format";

/** One swatch per level with the values between them. */
export function legendView(formats: NumberFormats, mode: ColorMode): TemplateResult {
  const marks = levelBounds[mode].map((bound) => markText(mode, bound, formats));
  const inBits = mode === "surprisal" || mode === "entropy";
  const last = marks.length - 1;
  const shown = marks.map((mark, i) => (inBits && i === last ? l10n.t("{0} bits", mark) : mark));
  const { expected, surprising, spoken } = legendTexts(mode, marks.join(", "));
  return html`<div class=${inBits ? "legend with-unit" : "legend wide"} role="img" aria-label=${spoken}>
    <span class="legend-end">${expected}</span>
    <span class="legend-scale">
      ${Array.from({ length: levelCount(mode) }, (_, level) => step(level, shown[level]))}
    </span>
    <span class="legend-end">${surprising}</span>
  </div>`;
}

/** Name of a colour mode. */
export function modeName(mode: ColorMode): string {
  switch (mode) {
    case "surprisal":
      return l10n.t("Surprisal");
    case "probability":
      return l10n.t("Probability");
    case "rank":
      return l10n.t("Rank");
    case "entropy":
      return l10n.t("Entropy");
    default:
      return mode satisfies never;
  }
}

interface LegendTexts {
  readonly expected: string;
  readonly surprising: string;
  readonly spoken: string;
}

function legendTexts(mode: ColorMode, marks: string): LegendTexts {
  switch (mode) {
    case "surprisal":
      return {
        expected: l10n.t("expected"),
        surprising: l10n.t("surprising"),
        spoken: l10n.t("Surprisal in bits. The scale's levels meet at {0}.", marks),
      };
    case "probability":
      return {
        expected: l10n.t("likely"),
        surprising: l10n.t("unlikely"),
        spoken: l10n.t("Probability, falling. The scale's levels meet at {0}.", marks),
      };
    case "rank":
      return {
        expected: l10n.t("first choice"),
        surprising: l10n.t("far down"),
        spoken: l10n.t("Rank among all tokens. The scale's levels reach to {0} and beyond.", marks),
      };
    case "entropy":
      return {
        expected: l10n.t("certain"),
        surprising: l10n.t("undecided"),
        spoken: l10n.t("Entropy at each place in bits. The scale's levels meet at {0}.", marks),
      };
    default:
      return mode satisfies never;
  }
}

function markText(mode: ColorMode, bound: number, formats: NumberFormats): string {
  if (mode === "probability") return formats.bound(bound);
  return Number.isInteger(bound) ? formats.count(bound) : formats.sum(bound);
}

function step(level: number, upper: string | undefined): TemplateResult {
  return html`<span class="legend-step"
    ><span class="legend-swatch s${level}"></span><span class="legend-bound">${upper}</span></span
  >`;
}
