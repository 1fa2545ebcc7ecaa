/** The training panel's states and numbers in words. Pure, but for the language they are in. */
import * as l10n from "@vscode/l10n";
import type { SplitName, TaskType } from "../../runtime/trainingDataProtocol";
import type { MethodKind, RunStatus, TrainingRunView } from "../../runtime/trainingPanelProtocol";
import type { DecayKind, TrainingRecord } from "../../runtime/trainingProtocol";
import type { NumberFormats } from "../shared/format";

/** A task's name, and what an item of it is. */
export function taskText(task: TaskType): { readonly name: string; readonly what: string } {
  switch (task) {
    case "classification":
      return { name: l10n.t("Classification"), what: l10n.t("One text, one label.") };
    case "entailment":
      return { name: l10n.t("Entailment"), what: l10n.t("A premise and a hypothesis, read one after the other.") };
    case "similarity":
      return { name: l10n.t("Similarity"), what: l10n.t("Two texts, read in both orders.") };
    case "multipleChoice":
      return { name: l10n.t("Multiple choice"), what: l10n.t("A context, and choices of which one is right.") };
    default:
      return task satisfies never;
  }
}

/** A field of a task. */
export function taskFieldText(field: string): string {
  const names: Readonly<Record<string, string>> = {
    text: l10n.t("Text"),
    label: l10n.t("Label"),
    premise: l10n.t("Premise"),
    hypothesis: l10n.t("Hypothesis"),
    text_a: l10n.t("First text"),
    text_b: l10n.t("Second text"),
    context: l10n.t("Context"),
    choices: l10n.t("Choices"),
  };
  return names[field] ?? field;
}

/** A method's name, and what it does. */
export function methodText(method: MethodKind): { readonly name: string; readonly what: string } {
  switch (method) {
    case "head":
      return {
        name: l10n.t("Head only"),
        what: l10n.t("The model stays as it is; a linear layer on its last state learns. Seconds."),
      };
    case "lora":
      return { name: "LoRA", what: l10n.t("Small matrices beside the model's own learn. Minutes, and little memory.") };
    case "full":
      return { name: l10n.t("Full"), what: l10n.t("Every parameter learns, as in GPT-1. The most memory and time.") };
    default:
      return method satisfies never;
  }
}

/** A part of the data. */
export function splitText(split: SplitName): string {
  switch (split) {
    case "train":
      return l10n.t("Train");
    case "dev":
      return l10n.t("Dev");
    case "test":
      return l10n.t("Test");
    default:
      return split satisfies never;
  }
}

/** How the learning rate falls. */
export function decayText(decay: DecayKind): string {
  switch (decay) {
    case "linear":
      return l10n.t("Linear");
    case "cosine":
      return l10n.t("Cosine");
    case "constant":
      return l10n.t("Constant");
    default:
      return decay satisfies never;
  }
}

/** How a run is, in a word. */
export function statusText(status: RunStatus): string {
  switch (status) {
    case "preparing":
      return l10n.t("Preparing");
    case "running":
      return l10n.t("Training");
    case "pausing":
      return l10n.t("Pausing after this step");
    case "stopping":
      return l10n.t("Stopping, and keeping the best");
    case "paused":
      return l10n.t("Paused");
    case "stopped":
      return l10n.t("Stopped");
    case "completed":
      return l10n.t("Completed");
    case "failed":
      return l10n.t("Failed");
    case "interrupted":
      return l10n.t("Interrupted");
    default:
      return status satisfies never;
  }
}

/** How far a run is, and how long it will take. */
export function progressText(view: TrainingRunView, formats: NumberFormats): string {
  const { status, stage, last, record, leftMs } = view;
  const parts = [statusText(status)];
  if (stage) parts.push(stageText(stage, formats));
  const step = last?.step ?? record?.step ?? 0;
  if (record && record.steps > 0 && (step > 0 || !stage)) {
    parts.push(l10n.t("step {0} of {1}", formats.count(step), formats.count(record.steps)));
  }
  if (status === "running" && leftMs !== null) parts.push(l10n.t("{0} left", timeText(leftMs, formats)));
  return parts.join(" · ");
}

/** What is done beside steps. */
export function stageText(
  { text, done, total }: NonNullable<TrainingRunView["stage"]>,
  formats: NumberFormats,
): string {
  return total > 1 ? l10n.t("{0} ({1} of {2})", text, formats.count(done), formats.count(total)) : text;
}

/** Parts of the line under a run's title. */
export function runParts(record: TrainingRecord, language: string): readonly string[] {
  const started = Date.parse(record.startedAt);
  const format = new Intl.DateTimeFormat(language || "en", { dateStyle: "medium", timeStyle: "short" });
  const method = record.finetune && methodText(record.finetune.settings.method.kind).name;
  return [
    record.kind === "finetune" ? l10n.t("Fine-tuning ({0})", method ?? "") : l10n.t("Pre-training"),
    ...(record.finetune ? [taskText(record.finetune.data.task).name] : []),
    ...(record.base ? [record.base.name] : []),
    record.device,
    ...(Number.isNaN(started) ? [] : [format.format(started)]),
  ];
}

/** `12 s`, `3 min 2 s`, `2 h 5 min`. */
export function timeText(ms: number, formats: NumberFormats): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return l10n.t("{0} s", seconds);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return l10n.t("{0} min {1} s", minutes, seconds % 60);
  return l10n.t("{0} h {1} min", formats.count(Math.floor(minutes / 60)), minutes % 60);
}

/** A small number in as few digits as it needs: rates, and the ticks of an axis. */
export function shortNumber(value: number): string {
  return isPlain(value) ? String(Number(value.toPrecision(3))) : steadyNumber(value).replace(/\.?0+e/, "e");
}

/** The same in three digits always: numbers below one another, and such as change while one looks. */
export function steadyNumber(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  if (!isPlain(value)) return value.toExponential(2).replace("e+", "e");
  return Math.abs(value) < 100 ? value.toPrecision(3) : value.toFixed(0);
}

function isPlain(value: number): boolean {
  return Math.abs(value) >= 0.001 && Math.abs(value) < 1e5;
}

/** `1.2 GB`: decimal, as file managers and tools say it. */
export function byteText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [value, unit] = [Math.max(0, bytes), 0];
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(unit === 0 || value >= 9.95 ? 0 : 1)} ${units[unit]}`;
}

/** What to say to a screen reader when the run's state changes; null when it is said already. */
export function runAnnouncement(before: RunStatus | null, { status, title }: TrainingRunView): string | null {
  return before === status ? null : `${title}: ${statusText(status)}`;
}
