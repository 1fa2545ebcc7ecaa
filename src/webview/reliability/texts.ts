/** Numbers of the panel in words. Pure, but for the language they are in. */
import * as l10n from "@vscode/l10n";
import type { Rate } from "../../runtime/reliabilityProtocol";
import type { NumberFormats } from "../shared/format";

/** `37 of 120, 95 % interval 24–38 %`. */
export function rateText(rate: Rate, formats: NumberFormats): string {
  const { successes, trials } = rate;
  if (trials === 0) return l10n.t("nothing counted");
  const counts = [formats.count(successes), formats.count(trials)] as const;
  return l10n.t("{0} of {1}; 95 % interval {2}", ...counts, intervalText(rate, formats));
}

/** `24 %–38 %`; a dash without trials, where anything is possible. */
export function intervalText({ low, high, trials }: Rate, formats: NumberFormats): string {
  return trials === 0 ? "–" : `${formats.progress(low)}–${formats.progress(high)}`;
}

/** When counting began. */
export function sinceText(since: string | null, language: string): string {
  const date = since === null ? Number.NaN : Date.parse(since);
  if (Number.isNaN(date)) return l10n.t("nothing was counted yet");
  const format = new Intl.DateTimeFormat(language || "en", { dateStyle: "long", timeStyle: "short" });
  return l10n.t("Counted since {0}", format.format(date));
}
