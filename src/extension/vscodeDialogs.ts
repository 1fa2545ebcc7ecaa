import * as vscode from "vscode";
import type { WorkProgress } from "../runtime/protocol";
import type { Clock } from "./clock";
import { fileName } from "./commands/prepare";
import type { Choice, Confirmation, Dialogs, FolderUri, InputOptions, OpenText, Report } from "./dialogs";
import { ProgressText } from "./progressText";

/** The dialogs of VS Code. `activeEditor` gives the editor whose text is meant. */
export function createDialogs(clock: Clock, activeEditor: () => vscode.TextEditor | undefined): Dialogs {
  return {
    input,
    choose,
    confirm,
    askFolder,
    withProgress: (title, work) => withProgress(clock, title, work),
    openText: () => openText(activeEditor()),
    revealFolder,
  };
}

async function input({
  title,
  prompt,
  placeholder,
  value,
  secret,
  problem,
}: InputOptions): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title,
    prompt,
    ...(placeholder === undefined ? {} : { placeHolder: placeholder }),
    ...(value === undefined ? {} : { value }),
    password: secret ?? false,
    ignoreFocusOut: true, // names and tokens are often copied from another window
    validateInput: problem,
  });
}

async function choose<T>(title: string, choices: readonly Choice<T>[]): Promise<T | undefined> {
  const chosen = await vscode.window.showQuickPick([...choices], { title, ignoreFocusOut: true });
  return chosen?.value;
}

async function confirm({ message, detail, action }: Confirmation): Promise<boolean> {
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, action)) === action;
}

async function askFolder(title: string, action: string): Promise<FolderUri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectFolders: true,
    canSelectFiles: false,
    openLabel: action,
    title,
  });
  return chosen?.[0];
}

async function withProgress<T>(
  clock: Clock,
  title: string,
  work: (report: Report, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, (progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    const text = new ProgressText(clock);
    const report = (done: WorkProgress) => {
      const step = text.next(done);
      if (step) progress.report(step);
    };
    return work(report, controller.signal);
  });
}

function openText(editor: vscode.TextEditor | undefined): OpenText | undefined {
  if (!editor) return undefined;
  const { document, selection } = editor;
  return { label: fileName(document.uri), selection: document.getText(selection), file: () => document.getText() };
}

async function revealFolder(folder: string): Promise<boolean> {
  if (vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop) {
    await vscode.commands.executeCommand("revealFileInOS", vscode.Uri.file(folder));
    return true;
  }
  await vscode.env.clipboard.writeText(folder);
  return false;
}
