/** The commands for other programs' evaluation files: their way to the window. */
import { dirname, join } from "node:path";
import * as vscode from "vscode";
import { readPromptText } from "../../../runtime/prompt/promptText";
import { exportPromptFile, importTask } from "../../interop/interopCommands";
import type { InteropFiles, InteropParts } from "../../interop/interopParts";
import { isPromptDocument, promptSource } from "../../promptFiles/promptDocuments";
import type { Workbench } from "../../workbench";
import { choosePrompt } from "./choosePrompt";

/** The handlers, by command. */
export const interopHandlers = {
  "gptWorkbench.exportPromptFile": exportFile,
  "gptWorkbench.importTask": (workbench: Workbench) => importTask(parts(workbench)),
} as const;

/** Exports the file of the explorer's menu or of the active editor; else asks which. */
async function exportFile(workbench: Workbench, argument?: unknown): Promise<void> {
  const active = vscode.window.activeTextEditor?.document;
  const document = argument instanceof vscode.Uri ? await vscode.workspace.openTextDocument(argument) : active;
  if (document && isPromptDocument(document) && document.uri.scheme === "file") {
    const source = promptSource(document);
    const { file, problems } = readPromptText(source.text);
    if (file) return exportPromptFile(parts(workbench), source, file);
    await workbench.promptParts.files.show(source.path, problems[0]);
    workbench.messages.error(vscode.l10n.t("The prompt file has errors and was not exported."));
    return;
  }
  const chosen = await choosePrompt(workbench.promptParts, {
    command: "exportPromptFile",
    title: vscode.l10n.t("Export Prompt File: Which One?"),
    none: vscode.l10n.t("There is no prompt file in this workspace."),
  });
  if (chosen) await exportPromptFile(parts(workbench), chosen.source, chosen.file);
}

function parts({ messages, dialogs, interop, promptLab }: Workbench): InteropParts {
  return { messages, dialogs, client: interop, files: interopFiles, model: (source) => promptLab.modelFor(source) };
}

const interopFiles: InteropFiles = {
  askTask: async (title) => {
    const chosen = await vscode.window.showOpenDialog({ title, filters: { YAML: ["yaml", "yml"] } });
    return onDisk(chosen?.[0]);
  },
  askPromptFile: async (title, beside, name) => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    const defaultUri = vscode.Uri.file(join(folder?.uri.scheme === "file" ? folder.uri.fsPath : dirname(beside), name));
    return onDisk(
      await vscode.window.showSaveDialog({ title, defaultUri, filters: { YAML: ["prompt.yaml", "yaml"] } }),
    );
  },
  exists: async (path) =>
    vscode.workspace.fs.stat(vscode.Uri.file(path)).then(
      () => true,
      () => false,
    ),
  open: async (path) => {
    await vscode.window.showTextDocument(vscode.Uri.file(path), { preview: false });
  },
};

function onDisk(uri: vscode.Uri | undefined): string | undefined {
  return uri?.scheme === "file" ? uri.fsPath : undefined;
}
