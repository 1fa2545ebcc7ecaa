/** What can be done with stored runs. Knows nothing of VS Code. */
import { basename } from "node:path";
import * as l10n from "@vscode/l10n";
import { toErrorInfo } from "../../runtime/errors";
import type { PromptSource, RunRecord } from "../../runtime/promptProtocol";
import type { ComparisonLab } from "../comparison/comparisonLab";
import type { Dialogs } from "../dialogs";
import { errorText } from "../errorText";
import type { Messages } from "../messages";
import type { PromptLab } from "../promptLab/promptLab";
import { type RunFiles, sourceOf } from "../promptLab/runFolder";
import { notesSchema, type RunNotes } from "../promptLab/runSchemas";
import { fineTuneValues } from "../training/fineTuneForm";
import { pretrainValues } from "../training/pretrainForm";
import type { TrainingLab } from "../training/trainingLab";
import type { HistoryEntry } from "./runHistory";

/** What the actions work with. */
export interface HistoryParts {
  readonly messages: Pick<Messages, "info" | "error">;
  readonly dialogs: Pick<Dialogs, "confirm" | "revealFolder">;
  readonly promptLab: Pick<PromptLab, "open" | "run" | "compareRuns">;
  readonly training: Pick<TrainingLab, "open" | "openFineTune" | "openPretrain" | "running">;
  readonly comparisons: Pick<ComparisonLab, "open" | "repeatStored" | "running">;
  readonly files: Pick<RunFiles, "read"> & {
    /** Deletes a run's folder; into the trash when `trash`. Throws when that cannot be. */
    remove(folder: string, trash: boolean): Promise<void>;
    /** The workspace folder that a file lies in. */
    rootOf(path: string): string | undefined;
    /** Opens a file of a run's folder as text. */
    openText(folder: string, name: string): Promise<void>;
  };
}

type Run = Extract<HistoryEntry, { kind: "run" }>;
type Training = Extract<HistoryEntry, { kind: "training" }>;

/** Shows a run in the panel of its kind. */
export function openRun(parts: HistoryParts, { kind, folder }: HistoryEntry): Promise<void> {
  return telling(parts, () => {
    if (kind === "training") return parts.training.open(folder);
    return kind === "comparison" ? parts.comparisons.open(folder) : parts.promptLab.open(folder);
  });
}

/** Runs the file of a comparison again, as it is now. */
export function repeatComparison(
  parts: HistoryParts,
  { record }: Extract<HistoryEntry, { kind: "comparison" }>,
): Promise<void> {
  return telling(parts, () => parts.comparisons.repeatStored(record));
}

/** Fills in the form of a training as it was. */
export function trainAgain(parts: HistoryParts, { record }: Training): Promise<void> {
  return telling(parts, async () => {
    const values = fineTuneValues(record);
    const others = pretrainValues(record);
    if (values) parts.training.openFineTune(values.path, values);
    else if (others) parts.training.openPretrain(others.root, others);
  });
}

/** Runs the same text with the same overrides once more; the model is that of the file or of the settings now. */
export function runAgain(parts: HistoryParts, run: Run): Promise<void> {
  return telling(parts, async () => {
    const { record } = run;
    const source = await runSource(parts, run);
    await parts.promptLab.run({ title: basename(record.file), source, overrides: record.overrides });
  });
}

/** The prompt file of a run, which may read what lies in the workspace folder of that file and nothing else: notes come with a folder. */
async function runSource({ files }: HistoryParts, { folder, record }: Run): Promise<PromptSource> {
  const { path, text } = sourceOf({ folder, record, notes: await notesOf(files, folder) });
  const root = files.rootOf(path);
  return { path, text, ...(root === undefined ? {} : { root }) };
}

async function notesOf(files: Pick<RunFiles, "read">, folder: string): Promise<RunNotes> {
  const none: RunNotes = { version: 1, marks: [] };
  const bytes = await files.read(folder, "notes.json", 64 << 20);
  if (!bytes) return none;
  try {
    const parsed = notesSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    return parsed.success ? parsed.data : none;
  } catch {
    return none; // damaged: the file is looked for where it most likely was
  }
}

