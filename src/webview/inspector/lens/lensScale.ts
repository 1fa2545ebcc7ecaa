/** What colours the lens' cells. Pure, but for the language of the names. */
import * as l10n from "@vscode/l10n";
import type { Paint } from "../../shared/drawing";
import type { NumberFormats } from "../../shared/format";
import { probabilityBounds, probabilityLevel, rankBounds, rankLevel } from "../../shared/scales";
import { surprisalBounds, surprisalLevel } from "../../shared/surprisalScale";
import type { LensCell } from "./lensCells";

/** What colours the cells. */
export const lensMeasures = ["probability", "divergence", "rank"] as const;

/** What colours the cells: the top token's probability, the divergence from the model's own answer, or the text's own token's rank. */
export type LensMeasure = (typeof lensMeasures)[number];

/** What a measure is called. */
export function measureName(measure: LensMeasure): string {
  switch (measure) {
    case "probability":
      return l10n.t("Probability of the top token");
    case "divergence":
      return l10n.t("KL divergence from the output");
    case "rank":
      return l10n.t("Rank of the text's own token");
    default:
      return measure satisfies never;
  }
}

/** The paint of a cell; that of text on it has `-text` behind it. Blue: sure. Orange: far from the model's answer, or from the text. */
export function lensPaint(
  cell: LensCell,
  measure: LensMeasure,
): `${"surprisal" | "probability"}-${number}` | "background" {
  switch (measure) {
    case "probability":
      return `probability-${probabilityLevel(Math.exp(cell.top[0]?.logprob ?? Number.NEGATIVE_INFINITY))}`;
    case "divergence":
      return `surprisal-${surprisalLevel(cell.divergence)}`;
    case "rank":
      return cell.rank === 0 ? "background" : `surprisal-${rankLevel(cell.rank)}`;
    default:
      return measure satisfies never;
  }
}

/** The paint of text on a cell. */
export function textPaint(fill: ReturnType<typeof lensPaint>): Paint {
  return fill === "background" ? "foreground" : `${fill}-text`;
}

/** A measure's levels, for a legend: paints, and the bounds between them in words. */
export function lensLegend(
  measure: LensMeasure,
  formats: NumberFormats,
): { readonly paints: readonly Paint[]; readonly bounds: readonly string[]; readonly ends: readonly [string, string] } {
  const levels = <S extends string>(scale: S) => Array.from({ length: 7 }, (_, level) => `${scale}-${level}` as const);
  switch (measure) {
    case "probability": {
      const ends = [l10n.t("unsure"), l10n.t("sure")] as const;
      return { paints: levels("probability"), bounds: probabilityBounds.map((p) => formats.progress(p)), ends };
    }
    case "divergence": {
      const ends = [l10n.t("as the output"), l10n.t("far from it, bits")] as const;
      return { paints: levels("surprisal"), bounds: surprisalBounds.map((bits) => formats.count(bits)), ends };
    }
    case "rank": {
      const ends = [l10n.t("first"), l10n.t("far behind")] as const;
      return { paints: levels("surprisal"), bounds: rankBounds.map((rank) => formats.count(rank)), ends };
    }
    default:
      return measure satisfies never;
  }
}
