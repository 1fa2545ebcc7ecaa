import * as vscode from "vscode";
import type { ReadText } from "./texts";

/** Reads the open document of this address; a closed one is empty. Not held by the object: another language makes another one. */
export function textsOf(uri: string): ReadText {
  return (start, end) => {
    const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri);
    if (!document) return "";
    return document.getText(new vscode.Range(document.positionAt(start), document.positionAt(end)));
  };
}

/** Calls `closed` with a document's address when its last tab was closed, or it is no longer open. */
export function lastTabClosed(closed: (uri: string) => void): vscode.Disposable {
  const check = (uris: readonly string[]) => {
    if (uris.length === 0) return;
    const shown = new Set(tabs().flatMap(documentsOf));
    for (const uri of uris) if (!shown.has(uri)) closed(uri);
  };
  return vscode.Disposable.from(
    vscode.window.tabGroups.onDidChangeTabs(({ closed: gone }) => check(gone.flatMap(documentsOf))),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      // A document that changes its language is closed and opened again at once.
      setImmediate(() => {
        if (!isOpen(uri.toString())) closed(uri.toString());
      });
    }),
  );
}

function isOpen(uri: string): boolean {
  return vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri);
}

function tabs(): readonly vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap((group) => group.tabs);
}

/** Addresses of the text documents that a tab shows; of a notebook, those of its cells. Tabs of other kinds are unknown to extensions. */
function documentsOf({ input }: vscode.Tab): readonly string[] {
  if (input instanceof vscode.TabInputText) return [input.uri.toString()];
  if (input instanceof vscode.TabInputTextDiff) return [input.original.toString(), input.modified.toString()];
  if (input instanceof vscode.TabInputNotebook) {
    const notebook = vscode.workspace.notebookDocuments.find(({ uri }) => uri.toString() === input.uri.toString());
    return notebook?.getCells().map(({ document }) => document.uri.toString()) ?? [];
  }
  return [];
}