/** Shows two runs side by side, the older one first. */
export function compareTwo(parts: HistoryParts, one: HistoryEntry, other: HistoryEntry): Promise<void> {
  if (one.folder === other.folder) {
    parts.messages.info(l10n.t("Choose another run to compare with."));
    return Promise.resolve();
  }
  const [a, b] = one.at <= other.at ? [one, other] : [other, one];
  return telling(parts, () => parts.promptLab.compareRuns(a.folder, b.folder));
}

/** Opens the record as text. */
export function openRecord(parts: HistoryParts, { folder }: HistoryEntry): Promise<void> {
  return telling(parts, () => parts.files.openText(folder, "run.json"));
}

/** Shows the run's folder in the system's file manager. */
export function revealRun(
  { dialogs, messages }: Pick<HistoryParts, "dialogs" | "messages">,
  { folder }: HistoryEntry,
): Promise<void> {
  return telling({ messages }, async () => {
    if (await dialogs.revealFolder(folder)) return;
    messages.info(l10n.t("The files lie on another machine than this window. Their path was copied: {0}", folder));
  });
}

/** Deletes runs, after asking; into the trash where there is one. True when something was deleted. */
export async function deleteRuns(parts: HistoryParts, entries: readonly HistoryEntry[]): Promise<boolean> {
  const isDeleted = (active: string | null | undefined) => entries.some(({ folder }) => folder === active);
  if (isDeleted(parts.training.running?.folder)) {
    parts.messages.info(l10n.t("This training is under way. Stop it first."));
    return false;
  }
  if (isDeleted(parts.comparisons.running?.folder)) {
    parts.messages.info(l10n.t("This comparison is under way. Pause it first."));
    return false;
  }
  if (entries.length === 0 || !(await parts.dialogs.confirm(deleteQuestion(entries)))) return false;
  const left: HistoryEntry[] = [];
  for (const entry of entries) {
    await parts.files.remove(entry.folder, true).catch(() => left.push(entry));
  }
  if (left.length > 0 && (await parts.dialogs.confirm(forGoodQuestion(left)))) {
    await telling(parts, async () => {
      for (const { folder } of left) await parts.files.remove(folder, false);
    });
  }
  return true;
}

function deleteQuestion(entries: readonly HistoryEntry[]) {
  const [first] = entries;
  const message =
    first && entries.length === 1
      ? l10n.t("Delete the run {0}?", named(first))
      : l10n.t("Delete {0} runs?", entries.length);
  const detail = detailOf(entries);
  return { message, detail, action: l10n.t("Delete") };
}

function detailOf(entries: readonly HistoryEntry[]): string {
  return entries.some(({ kind }) => kind === "training" || kind === "comparison")
    ? l10n.t(
        "Everything in these folders goes to the trash, where there is one, trained models too.\n\n{0}",
        listed(entries),
      )
    : l10n.t("Record, answers and notes go to the trash, where there is one.\n\n{0}", listed(entries));
}

function forGoodQuestion(entries: readonly HistoryEntry[]) {
  return {
    message: l10n.t("There is no trash for these folders. Delete them for good?"),
    detail: listed(entries),
    action: l10n.t("Delete for Good"),
  };
}

function listed(entries: readonly HistoryEntry[]): string {
  const shown = entries.slice(0, 10).map(({ folder }) => folder);
  return [...shown, ...(entries.length > shown.length ? ["…"] : [])].join("\n");
}

function named(entry: HistoryEntry): string {
  if (entry.kind === "training" || entry.kind === "comparison")
    return `${entry.record.name} (${entry.record.startedAt})`;
  return entry.kind === "run" ? nameOf(entry.record) : basename(entry.folder);
}

function nameOf({ file, startedAt }: RunRecord): string {
  return `${basename(file)} (${startedAt})`;
}

async function telling({ messages }: Pick<HistoryParts, "messages">, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    messages.error(errorText(toErrorInfo(error)));
  }
}
