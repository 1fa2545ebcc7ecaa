/** Gradient × input as colour: the scale of differences, stretched so that its far ends are the largest value. Pure. */
import * as l10n from "@vscode/l10n";
import type { Paint } from "../../shared/drawing";
import type { NumberFormats } from "../../shared/format";
import type { LegendLevels } from "../../shared/scaleLegend";
import { differenceBounds, differenceClass, differencePaint } from "../../shared/scales";

const last = differenceBounds[differenceBounds.length - 1] ?? 1;

/** Colours of one prediction's tokens. */
export interface SalienceScale {
  /** Bits at which the next level begins, on either side of 0. */
  readonly bounds: readonly number[];
  /** CSS class of a value, bits. */
  readonly className: (bits: number) => string;
  readonly paint: (bits: number) => { readonly fill: Paint; readonly text: Paint };
}

/** The scale of these values, bits. The last level begins at two thirds of the largest. */
export function salienceScale(bits: readonly number[]): SalienceScale {
  const most = bits.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const unit = most > 0 ? (most * (2 / 3)) / last : 1;
  return {
    bounds: differenceBounds.map((bound) => bound * unit),
    className: (value) => differenceClass(value / unit),
    paint: (value) => differencePaint(value / unit),
  };
}

/** Its legend. */
export function salienceLegend({ bounds }: SalienceScale, formats: NumberFormats): LegendLevels {
  const levels = bounds.map((_, index) => index + 1);
  return {
    paints: [
      ...[...levels].reverse().map((level) => `difference-less-${level}` as const),
      "background",
      ...levels.map((level) => `difference-more-${level}` as const),
    ],
    bounds: [
      ...[...bounds].reverse().map((bound) => formats.signed(-bound)),
      ...bounds.map((bound) => formats.signed(bound)),
    ],
    ends: [l10n.t("against the prediction, bits"), l10n.t("for it")],
  };
}
