/** The history's rows in words. Knows nothing of VS Code. */
import { basename } from "node:path";
import * as l10n from "@vscode/l10n";
import type { RunRecord, VariantSummary } from "../../runtime/promptProtocol";
import { comparisonRow } from "./comparisonRows";
import type { HistoryEntry } from "./runHistory";
import { trainingFile, trainingRow } from "./trainingRows";

/** How the runs are put together. */
export type Grouping = "day" | "file";

/** Runs under one heading. */
export interface HistoryGroup {
  /** Unique among the groups. */
  readonly key: string;
  readonly label: string;
  readonly entries: readonly HistoryEntry[];
}

/** When and where the reader is. */
export interface ReaderContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** BCP 47. */
  readonly locale: string;
}

/** A row of the view. */
export interface HistoryRow {
  readonly label: string;
  readonly description: string;
  /** A codicon, and the id of its colour if it has one. */
  readonly icon: { readonly id: string; readonly color?: string };
  /** Words for the menus' `when`. */
  readonly contextValue: string;
  /** Lines of the tooltip. */
  readonly tooltip: readonly { readonly label: string; readonly value: string }[];
}

/** The groups, each with its newest run's place. */
export function groupRuns(
  entries: readonly HistoryEntry[],
  grouping: Grouping,
  context: ReaderContext,
): readonly HistoryGroup[] {
  const groups = new Map<string, HistoryEntry[]>();
  for (const entry of entries) {
    const key = grouping === "day" ? dayKey(entry.at) : fileOf(entry);
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  return Array.from(groups, ([key, inGroup]) => ({
    key: `${grouping}\n${key}`,
    label: grouping === "day" ? dayLabel(inGroup[0]?.at ?? 0, context) : key || l10n.t("Without a record"),
    entries: inGroup,
  }));
}

/** The reader's own day. */
function dayKey(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

function dayLabel(at: number, { now, locale }: ReaderContext): string {
  const today = new Date(now);
  if (dayKey(at) === dayKey(now)) return l10n.t("Today");
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (dayKey(at) === dayKey(yesterday.getTime())) return l10n.t("Yesterday");
  return new Date(at).toLocaleDateString(locale, { weekday: "short", year: "numeric", month: "short", day: "numeric" });
}

function fileOf(entry: HistoryEntry): string {
  if (entry.kind === "training") return trainingFile(entry.record);
  if (entry.kind === "comparison") return entry.record.file;
  return entry.kind === "run" ? basename(entry.record.file) : "";
}

/** The row of a run: its file or its time, then accuracy, variants and model. */
export function historyRow(
  entry: HistoryEntry,
  grouping: Grouping,
  { locale, selected }: Pick<ReaderContext, "locale"> & { readonly selected: boolean },
): HistoryRow {
  const time = new Date(entry.at).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
  const when =
    grouping === "day" ? time : new Date(entry.at).toLocaleString(locale, { dateStyle: "short", timeStyle: "short" });
  if (entry.kind === "damaged") {
    return {
      label: basename(entry.folder),
      description: [l10n.t("no usable record"), when].join(" · "),
      icon: { id: "warning", color: "list.warningForeground" },
      contextValue: "damagedRun",
      tooltip: [
        { label: l10n.t("Problem"), value: entry.reason },
        { label: l10n.t("Folder"), value: entry.folder },
      ],
    };
  }
  if (entry.kind === "training") return trainingRow(entry, grouping === "day" ? null : when, when, locale);
  if (entry.kind === "comparison") return comparisonRow(entry, grouping === "day" ? null : when, when, locale);
  const { record } = entry;
  const words = [...(selected ? [l10n.t("selected for compare")] : []), ...summaryWords(record)];
  return {
    label: grouping === "day" ? basename(record.file) : when,
    description: [...words, ...(grouping === "day" ? [when] : [])].join(" · "),
    icon: record.complete ? { id: selected ? "pinned" : "beaker" } : { id: "debug-stop" },
    contextValue: "run",
    tooltip: recordLines(entry.folder, record, locale),
  };
}

function summaryWords(record: RunRecord): string[] {
  const { variants, items, model, complete, overrides } = record;
  const best = bestOf(variants);
  return [
    ...(complete ? [] : [l10n.t("stopped")]),
    ...(best ? [variants.length > 1 ? l10n.t("best {0}", percent(best)) : percent(best)] : []),
    variants.length === 1 ? (variants[0]?.name ?? "") : l10n.t("{0} variants", variants.length),
    items === 1 ? l10n.t("1 input") : l10n.t("{0} inputs", items),
    ...(overrides.k === undefined ? [] : [`K = ${overrides.k}`]),
    model.name,
  ];
}

function bestOf(variants: readonly VariantSummary[]): number | null {
  const values = variants.flatMap(({ accuracy }) => (accuracy ? [accuracy.value] : []));
  return values.length > 0 ? Math.max(...values) : null;
}

/** What the record says, line by line. */
function recordLines(folder: string, record: RunRecord, locale: string): { label: string; value: string }[] {
  const { file, startedAt, task, model, items, variants, complete, elapsedMs, overrides, data } = record;
  const started = Date.parse(startedAt);
  return [
    { label: l10n.t("Prompt file"), value: file },
    { label: l10n.t("Started"), value: Number.isNaN(started) ? startedAt : new Date(started).toLocaleString(locale) },
    { label: l10n.t("State"), value: complete ? l10n.t("complete") : l10n.t("stopped before its end") },
    { label: l10n.t("Task"), value: task },
    { label: l10n.t("Model"), value: `${model.name} · ${model.device} · ${model.sha256.slice(0, 12)}` },
    { label: l10n.t("Inputs"), value: String(items) },
    ...(overrides.k === undefined ? [] : [{ label: l10n.t("Demonstrations"), value: String(overrides.k) }]),
    ...(overrides.seed === undefined ? [] : [{ label: l10n.t("Seed"), value: String(overrides.seed) }]),
    ...variants.slice(0, 20).map((variant) => ({ label: variant.name, value: variantLine(variant) })),
    ...Object.entries(data)
      .slice(0, 10)
      .map(([path, sha256]) => ({ label: path, value: sha256.slice(0, 12) })),
    { label: l10n.t("Time"), value: l10n.t("{0} s", (elapsedMs / 1000).toFixed(1)) },
    { label: l10n.t("Folder"), value: folder },
  ];
}

function variantLine({ rule, accuracy, correct, judged, meanLogprob }: VariantSummary): string {
  const parts = [rule];
  if (accuracy) {
    const interval = l10n.t("95 %: {0} to {1}", percent(accuracy.low), percent(accuracy.high));
    parts.push(`${percent(accuracy.value)} (${correct}/${judged}; ${interval})`);
  }
  if (meanLogprob !== null) parts.push(l10n.t("{0} nats per token", meanLogprob.toFixed(3)));
  return parts.join(" · ");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
