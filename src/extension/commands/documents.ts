import * as vscode from "vscode";

/** The document of a URI: open, or opened now; undefined when it is gone. */
export async function findDocument(uri: string): Promise<vscode.TextDocument | undefined> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri);
  if (open) return open;
  try {
    const parsed = vscode.Uri.parse(uri, true);
    // Opening a closed untitled document would make a new, empty one.
    if (parsed.scheme === "untitled") return undefined;
    return await vscode.workspace.openTextDocument(parsed);
  } catch {
    return undefined; // deleted, renamed, or its file system is gone
  }
}

/** Schemes of documents that can be edited though they have no file system. All others are only to be read: what a provider made. */
const editable: ReadonlySet<string> = new Set([
  "untitled",
  "vscode-interactive-input",
  "vscode-scm",
  "search-editor",
  "comment",
]);

/** Whether a document's file, or its whole file system, cannot be written. Of a notebook's cell, the notebook's. */
export async function isReadOnly(uri: vscode.Uri): Promise<boolean> {
  const notebook = notebookOf(uri);
  if (notebook) return isReadOnly(notebook.uri);
  const writable = vscode.workspace.fs.isWritableFileSystem(uri.scheme);
  if (writable === undefined) return !editable.has(uri.scheme);
  if (!writable) return true;
  try {
    const { permissions = 0 } = await vscode.workspace.fs.stat(uri);
    return (permissions & vscode.FilePermission.Readonly) !== 0;
  } catch {
    return false; // not on disk yet: writing decides
  }
}

function notebookOf(uri: vscode.Uri): vscode.NotebookDocument | undefined {
  const isIt = ({ document }: vscode.NotebookCell) => document.uri.toString() === uri.toString();
  return vscode.workspace.notebookDocuments.find((notebook) => notebook.getCells().some(isIt));
}

/** Shows a document where it is already shown, else beside `avoid`, with a range of offsets selected. */
export async function showRange(
  document: vscode.TextDocument,
  start: number,
  end: number,
  avoid: vscode.ViewColumn | undefined,
): Promise<void> {
  const shown = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
  const other = avoid === vscode.ViewColumn.One ? vscode.ViewColumn.Beside : vscode.ViewColumn.One;
  const selection = new vscode.Range(document.positionAt(start), document.positionAt(end));
  const editor = await vscode.window.showTextDocument(document, { viewColumn: shown?.viewColumn ?? other, selection });
  editor.revealRange(selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
