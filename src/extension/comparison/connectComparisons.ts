/** The comparison lab's way to the window: what its panel asks for, and what menus and training know of it. */
import { basename } from "node:path";
import * as vscode from "vscode";
import type { DataPlace } from "../../runtime/comparisonPanelProtocol";
import type { ComparisonRecord } from "../../runtime/comparisonRecord";
import { toErrorInfo } from "../../runtime/errors";
import type { CommandId } from "../commands/commandIds";
import { copyExport, saveExport } from "../commands/saveExport";
import { errorText } from "../errorText";
import type { Workbench } from "../workbench";
import { dataFile } from "./dataPlaces";

/** Answers the panel. `use` makes the fine-tuned model in a folder the window's classifier. */
export function connectComparisons(workbench: Workbench, use: (folder: string) => unknown): void {
  const { comparisonPanel, messages, suspicions } = workbench;
  const showLog: CommandId = "gptWorkbench.showLog";
  comparisonPanel.connect({
    use,
    openFile: (record) => openFile(workbench, record),
    openPlanned: (path) =>
      vscode.window.showTextDocument(vscode.Uri.file(path), { viewColumn: vscode.ViewColumn.Beside }),
    openData,
    showSuspicions: async (folder, found) => {
      suspicions.show(folder, found);
      await vscode.commands.executeCommand("workbench.actions.view.problems");
    },
    exportFile: (file) => saveExport(workbench, file),
    copyText: (text) => copyExport(workbench, text),
    openLog: () => vscode.commands.executeCommand(showLog),
    failed: (error) => messages.error(errorText(toErrorInfo(error))),
  });
}

/** Menus know what long work is under way, and trainings and comparisons of each other. */
export function followLongWork({ training, comparisons }: Workbench): vscode.Disposable {
  const tell = (key: CommandContext, others: { othersChanged(): void }) => {
    let before = false;
    return (now: boolean) => {
      if (now === before) return;
      before = now;
      void vscode.commands.executeCommand("setContext", key, now);
      others.othersChanged();
    };
  };
  const trainingChanged = tell("gptWorkbench.training", comparisons);
  const comparisonChanged = tell("gptWorkbench.comparing", training);
  return vscode.Disposable.from(
    training.onDidChange(() => trainingChanged(training.running !== null)),
    comparisons.onDidChange(() => comparisonChanged(comparisons.running !== null)),
  );
}

/** Context keys of package.json. */
type CommandContext = "gptWorkbench.training" | "gptWorkbench.comparing";

/** The text as it was, read-only, with the time in its name: it is not the file. */
async function openFile({ comparisonTexts }: Workbench, { file, text, startedAt }: ComparisonRecord): Promise<void> {
  const name = basename(file).replace(/\.compare\.ya?ml$/i, "");
  const uri = comparisonTexts.add(`${name} (${startedAt.replaceAll(":", ".")}).yaml`, text);
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, { preview: true, viewColumn: vscode.ViewColumn.Beside });
}

/** Beside the report, so that both are seen. */
async function openData(record: ComparisonRecord, { file, line }: Pick<DataPlace, "file" | "line">): Promise<void> {
  const root = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(record.params.source.path))?.uri.fsPath;
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(dataFile(record, file, root)));
  const { range } = document.lineAt(Math.min(Math.max(0, line - 1), document.lineCount - 1));
  await vscode.window.showTextDocument(document, { selection: range, viewColumn: vscode.ViewColumn.Beside });
}
