/** Effects in words. Pure, but for the language they are in. */
import * as l10n from "@vscode/l10n";
import type { Ablated } from "../../../runtime/analysisProtocol";
import type { NumberFormats } from "../../shared/format";
import { partNames } from "../partNames";

/** Natural logarithms as bits. */
export function toBits(nats: number): number {
  return nats / Math.LN2;
}

/** `Without layer 3 head 2, p falls from 40 % to 12 %.` */
export function effectSentence(
  parts: readonly Ablated[],
  baseline: number,
  difference: number,
  { formats, language }: { readonly formats: NumberFormats; readonly language: string },
): string {
  const names = partNames(parts, language);
  const [before, after] = [baseline, baseline + difference].map((logprob) => formats.percent(Math.exp(logprob)));
  if (before === after || before === undefined || after === undefined) {
    return l10n.t("Without {0}, p stays at {1}.", names, before ?? "");
  }
  return difference < 0
    ? l10n.t("Without {0}, p falls from {1} to {2}.", names, before, after)
    : l10n.t("Without {0}, p rises from {1} to {2}.", names, before, after);
}

/** `−1.74 bits, ln p −1.21` */
export function effectNumbers(difference: number, formats: NumberFormats): string {
  return l10n.t("{0} bits, ln p {1}", formats.signed(toBits(difference)), formats.signed(difference));
}

/** `−0.80 to −0.12`, bits; a dash where there is no interval. */
export function intervalBits(interval: readonly [number, number] | null, formats: NumberFormats): string {
  if (!interval) return "–";
  return l10n.t("{0} to {1}", formats.signed(toBits(interval[0])), formats.signed(toBits(interval[1])));
}
