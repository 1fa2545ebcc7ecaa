import * as vscode from "vscode";
import type { Disposable, Event } from "./emitter";
import type { EditorSelection, EditorSide } from "./selectionLink";

/** The editors of this window, as `SelectionLink` sees them. */
export class VsCodeEditorSide implements EditorSide, Disposable {
  readonly #type = vscode.window.createTextEditorDecorationType({
    border: "1px solid",
    borderColor: new vscode.ThemeColor("focusBorder"),
    borderRadius: "3px",
    overviewRulerColor: new vscode.ThemeColor("focusBorder"),
    overviewRulerLane: vscode.OverviewRulerLane.Center,
  });

  /** Fires when the primary selection of an editor changes. */
  readonly onDidSelect: Event<EditorSelection> = (listener) =>
    vscode.window.onDidChangeTextEditorSelection(({ textEditor: { document }, selections: [selection] }) => {
      if (!selection) return;
      const start = document.offsetAt(selection.start);
      listener({ uri: document.uri.toString(), start, end: document.offsetAt(selection.end) });
    });

  mark(stretch: EditorSelection | null): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const { document } = editor;
      const shown = stretch !== null && document.uri.toString() === stretch.uri;
      const range = shown && new vscode.Range(document.positionAt(stretch.start), document.positionAt(stretch.end));
      editor.setDecorations(this.#type, range ? [range] : []);
      if (range) editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
  }

  dispose(): void {
    this.#type.dispose();
  }
}
