/** The panel's numbers and states in words. Pure, but for the language they are in. */
import * as l10n from "@vscode/l10n";
import type { CellBrief, CellMark, CompareStatus } from "../../runtime/comparePanelProtocol";
import type { PromptSegment } from "../../runtime/promptProtocol";
import type { NumberFormats } from "../shared/format";
import { verdictText } from "../shared/verdict";
import type { RunHeader } from "./data";
import type { FilterName, SortKey } from "./options";

/** Parts of the line under the title. */
export function headParts(header: RunHeader, language: string, formats: NumberFormats): readonly string[] {
  const { models, task, items, variants, startedAt } = header;
  const date = startedAt === null ? Number.NaN : Date.parse(startedAt);
  const format = new Intl.DateTimeFormat(language || "en", { dateStyle: "medium", timeStyle: "short" });
  return [
    ...models.map(({ name, device }) => `${name} (${device})`),
    ...(task ? [task] : []),
    items === 1 ? l10n.t("1 input") : l10n.t("{0} inputs", formats.count(items)),
    variants.length === 1 ? l10n.t("1 variant") : l10n.t("{0} variants", formats.count(variants.length)),
    ...(Number.isNaN(date) ? [] : [format.format(date)]),
  ];
}

/** How far the run is. */
export function statusText({ status, done, total, elapsedMs }: RunHeader, formats: NumberFormats): string {
  const counts = [formats.count(done), formats.count(total)] as const;
  switch (status.kind) {
    case "preparing":
      return status.message;
    case "running":
      return l10n.t("Running: {0} of {1} cells, {2}", ...counts, durationText(elapsedMs, formats));
    case "stopped":
      return l10n.t("Stopped: {0} of {1} cells", ...counts);
    case "failed":
      return l10n.t("Failed: {0} of {1} cells", ...counts);
    case "complete":
      return l10n.t("Complete: {0} cells in {1}", counts[0], durationText(elapsedMs, formats));
    default:
      return status satisfies never;
  }
}

/** What to say to a screen reader when the run's state changes; null when it is said already. */
export function statusAnnouncement(
  before: CompareStatus | null,
  header: RunHeader,
  formats: NumberFormats,
): string | null {
  if (header.status.kind === before?.kind || header.status.kind === "failed") return null;
  return statusText(header, formats);
}

/** `340 ms`, `12.4 s`, `3 min 2 s`. */
export function durationText(ms: number, formats: NumberFormats): string {
  if (ms < 1000) return l10n.t("{0} ms", formats.count(ms));
  if (ms < 60_000) return l10n.t("{0} s", formats.sum(ms / 1000));
  const seconds = Math.round(ms / 1000);
  return l10n.t("{0} min {1} s", formats.count(Math.floor(seconds / 60)), seconds % 60);
}

/** A filter's name and what it leaves. */
export function filterText(name: FilterName): { readonly label: string; readonly title: string } {
  switch (name) {
    case "differences":
      return { label: l10n.t("Only Differences"), title: l10n.t("Inputs for which the variants' outputs differ") };
    case "wrong":
      return { label: l10n.t("Wrong"), title: l10n.t("Inputs that a variant got wrong") };
    case "disagreeing":
      return { label: l10n.t("Disagreeing"), title: l10n.t("Inputs that some variants got right and others wrong") };
    case "pinned":
      return { label: l10n.t("Pinned"), title: l10n.t("Inputs with a pinned cell") };
    case "rated":
      return { label: l10n.t("Rated"), title: l10n.t("Inputs with a cell that has a rating or a note") };
    default:
      return name satisfies never;
  }
}

/** A sort key's name. */
export function sortText(key: SortKey): string {
  switch (key) {
    case "input":
      return l10n.t("Input order");
    case "correct":
      return l10n.t("Right or wrong");
    case "logprob":
      return l10n.t("Log-probability");
    case "ms":
      return l10n.t("Time");
    default:
      return key satisfies never;
  }
}

/** A cell in words, for screen readers. */
export function cellText(cell: CellBrief, mark: CellMark, formats: NumberFormats): string {
  const { correct, output, answers, shares, gold, logprob } = cell;
  const share = shares[answers?.indexOf(output) ?? -1];
  const words = [
    ...(correct === null ? [] : [verdictText(correct)]),
    output.trim() || l10n.t("empty output"),
    ...(share === undefined ? [] : [formats.percent(share)]),
    ...(correct === false && gold !== null ? [l10n.t("right answer {0}", gold)] : []),
    ...(logprob === null ? [] : [l10n.t("log-probability {0}", formats.decimal(logprob))]),
    ...(cell.shortened ? [l10n.t("prompt shortened to fit the context")] : []),
    ...markWords(mark),
  ];
  return words.join(", ");
}

/** A mark in words; none where there is none. */
export function markWords({ pinned, rating, note }: CellMark): readonly string[] {
  return [
    ...(pinned ? [l10n.t("pinned")] : []),
    ...(rating === null ? [] : [rating === "good" ? l10n.t("rated good") : l10n.t("rated bad")]),
    ...(note ? [l10n.t("has a note")] : []),
  ];
}

/** The name of a kind of segment, for its colour's key. */
export function segmentKindText(kind: PromptSegment["kind"]): string {
  switch (kind) {
    case "instruction":
      return l10n.t("Instruction");
    case "demonstration":
      return l10n.t("Demonstration");
    case "label":
      return l10n.t("Label");
    case "query":
      return l10n.t("Query");
    default:
      return kind satisfies never;
  }
}
