/** The reliability of suggestions as plain text in columns. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import { columns, section, textDocument } from "../views/textColumns";
import { bucketCount } from "./confidence";
import { type Bucket, calibrationError, type Statistics, type Tally, totalOf, wilson } from "./statistics";

/** The whole view: rates, confidence against acceptance, languages. */
export function statisticsDocument(statistics: Statistics): string {
  return textDocument(l10n.t("Inline Completion Statistics"), [
    columns(summaryRows(statistics)),
    section(l10n.t("Confidence and acceptance"), bucketTable(statistics.buckets)),
    section(l10n.t("Languages"), languageTable(statistics)),
    l10n.t("Shown counts what was handed to the editor, which does not tell whether it was seen."),
    l10n.t("Accepted counts suggestions taken to their end; a part taken word by word counts with the last part."),
    l10n.t("The counts are kept on this machine and sent nowhere."),
  ]);
}

function summaryRows(statistics: Statistics): string[][] {
  const { requests, answered, shown, accepted } = totalOf(statistics);
  const error = calibrationError(statistics);
  return [
    [l10n.t("Counted since"), statistics.since ?? l10n.t("nothing was counted yet")],
    [l10n.t("Show rate"), rate(answered, requests)],
    [l10n.t("Accept rate"), rate(accepted, shown)],
    [l10n.t("Expected calibration error"), error === null ? "–" : error.toFixed(3)],
  ];
}

function bucketTable(buckets: readonly Bucket[]): string {
  const header = [
    l10n.t("Confidence"),
    l10n.t("Shown"),
    l10n.t("Accepted"),
    l10n.t("Mean confidence"),
    l10n.t("Accept rate"),
    l10n.t("95 % interval"),
  ];
  return columns([header, ...buckets.map(bucketRow)], [1, 2, 3, 4, 5]);
}

function bucketRow({ shown, accepted, confidence }: Bucket, i: number): string[] {
  const part = `${(i / bucketCount).toFixed(1)}–${((i + 1) / bucketCount).toFixed(1)}`;
  if (shown === 0) return [part, "0", "0", "–", "–", "–"];
  return [
    part,
    `${shown}`,
    `${accepted}`,
    percent(confidence / shown),
    percent(accepted / shown),
    interval(accepted, shown),
  ];
}

function languageTable({ languages }: Statistics): string {
  const header = [
    l10n.t("Language"),
    l10n.t("Requests"),
    l10n.t("Answered"),
    l10n.t("Shown"),
    l10n.t("Accepted"),
    l10n.t("Accept rate"),
  ];
  const rows = Object.entries(languages).sort(([a], [b]) => a.localeCompare(b));
  return columns([header, ...rows.map(([language, tally]) => languageRow(language, tally))], [1, 2, 3, 4, 5]);
}

function languageRow(language: string, { requests, answered, shown, accepted }: Tally): string[] {
  const share = shown === 0 ? "–" : percent(accepted / shown);
  return [language, `${requests}`, `${answered}`, `${shown}`, `${accepted}`, share];
}

function rate(count: number, of: number): string {
  if (of === 0) return "–";
  const share = percent(count / of);
  return l10n.t("{0} ({1} of {2}; 95 % interval {3})", share, count, of, interval(count, of));
}

function interval(count: number, of: number): string {
  const { low, high } = wilson(count, of);
  return `${percent(low)}–${percent(high)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
