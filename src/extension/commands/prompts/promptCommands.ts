/** The commands that run prompt files on a selection: their way to the window. */
import * as vscode from "vscode";
import { classifyText } from "../../classifiers/classifyText";
import type { Workbench } from "../../workbench";
import { fileName, prepare } from "../prepare";
import { classifySelection } from "./classifySelection";
import type { PromptFiles, PromptParts } from "./promptParts";
import { runOnSelection, type Shots } from "./runOnSelection";

/** Prompt files that a list shows at most. */
const listedFiles = 500;

/** What the commands work with. `memory` is the workspace's. */
export function createPromptParts(parts: Omit<PromptParts, "files" | "memory">, memory: vscode.Memento): PromptParts {
  return { ...parts, files: promptFiles, memory };
}

/** The handlers, by command. */
export const promptHandlers = {
  "gptWorkbench.runZeroShot": (workbench: Workbench) => runPrompt(workbench, "zero"),
  "gptWorkbench.runOneShot": (workbench: Workbench) => runPrompt(workbench, "one"),
  "gptWorkbench.runFewShot": (workbench: Workbench) => runPrompt(workbench, "few"),
  "gptWorkbench.classifySelection": classify,
} as const;

/** Runs a prompt file on the selection, or without one on the whole document. */
async function runPrompt(workbench: Workbench, shots: Shots): Promise<void> {
  const text = selectedText(workbench);
  if (text !== undefined) await runOnSelection(workbench.promptParts, shots, text);
}

/** Classifies the selection, or without one the whole document. */
async function classify(workbench: Workbench): Promise<void> {
  const text = selectedText(workbench);
  if (text === undefined) return;
  const { classifierParts, promptParts } = workbench;
  await classifyText(classifierParts, text, () => classifySelection(promptParts, text));
}

function selectedText(workbench: Workbench): string | undefined {
  const prepared = prepare(workbench, "selectionOrFile");
  if (prepared && prepared.notes.length > 0) workbench.messages.info(prepared.notes.join(" "));
  return prepared?.text;
}

const promptFiles: PromptFiles = {
  list: async () => {
    const found = await vscode.workspace.findFiles("**/*.prompt.yaml", "**/node_modules/**", listedFiles);
    const onDisk = found.filter(({ scheme }) => scheme === "file").sort((a, b) => a.path.localeCompare(b.path));
    return onDisk.map((uri) => {
      const name = fileName(uri);
      const shown = vscode.workspace.asRelativePath(uri);
      return { path: uri.fsPath, name, folder: shown.slice(0, -name.length).replace(/\/$/, "") };
    });
  },
  read: async (path) => {
    const uri = vscode.Uri.file(path);
    try {
      // A document that is open has the newer text.
      const text = (await vscode.workspace.openTextDocument(uri)).getText();
      const root = vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath;
      return { path, text, ...(root === undefined ? {} : { root }) };
    } catch {
      return null; // deleted meanwhile, or no text
    }
  },
  show: async (path, range) => {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(path));
    const { start = 0, end = 0 } = range ?? {};
    const selection = new vscode.Range(document.positionAt(start), document.positionAt(end));
    await vscode.window.showTextDocument(document, range ? { selection } : {});
  },
  create: async () => {
    await vscode.commands.executeCommand("gptWorkbench.newPromptFile");
  },
};
