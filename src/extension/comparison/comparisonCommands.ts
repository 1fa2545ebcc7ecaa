/** The commands of the comparison lab. */
import * as vscode from "vscode";
import * as z from "zod";
import { type ComparisonReportForm, comparisonReportForms } from "../../runtime/comparisonProtocol";
import { invalidRequest } from "../../runtime/errors";
import { isUnfinishedComparison } from "../history/comparisonRows";
import { RunNode } from "../history/historyView";
import type { HistoryEntry } from "../history/runHistory";
import type { Workbench } from "../workbench";

type Handler = (workbench: Workbench, argument?: unknown, more?: unknown) => unknown;
type StoredComparison = Extract<HistoryEntry, { kind: "comparison" }>;

/** What a lens calls *Run* and *Plan Comparison* with after the file's `vscode.Uri`: names of the arms to run. */
const armsSchema = z.object({ arms: z.array(z.string()).min(1) });

/** Comparison files that a list shows at most. */
const listedFiles = 500;

/** The handlers, by command. */
export const comparisonHandlers = {
  "gptWorkbench.runComparison": onFile(true),
  "gptWorkbench.planComparison": onFile(false),
  "gptWorkbench.showComparison": ({ comparisons }) => comparisons.showCurrent(),
  "gptWorkbench.pauseComparison": ({ comparisons, messages }) => {
    if (!comparisons.pause()) messages.info(vscode.l10n.t("No comparison is under way in this window."));
  },
  "gptWorkbench.resumeComparison": resume,
  "gptWorkbench.exportComparisonReport": exportReport,
  "gptWorkbench.openComparisonReport": openReport,
} satisfies Readonly<Record<string, Handler>>;

/** On the file of the explorer, of a CodeLens, of the active editor, or one that the user chooses. */
function onFile(start: boolean): Handler {
  return async ({ comparisons, messages }, argument, more) => {
    const uri = fileOf(argument) ?? (await pickFile());
    if (!uri) return;
    const { arms } = armsSchema.safeParse(more).data ?? {};
    if (uri.scheme !== "file") {
      return messages.info(vscode.l10n.t("Save the comparison file in a folder on disk first: data lies beside it."));
    }
    // A document that is open has the newer text.
    const text = (await vscode.workspace.openTextDocument(uri)).getText();
    await comparisons.plan(uri.fsPath, text, { start, ...(arms ? { arms } : {}) });
  };
}

function fileOf(argument: unknown): vscode.Uri | undefined {
  if (argument instanceof vscode.Uri) return argument;
  const active = vscode.window.activeTextEditor?.document.uri;
  return active && /\.compare\.ya?ml$/i.test(active.path) ? active : undefined;
}

async function pickFile(): Promise<vscode.Uri | undefined> {
  const found = await vscode.workspace.findFiles("**/*.compare.{yaml,yml}", "**/node_modules/**", listedFiles);
  const items = found
    .toSorted((a, b) => a.path.localeCompare(b.path))
    .map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t("Comparison File"),
    placeHolder:
      items.length > 0
        ? vscode.l10n.t("What is compared, and on which data")
        : vscode.l10n.t("There is no *.compare.yaml file in this workspace"),
  });
  return chosen?.uri;
}

/** The run in a folder, or one of those that did not reach their end. */
async function resume(workbench: Workbench, argument?: unknown): Promise<void> {
  const { comparisons, training, history, messages } = workbench;
  if (comparisons.running) throw invalidRequest(vscode.l10n.t("a comparison is under way already"));
  if (training.running) throw invalidRequest(vscode.l10n.t("a training is under way in this window"));
  const folder = folderOf(argument);
  if (folder !== undefined) return comparisons.resume(folder);
  const unfinished = (await history.comparisons()).filter(({ record }) => isUnfinishedComparison(record));
  if (unfinished.length === 0) {
    return messages.info(vscode.l10n.t("There is no comparison that was paused or interrupted."));
  }
  const chosen = await pickRun(unfinished, vscode.l10n.t("Resume Comparison"));
  if (chosen) await comparisons.resume(chosen.folder);
}

/** Of the row that it was chosen on, of what the panel shows, or of one that the user chooses. */
async function exportReport(workbench: Workbench, argument?: unknown): Promise<void> {
  const { comparisons, dialogs } = workbench;
  const folder = folderOf(argument) ?? comparisons.shownReport ?? (await pickComplete(workbench))?.folder;
  const form = folder === undefined ? undefined : await pickForm();
  if (folder === undefined || !form) return;
  const title = vscode.l10n.t("Exporting the comparison report");
  const file = await dialogs.withProgress(title, (_, signal) => comparisons.reportFile(folder, form, signal));
  await comparisons.save(file);
}

async function openReport(workbench: Workbench, argument?: unknown): Promise<void> {
  const folder = folderOf(argument) ?? (await pickComplete(workbench))?.folder;
  if (folder !== undefined) await workbench.comparisons.open(folder);
}

function folderOf(argument: unknown): string | undefined {
  if (argument instanceof RunNode) return argument.entry.folder;
  return argument instanceof vscode.Uri ? argument.fsPath : undefined;
}

async function pickComplete({ history, messages }: Workbench): Promise<StoredComparison | undefined> {
  const complete = (await history.comparisons()).filter(({ record }) => record.state === "completed");
  if (complete.length > 0) return pickRun(complete, vscode.l10n.t("Comparison Report"));
  messages.info(vscode.l10n.t("There is no comparison that is complete."));
  return undefined;
}

async function pickRun(runs: readonly StoredComparison[], title: string): Promise<StoredComparison | undefined> {
  const items = runs.map((run) => ({
    label: run.record.name,
    description: vscode.l10n.t("{0} of {1} units", run.record.units.done, run.record.units.total),
    detail: new Date(run.record.startedAt).toLocaleString(vscode.env.language),
    run,
  }));
  const chosen = items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { title });
  return chosen?.run;
}

async function pickForm(): Promise<ComparisonReportForm | undefined> {
  const texts: Readonly<Record<ComparisonReportForm, string>> = {
    html: vscode.l10n.t("A page that stands by itself"),
    md: vscode.l10n.t("The same as text"),
    csv: vscode.l10n.t("A row for each arm"),
    json: vscode.l10n.t("All of it, for programs"),
    jsonl: vscode.l10n.t("A line for each answer"),
    junit: vscode.l10n.t("A test for each assertion, as XML"),
  };
  const items = comparisonReportForms.map((form) => ({ label: form.toUpperCase(), description: texts[form], form }));
  const title = vscode.l10n.t("Export Comparison Report");
  return (await vscode.window.showQuickPick(items, { title }))?.form;
}
