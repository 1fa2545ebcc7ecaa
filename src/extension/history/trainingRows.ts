/** Training runs as rows of the history. Knows nothing of VS Code. */
import { basename } from "node:path";
import * as l10n from "@vscode/l10n";
import type { TrainingRecord } from "../../runtime/trainingProtocol";
import type { HistoryRow } from "./historyRows";
import type { HistoryEntry } from "./runHistory";
import { stateIcon, stateText } from "./runStates";

/** What a training was on: its data file, or its folder of text. */
export function trainingFile({ finetune, pretrain, name }: TrainingRecord): string {
  return basename(finetune?.data.path ?? pretrain?.corpus.root ?? name);
}

/** The row of a training: its name, or `label` where the group has that; then what came of it. */
export function trainingRow(
  { folder, record }: Extract<HistoryEntry, { kind: "training" }>,
  label: string | null,
  when: string,
  locale: string,
): HistoryRow {
  const words = [...resultWords(record), methodWord(record), ...(record.base ? [record.base.name] : [])];
  return {
    label: label ?? record.name,
    description: [...words, ...(label === null ? [when] : [])].join(" · "),
    icon: stateIcon(record.state, "mortar-board"),
    contextValue: isUnfinished(record) ? "unfinishedTraining" : "training",
    tooltip: lines(folder, record, locale),
  };
}

/** Whether there is something to go on with. One that another window trains looks the same: the runtime tells them apart. */
export function isUnfinished({ state }: Pick<TrainingRecord, "state">): boolean {
  return state === "running" || state === "paused" || state === "failed";
}

function resultWords({ state, test, best, step, steps, kind }: TrainingRecord): string[] {
  if (state !== "completed" && state !== "stopped") {
    return [stateText(state), l10n.t("step {0} of {1}", step, steps)];
  }
  const accuracy = test?.accuracy ?? best?.accuracy ?? null;
  const stopped = state === "stopped" ? [stateText(state)] : [];
  if (accuracy !== null) return [...stopped, `${(100 * accuracy).toFixed(1)} %`];
  if (!best) return [stateText(state)];
  const loss = best.loss.toFixed(3);
  return [...stopped, kind === "pretrain" ? l10n.t("held-out loss {0}", loss) : l10n.t("dev loss {0}", loss)];
}

function methodWord({ finetune }: TrainingRecord): string {
  if (!finetune) return l10n.t("pre-training");
  switch (finetune.settings.method.kind) {
    case "head":
      return l10n.t("head");
    case "lora":
      return "LoRA";
    case "full":
      return l10n.t("full fine-tuning");
    default:
      return finetune.settings.method satisfies never;
  }
}

function lines(folder: string, record: TrainingRecord, locale: string): { label: string; value: string }[] {
  const { startedAt, state, reason, base, device, counts, test, data, elapsedMs } = record;
  const started = Date.parse(startedAt);
  const percent = (share: number | null) => (share === null ? "–" : `${(100 * share).toFixed(1)} %`);
  return [
    { label: l10n.t("Started"), value: Number.isNaN(started) ? startedAt : new Date(started).toLocaleString(locale) },
    { label: l10n.t("State"), value: reason ? `${stateText(state)}: ${reason}` : stateText(state) },
    { label: l10n.t("Method"), value: methodWord(record) },
    ...(base ? [{ label: l10n.t("Model"), value: `${base.name} · ${base.sha256.slice(0, 12)}` }] : []),
    { label: l10n.t("Device"), value: device },
    { label: l10n.t("Train, dev, test"), value: `${counts.train} / ${counts.dev} / ${counts.test}` },
    ...(test?.accuracy === null || test?.accuracy === undefined
      ? []
      : [
          {
            label: l10n.t("Test"),
            value: l10n.t("{0}; the largest class alone {1}", percent(test.accuracy), percent(test.majority)),
          },
        ]),
    ...Object.entries(data)
      .slice(0, 10)
      .map(([path, sha256]) => ({ label: path, value: sha256.slice(0, 12) })),
    { label: l10n.t("Time"), value: l10n.t("{0} s", (elapsedMs / 1000).toFixed(1)) },
    { label: l10n.t("Folder"), value: folder },
  ];
}
