/** The legend of a scale of levels. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { Paint } from "./drawing";
import type { NumberFormats } from "./format";
import { differenceBounds } from "./scales";

/** Levels of a scale. */
export interface LegendLevels {
  readonly paints: readonly Paint[];
  /** Between two levels, in words: one fewer. */
  readonly bounds: readonly string[];
  /** What the first and the last level mean. */
  readonly ends: readonly [string, string];
}

/** One swatch per level with the bounds between them. */
export function scaleLegend({ paints, bounds, ends }: LegendLevels): TemplateResult {
  const spoken = l10n.t("Scale from {0} to {1}. Its levels meet at {2}.", ends[0], ends[1], bounds.join(", "));
  const wide = bounds.some((bound) => bound.length > 3) ? "wide" : "";
  return html`<div class="legend inline-legend ${wide}" role="img" aria-label=${spoken}>
    <span class="legend-end">${ends[0]}</span>
    <span class="legend-scale">${paints.map(
      (paint, level) => html`<span class="legend-step"
        ><span class="legend-swatch ${paint}"></span><span class="legend-bound">${bounds[level]}</span></span
      >`,
    )}</span>
    <span class="legend-end">${ends[1]}</span>
  </div>`;
}

/** The scale of differences, its middle at 0. `ends` name what is less and what is more. */
export function differenceLegend(ends: readonly [string, string], formats: NumberFormats): LegendLevels {
  const levels = differenceBounds.map((_, index) => index + 1);
  const below = [...differenceBounds].reverse();
  const bits = (value: number) =>
    formats
      .signed(value)
      .replace(/(\D\d*?)0+$/, "$1")
      .replace(/\D$/, "");
  return {
    paints: [
      ...[...levels].reverse().map((level) => `difference-less-${level}` as const),
      "background",
      ...levels.map((level) => `difference-more-${level}` as const),
    ],
    bounds: [...below.map((bound) => bits(-bound)), ...differenceBounds.map(bits)],
    ends,
  };
}
