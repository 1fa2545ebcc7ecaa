import * as vscode from "vscode";
import { KeptDocuments } from "../keptDocuments";

/** Documents about sensitivity: read-only, kept while the window is open. */
export class SensitivityDocuments implements vscode.Disposable {
  readonly #documents = new KeptDocuments("gpt-workbench-sensitivity", () =>
    vscode.l10n.t("This measurement is not kept any more. Run Measure Sensitivity again."),
  );

  /** Shows a Markdown text beside the editor: rendered, or as it is where VS Code's Markdown preview is off. */
  async show(name: string, text: string): Promise<void> {
    const uri = this.#documents.add(`${name}.md`, text);
    // It need not run yet: its command starts it.
    if (vscode.extensions.getExtension("vscode.markdown-language-features")) {
      await vscode.commands.executeCommand("markdown.showLockedPreviewToSide", uri);
    } else {
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document, { preview: false, viewColumn: vscode.ViewColumn.Beside });
    }
  }

  dispose(): void {
    this.#documents.dispose();
  }
}
