import * as vscode from "vscode";
import type { Workbench } from "../workbench";

/** Opens a text to try the commands on, as a new untitled document with its first lines selected. */
export async function openSample({ extensionUri }: Workbench): Promise<void> {
  const file = vscode.Uri.joinPath(extensionUri, "media", "walkthrough", "sample.txt");
  const content = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  const document = await vscode.workspace.openTextDocument({ language: "typescript", content });
  const firstParagraph = content.split(/\r?\n\r?\n/, 1)[0] ?? "";
  const selection = new vscode.Range(document.positionAt(0), document.positionAt(firstParagraph.length));
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One, selection });
}
