import * as vscode from "vscode";
import type { Clock } from "../clock";
import { lastTabClosed } from "../surprisal/openDocuments";
import { allText, bestText } from "./classificationText";
import type { Classify } from "./classifierParts";
import {
  type ClassifiedUnit,
  LineClassifications,
  type LineOutcome,
  type LineProgress,
  type LineRequest,
} from "./lineClassifications";

/** What classifications in editors are made of. */
export interface EditorClassificationsOptions {
  readonly classify: Classify;
  readonly clock: Clock;
  /** Classifying after an edit failed. Called once, until something succeeds. */
  readonly failed: (error: unknown) => void;
}

/** Labels of lines and paragraphs in this window's editors: a diagnostic for each, and its label behind it. */
export class EditorClassifications implements vscode.Disposable {
  readonly #lines: LineClassifications;
  readonly #diagnostics = vscode.languages.createDiagnosticCollection("gpt-workbench-classifier");
  readonly #label = vscode.window.createTextEditorDecorationType({
    after: { color: new vscode.ThemeColor("editorCodeLens.foreground"), margin: "0 0 0 2em" },
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
  readonly #registered: vscode.Disposable;
  #shown = false;

  constructor(options: EditorClassificationsOptions) {
    this.#lines = new LineClassifications(options);
    this.#registered = vscode.Disposable.from(
      this.#lines,
      this.#diagnostics,
      this.#label,
      this.#lines.onDidChange((uri) => {
        this.#draw(uri);
        this.#tellShown();
      }),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) =>
        this.#lines.edited(document.uri.toString(), contentChanges),
      ),
      vscode.window.onDidChangeVisibleTextEditors((editors) => {
        for (const uri of new Set(editors.map(({ document }) => document.uri.toString())))
          if (this.#lines.has(uri)) this.#draw(uri);
      }),
      lastTabClosed((uri) => this.#lines.hide(uri)),
    );
  }

  /** Classifies a document's lines and shows them until they are cleared. Never throws. */
  async show(
    document: vscode.TextDocument,
    request: Omit<LineRequest, "read">,
    signal: AbortSignal,
    onProgress: (progress: LineProgress) => void,
  ): Promise<LineOutcome> {
    const uri = document.uri.toString();
    const read = () => vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri)?.getText() ?? "";
    return this.#lines.show(uri, { ...request, read }, signal, onProgress);
  }

  /** Shows nothing of a document any more, or of none where none is given. */
  clear(document?: vscode.TextDocument): void {
    if (document) this.#lines.hide(document.uri.toString());
    else this.#lines.hideAll();
  }

  /** Whether a document's lines are shown. */
  shows({ uri }: vscode.TextDocument): boolean {
    return this.#lines.has(uri.toString());
  }

  dispose(): void {
    this.#registered.dispose();
  }

  #draw(uri: string): void {
    const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri);
    const units = document ? this.#lines.units(uri) : [];
    const rangeOf = ({ start, end }: ClassifiedUnit) =>
      new vscode.Range(document?.positionAt(start) ?? zero, document?.positionAt(end) ?? zero);
    this.#diagnostics.set(
      vscode.Uri.parse(uri),
      units.map((unit) => diagnostic(rangeOf(unit), unit)),
    );
    const labels = units.map((unit) => ({
      range: rangeOf(unit),
      renderOptions: { after: { contentText: bestText(unit.classification) } },
    }));
    for (const editor of vscode.window.visibleTextEditors)
      if (editor.document.uri.toString() === uri) editor.setDecorations(this.#label, labels);
  }

  /** For the commands' `enablement`. */
  #tellShown(): void {
    const shown = this.#lines.any;
    if (shown === this.#shown) return;
    this.#shown = shown;
    void vscode.commands.executeCommand("setContext", "gptWorkbench.classificationsShown", shown);
  }
}

const zero = new vscode.Position(0, 0);

/** The hover shows its message: all labels with their probabilities. */
function diagnostic(range: vscode.Range, { classification }: ClassifiedUnit): vscode.Diagnostic {
  const found = new vscode.Diagnostic(range, allText(classification), vscode.DiagnosticSeverity.Information);
  found.source = vscode.l10n.t("GPT Workbench classifier");
  found.code = classification.labels[0]?.label ?? "";
  return found;
}
