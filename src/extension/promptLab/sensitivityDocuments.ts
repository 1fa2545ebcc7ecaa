import * as vscode from "vscode";

const scheme = "gpt-workbench-sensitivity";

/** Documents that are kept; of older ones only the tab remains. */
const kept = 50;

/** Documents about sensitivity: read-only, kept while the window is open. */
export class SensitivityDocuments implements vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #provider: vscode.Disposable;
  #next = 1;

  constructor() {
    this.#provider = vscode.workspace.registerTextDocumentContentProvider(scheme, {
      provideTextDocumentContent: (uri) =>
        this.#texts.get(uri.query) ??
        vscode.l10n.t("This measurement is not kept any more. Run Measure Sensitivity again."),
    });
  }

  /** Shows a Markdown text beside the editor: rendered, or as it is where VS Code's Markdown preview is off. */
  async show(name: string, text: string): Promise<void> {
    const id = `${this.#next++}-${Date.now()}`; // restored tabs of an earlier window get no other's text
    this.#texts.set(id, text);
    for (const [old] of [...this.#texts].slice(0, -kept)) this.#texts.delete(old);
    const path = `/${name.replaceAll(/[\\/]/g, "-")}.md`;
    const uri = vscode.Uri.from({ scheme, path, query: id });
    // It need not run yet: its command starts it.
    if (vscode.extensions.getExtension("vscode.markdown-language-features")) {
      await vscode.commands.executeCommand("markdown.showLockedPreviewToSide", uri);
    } else {
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document, { preview: false, viewColumn: vscode.ViewColumn.Beside });
    }
  }

  dispose(): void {
    this.#provider.dispose();
  }
}
