/** Comparisons as rows of the history. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { ComparisonRecord } from "../../runtime/comparisonRecord";
import type { HistoryRow } from "./historyRows";
import type { HistoryEntry } from "./runHistory";
import { stateIcon, stateText } from "./runStates";

/** The row of a comparison: its name, or `label` where the group has that; then how far it is, and what was compared. */
export function comparisonRow(
  { folder, record }: Extract<HistoryEntry, { kind: "comparison" }>,
  label: string | null,
  when: string,
  locale: string,
): HistoryRow {
  const { arms, items, state, units } = record;
  const words = [
    ...(state === "completed" ? [] : [stateText(state), l10n.t("{0} of {1} units", units.done, units.total)]),
    arms.length === 1 ? (arms[0]?.name ?? "") : l10n.t("{0} arms", arms.length),
    items.test === 1 ? l10n.t("1 item of test") : l10n.t("{0} items of test", items.test),
    ...new Set(record.models.map(({ name }) => name)),
  ];
  return {
    label: label ?? record.name,
    description: [...words, ...(label === null ? [when] : [])].join(" · "),
    icon: stateIcon(state, "law"),
    contextValue: isUnfinishedComparison(record) ? "unfinishedComparison" : "comparison",
    tooltip: lines(folder, record, locale),
  };
}

/** Whether there is something to go on with. One that another window runs looks the same: the runtime tells them apart. */
export function isUnfinishedComparison({ state }: Pick<ComparisonRecord, "state">): boolean {
  return state !== "completed";
}

function lines(folder: string, record: ComparisonRecord, locale: string): HistoryRow["tooltip"] {
  const { file, startedAt, state, reason, task, metrics, device, models, items, arms, data, actual } = record;
  const started = Date.parse(startedAt);
  return [
    { label: l10n.t("Comparison file"), value: file },
    { label: l10n.t("Started"), value: Number.isNaN(started) ? startedAt : new Date(started).toLocaleString(locale) },
    { label: l10n.t("State"), value: reason ? `${stateText(state)}: ${reason}` : stateText(state) },
    { label: l10n.t("Task"), value: task },
    { label: l10n.t("Metrics"), value: metrics.join(", ") },
    {
      label: l10n.t("Arms"),
      value: arms
        .slice(0, 20)
        .map(({ name }) => name)
        .join(", "),
    },
    ...models
      .slice(0, 10)
      .map(({ name, sha256 }) => ({ label: l10n.t("Model"), value: `${name} · ${sha256.slice(0, 12)}` })),
    { label: l10n.t("Device"), value: device },
    { label: l10n.t("Train, dev, test"), value: `${items.train} / ${items.dev} / ${items.test}` },
    ...Object.entries(data)
      .slice(0, 10)
      .map(([path, sha256]) => ({ label: path, value: sha256.slice(0, 12) })),
    { label: l10n.t("Time"), value: l10n.t("{0} s", (actual.ms / 1000).toFixed(1)) },
    { label: l10n.t("Folder"), value: folder },
  ];
}
