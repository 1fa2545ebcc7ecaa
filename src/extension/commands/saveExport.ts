import * as vscode from "vscode";
import writeFileAtomic from "write-file-atomic";
import { byteText } from "../views/modelTexts";
import type { Workbench } from "../workbench";
import { exportLimit, parseCopy, parseExport } from "./exportedFile";

/** Asks where to save what a view gives away, writes it, and offers to open it. */
export async function saveExport(workbench: Workbench, message: unknown): Promise<void> {
  const file = parseExport(message);
  if (file.kind === "tooLarge") return tellTooLarge(workbench);
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(folder(workbench), file.fileName),
    filters: { [file.format.toUpperCase()]: [file.format] },
    title: vscode.l10n.t("Export"),
  });
  if (!target) return;
  try {
    await writeWhole(target, file.bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    workbench.messages.error(vscode.l10n.t("The export could not be written: {0}", reason));
    return;
  }
  workbench.messages.info(vscode.l10n.t("Exported {0}.", vscode.workspace.asRelativePath(target)), {
    title: vscode.l10n.t("Open"),
    run: () => vscode.commands.executeCommand("vscode.open", target),
  });
}

/** Copies what a view gives away. */
export async function copyExport(workbench: Workbench, message: unknown): Promise<void> {
  const text = parseCopy(message);
  if (text === null) tellTooLarge(workbench);
  else await vscode.env.clipboard.writeText(text);
}

/** Writes a file. One that is there stays whole until the new one is. Other file systems write as they can. */
export async function writeWhole(target: vscode.Uri, bytes: Uint8Array): Promise<void> {
  if (target.scheme === "file") await writeFileAtomic(target.fsPath, Buffer.from(bytes));
  else await vscode.workspace.fs.writeFile(target, bytes);
}

function tellTooLarge({ messages }: Workbench): void {
  messages.info(vscode.l10n.t("This export is larger than {0}: export a shorter text.", byteText(exportLimit)));
}

/** Beside the text, where that is a file. */
function folder({ tracker }: Workbench): vscode.Uri {
  const source = tracker.source && vscode.Uri.parse(tracker.source.uri);
  if (source?.scheme === "file") return vscode.Uri.joinPath(source, "..");
  return vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(".");
}
