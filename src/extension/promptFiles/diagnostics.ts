import * as vscode from "vscode";
import type { PromptProblem } from "../../runtime/prompt/promptText";
import type { Clock } from "../clock";
import type { Disposable } from "../emitter";
import { analysisOf, columnsOf, isPromptDocument, toRange } from "./promptDocuments";

/** How long typing must rest before problems are shown, milliseconds. */
const restMs = 200;

/** What the user sees as the source of our diagnostics. */
export const diagnosticSource = "GPT Workbench";

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
} as const;

/** Shows the problems of open prompt files. */
export class PromptDiagnostics implements Disposable {
  readonly #shown = vscode.languages.createDiagnosticCollection("gptWorkbench.prompts");
  readonly #timers = new Map<string, Disposable>();
  readonly #subscriptions: vscode.Disposable;

  constructor(private readonly clock: Clock) {
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
    if (!isPromptDocument(document)) return;
    const id = document.uri.toString();
    this.#timers.get(id)?.dispose();
    const show = () => {
      if (!document.isClosed) this.#show(document);
    };
    this.#timers.set(id, this.clock.after(restMs, show));
  }

  #show(document: vscode.TextDocument): void {
    if (!isPromptDocument(document)) return;
    this.#timers.delete(document.uri.toString());
    this.#set(document);
    void this.#withColumns(document);
  }

  /** What only the columns of data files tell comes a moment later. */
  async #withColumns(document: vscode.TextDocument): Promise<void> {
    const before = analysisOf(document);
    await columnsOf(document);
    if (!document.isClosed && analysisOf(document) !== before) this.#set(document);
  }

  #set(document: vscode.TextDocument): void {
    const { problems } = analysisOf(document);
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
export function diagnosticOf(document: vscode.TextDocument, problem: PromptProblem): vscode.Diagnostic {
  const range = toRange(document, problem);
  const diagnostic = new vscode.Diagnostic(range, problem.message, severities[problem.severity]);
  diagnostic.source = diagnosticSource;
  diagnostic.code = problem.code;
  return diagnostic;
}
