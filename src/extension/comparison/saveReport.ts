import * as vscode from "vscode";
import { safeName } from "../commands/exportedFile";
import { writeWhole } from "../commands/saveExport";
import type { MessageAction, Messages } from "../messages";
import type { ReportFile } from "./comparisonParts";

/** Asks where to write a report, writes it, and offers to open it: a page in the browser, other forms in an editor. Throws what writing throws. */
export async function saveReport({ name, form, text }: ReportFile, messages: Pick<Messages, "info">): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(".");
  const ending = form === "junit" ? "xml" : form;
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(folder, `${safeName(name)}.${ending}`),
    filters: { [ending.toUpperCase()]: [ending] },
    title: vscode.l10n.t("Export Comparison Report"),
  });
  if (!target) return;
  await writeWhole(target, new TextEncoder().encode(text));
  messages.info(
    vscode.l10n.t("Exported {0}.", vscode.workspace.asRelativePath(target)),
    form === "html" && isNear(target) ? inBrowser(target) : inEditor(target),
  );
}

/** Whether the user's own machine has the file: a browser of another one does not find it. */
function isNear({ scheme }: vscode.Uri): boolean {
  return scheme === "file" && vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;
}

function inBrowser(target: vscode.Uri): MessageAction {
  return { title: vscode.l10n.t("Open in Browser"), run: () => vscode.env.openExternal(target) };
}

function inEditor(target: vscode.Uri): MessageAction {
  return { title: vscode.l10n.t("Open"), run: () => vscode.commands.executeCommand("vscode.open", target) };
}
