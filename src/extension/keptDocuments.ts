import * as vscode from "vscode";

/** Documents that are kept; of older ones only the tab remains. */
const kept = 50;

/** Read-only documents under a scheme of their own, kept while the window is open. */
export class KeptDocuments implements vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #provider: vscode.Disposable;
  #next = 1;

  constructor(
    private readonly scheme: string,
    /** Stands in a tab whose text is not kept any more. */
    gone: () => string,
  ) {
    this.#provider = vscode.workspace.registerTextDocumentContentProvider(scheme, {
      provideTextDocumentContent: (uri) => this.#texts.get(uri.query) ?? gone(),
    });
  }

  /** Keeps a text under a file name, whose ending tells its language. Gives the document's address. */
  add(fileName: string, text: string): vscode.Uri {
    const id = `${this.#next++}-${Date.now()}`; // restored tabs of an earlier window get no other's text
    this.#texts.set(id, text);
    for (const [old] of [...this.#texts].slice(0, -kept)) this.#texts.delete(old);
    return vscode.Uri.from({
      scheme: this.scheme,
      path: `/${fileName.replaceAll(/[\\/]/g, "-")}`,
      query: id,
    });
  }

  dispose(): void {
    this.#provider.dispose();
  }
}
