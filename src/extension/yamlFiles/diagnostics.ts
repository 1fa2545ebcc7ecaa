import * as vscode from "vscode";
import type { YamlProblem } from "../../runtime/yamlText";
import type { Clock } from "../clock";
import type { Disposable } from "../emitter";
import { toRange } from "./places";

/** How long typing must rest before problems are shown, milliseconds. */
const restMs = 200;

/** What the user sees as the source of our diagnostics. */
export const diagnosticSource = "GPT Workbench";

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
} as const;

/** Files of one form, and what is wrong with them. */
export interface CheckedFiles {
  /** Names the collection of diagnostics. */
  readonly name: string;
  readonly is: (document: vscode.TextDocument) => boolean;
  /** What is known to be wrong with the text as it is now. The same list, as long as nothing more is known. */
  readonly problems: (document: vscode.TextDocument) => readonly YamlProblem[];
  /** Looks at what lies around the document. From then on `problems` knows of it. */
  readonly look: (document: vscode.TextDocument) => Promise<unknown>;
}

/** Shows the problems of open files of a form. */
export class YamlDiagnostics implements Disposable {
  readonly #shown: vscode.DiagnosticCollection;
  readonly #timers = new Map<string, Disposable>();
  readonly #subscriptions: vscode.Disposable;

  constructor(
    private readonly files: CheckedFiles,
    private readonly clock: Clock,
  ) {
    this.#shown = vscode.languages.createDiagnosticCollection(files.name);
    this.#subscriptions = vscode.Disposable.from(
      this.#shown,
      vscode.workspace.onDidOpenTextDocument((document) => this.#show(document)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#later(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.#forget(document)),
    );
    for (const document of vscode.workspace.textDocuments) this.#show(document);
  }

  dispose(): void {
    for (const timer of this.#timers.values()) timer.dispose();
    this.#subscriptions.dispose();
  }

  #later(document: vscode.TextDocument): void {
    if (!this.files.is(document)) return;
    const id = document.uri.toString();
    this.#timers.get(id)?.dispose();
    const show = () => {
      if (!document.isClosed) this.#show(document);
    };
    this.#timers.set(id, this.clock.after(restMs, show));
  }

  #show(document: vscode.TextDocument): void {
    if (!this.files.is(document)) return;
    this.#timers.delete(document.uri.toString());
    this.#set(document);
    void this.#withSurroundings(document);
  }

  /** What only other files tell comes a moment later. */
  async #withSurroundings(document: vscode.TextDocument): Promise<void> {
    const before = this.files.problems(document);
    await this.files.look(document);
    if (!document.isClosed && this.files.problems(document) !== before) this.#set(document);
  }

  #set(document: vscode.TextDocument): void {
    const problems = this.files.problems(document);
    this.#shown.set(
      document.uri,
      problems.map((problem) => diagnosticOf(document, problem)),
    );
  }

  #forget({ uri }: vscode.TextDocument): void {
    this.#timers.get(uri.toString())?.dispose();
    this.#timers.delete(uri.toString());
    this.#shown.delete(uri);
  }
}

/** A problem as the editor shows it. */
export function diagnosticOf(document: vscode.TextDocument, problem: YamlProblem): vscode.Diagnostic {
  const range = toRange(document, problem);
  const diagnostic = new vscode.Diagnostic(range, problem.message, severities[problem.severity]);
  diagnostic.source = diagnosticSource;
  diagnostic.code = problem.code;
  return diagnostic;
}
