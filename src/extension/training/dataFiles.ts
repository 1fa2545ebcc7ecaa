/** Labelled data files of a workspace, as the Datasets view lists them. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { TaskType, TrainingDataGuess } from "../../runtime/trainingDataProtocol";

/** Files that are searched for, and how many of them at most. */
export const dataGlob = "**/*.{jsonl,ndjson,csv,tsv}";
export const dataFileLimit = 200;
/** Larger files are listed without their rows being counted, bytes. */
export const countedBytes = 64 << 20;

/** What a file seems to hold; null where it does not seem to be labelled data. */
export interface DataSummary {
  readonly task: TaskType;
  /** Rows; null where they were not counted. */
  readonly rows: number | null;
  readonly labels: number;
}

/** The summary of a guess. A file of which a field has no column is no labelled data. */
export function summaryOf(guess: TrainingDataGuess, rows: number | null): DataSummary | null {
  if (guess.missing.length > 0) return null;
  return { task: guess.data.task, rows, labels: guess.labelValues.length };
}

/** Rows of a file, from its lines that are not empty; the first of CSV and TSV is the header. Quoted fields with line breaks count more than once. */
export function countRows(bytes: Uint8Array, jsonLines: boolean): number {
  let [lines, blank] = [0, true];
  for (const byte of bytes) {
    if (byte === 0x0a) {
      if (!blank) lines++;
      blank = true;
    } else if (byte !== 0x0d && byte !== 0x20) {
      blank = false;
    }
  }
  if (!blank) lines++;
  return Math.max(0, jsonLines ? lines : lines - 1);
}

/** The words after a file's name. */
export function dataDescription(summary: DataSummary | null): string {
  if (!summary) return l10n.t("no labels found");
  const { task, rows, labels } = summary;
  return [
    taskName(task),
    ...(rows === null ? [] : [rows === 1 ? l10n.t("1 row") : l10n.t("{0} rows", rows.toLocaleString("en"))]),
    ...(task === "multipleChoice" ? [] : [labels >= 100 ? l10n.t("100 labels or more") : l10n.t("{0} labels", labels)]),
  ].join(" · ");
}

/** A task in a word. */
export function taskName(task: TaskType): string {
  switch (task) {
    case "classification":
      return l10n.t("classification");
    case "entailment":
      return l10n.t("entailment");
    case "similarity":
      return l10n.t("similarity");
    case "multipleChoice":
      return l10n.t("multiple choice");
    default:
      return task satisfies never;
  }
}
