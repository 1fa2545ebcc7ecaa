/** The commands of training. */
import * as vscode from "vscode";
import { invalidRequest } from "../../runtime/errors";
import { RunNode } from "../history/historyView";
import type { Workbench } from "../workbench";
import { DataNode } from "./datasetsView";
import { mergeAdapter } from "./mergeAdapter";

type Handler = (workbench: Workbench, argument?: unknown) => unknown;

/** The handlers, by command. */
export const trainingHandlers = {
  "gptWorkbench.fineTune": fineTune,
  "gptWorkbench.pretrain": pretrain,
  "gptWorkbench.resumeTraining": resume,
  "gptWorkbench.pauseTraining": control("pause"),
  "gptWorkbench.stopTraining": control("stop"),
  "gptWorkbench.showTraining": ({ training }) => training.showCurrent(),
  "gptWorkbench.mergeAdapter": mergeAdapter,
  "gptWorkbench.openData": async ({ messages }, argument) => {
    if (argument instanceof DataNode) await vscode.commands.executeCommand("vscode.open", argument.uri);
    else messages.info(vscode.l10n.t("Choose a data file in the Datasets view first."));
  },
  "gptWorkbench.refreshDatasets": ({ datasets }) => datasets.refresh(),
} satisfies Readonly<Record<string, Handler>>;

/** On the data file of a row, of the explorer, or of the active editor; without any the form asks for one. */
async function fineTune({ training, messages, datasets }: Workbench, argument?: unknown): Promise<void> {
  const uri = argument instanceof DataNode ? argument.uri : argument instanceof vscode.Uri ? argument : undefined;
  if (uri && uri.scheme !== "file") return messages.info(vscode.l10n.t("The data file must lie in a folder on disk."));
  const path = uri?.fsPath ?? (await pickData(datasets));
  if (path !== undefined) training.openFineTune(path);
}

interface PickedData extends vscode.QuickPickItem {
  readonly path: string;
}

/** Data files of the workspace, the active editor's first; or another one. Straight to the form where there is none. */
async function pickData(datasets: Workbench["datasets"]): Promise<string | undefined> {
  const files = await datasets.list();
  if (files.length === 0) return "";
  const active = vscode.window.activeTextEditor?.document.uri.toString();
  const items: PickedData[] = files.map(({ uri, description }) => ({
    label: vscode.workspace.asRelativePath(uri),
    description,
    path: uri.fsPath,
  }));
  const first = files.findIndex(({ uri }) => uri.toString() === active);
  if (first > 0) items.unshift(...items.splice(first, 1));
  const other: PickedData = { label: `$(folder-opened) ${vscode.l10n.t("Another File…")}`, path: "" };
  const chosen = await vscode.window.showQuickPick([...items, other], {
    title: vscode.l10n.t("Fine-Tune a Model: Labelled Data"),
    placeHolder: vscode.l10n.t("A row for each item, and a column for its label"),
    matchOnDescription: true,
  });
  return chosen?.path;
}

/** On a folder of the explorer, or the workspace's; without one the form asks for it. */
async function pretrain({ training, messages }: Workbench, argument?: unknown): Promise<void> {
  if (argument instanceof vscode.Uri) {
    if (argument.scheme !== "file") return messages.info(vscode.l10n.t("The text must lie in a folder on disk."));
    return training.openPretrain(argument.fsPath);
  }
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
  if (folders.length <= 1) return training.openPretrain(folders[0]?.uri.fsPath ?? "");
  const items = folders.map(({ name, uri }) => ({ label: name, description: uri.fsPath, path: uri.fsPath }));
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t("Pre-train a GPT: Text") });
  if (chosen) training.openPretrain(chosen.path);
}

/** The run in a folder, or one of those that were paused or interrupted. */
async function resume(workbench: Workbench, argument?: unknown): Promise<void> {
  const { training, history, messages } = workbench;
  if (training.running) throw invalidRequest(vscode.l10n.t("a training is under way already"));
  const folder =
    argument instanceof RunNode ? argument.entry.folder : argument instanceof vscode.Uri ? argument.fsPath : undefined;
  if (folder !== undefined) return training.resume(folder);
  const runs = await history.unfinishedTrainings();
  if (runs.length === 0) return messages.info(vscode.l10n.t("There is no training that was paused or interrupted."));
  const items = runs.map(({ folder, record }) => ({
    label: record.name,
    description: vscode.l10n.t("step {0} of {1}", record.step, record.steps),
    detail: new Date(record.startedAt).toLocaleString(vscode.env.language),
    folder,
  }));
  const chosen =
    items.length === 1
      ? items[0]
      : await vscode.window.showQuickPick(items, { title: vscode.l10n.t("Resume Training") });
  if (chosen) await training.resume(chosen.folder);
}

function control(action: "pause" | "stop"): Handler {
  return async ({ training, messages }) => {
    if (!(await training.control(action))) messages.info(vscode.l10n.t("No training is under way in this window."));
  };
}
