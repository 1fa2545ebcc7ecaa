import * as vscode from "vscode";
import { CancelledError } from "../../runtime/errors";
import type { PromptProblem } from "../../runtime/prompt/promptText";
import type { Clock } from "../clock";
import type { Disposable } from "../emitter";
import type { Workbench } from "../workbench";
import { diagnosticOf } from "../yamlFiles/diagnostics";
import { analysisOf, isPromptDocument, promptSource } from "./promptDocuments";

/** How long typing must rest before the tokenizer is asked, milliseconds. */
const restMs = 1000;

/** What this works with. */
export type TokenLintParts = Pick<Workbench, "models" | "prompts" | "promptLab" | "log">;

interface Found {
  readonly version: number;
  readonly problems: readonly PromptProblem[];
}

const found = new WeakMap<vscode.TextDocument, Found>();

/** What the tokenizer found in this version of a document. */
export function tokenProblemsOf(document: vscode.TextDocument): readonly PromptProblem[] {
  const last = found.get(document);
  return last?.version === document.version ? last.problems : [];
}

/**
 * Shows what only a tokenizer tells of open prompt files. Asks for it only while the model that the file would run on is loaded: opening a
 * file neither starts the runtime process nor loads anything.
 */
export class TokenDiagnostics implements Disposable {
  readonly #shown = vscode.languages.createDiagnosticCollection("gptWorkbench.promptTokens");
  readonly #waiting = new Map<string, Disposable>();
  readonly #subscriptions: vscode.Disposable;
  #asked: AbortController | undefined;

  constructor(
    private readonly parts: TokenLintParts,
    private readonly clock: Clock,
  ) {
    this.#subscriptions = vscode.Disposable.from(
      this.#shown,
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.#changed(document);
      }),
      vscode.workspace.onDidCloseTextDocument((document) => this.#forget(document)),
      vscode.window.onDidChangeActiveTextEditor(() => this.#active()),
      vscode.Disposable.from(
        parts.models.onDidChangeState(({ kind }) => {
          if (kind === "loaded") this.#active();
        }),
      ),
    );
    this.#active();
  }

  dispose(): void {
    this.#asked?.abort();
    for (const timer of this.#waiting.values()) timer.dispose();
    this.#subscriptions.dispose();
  }

  #active(): void {
    const document = vscode.window.activeTextEditor?.document;
    if (document && found.get(document)?.version !== document.version) this.#later(document);
  }

  /** What was found stands at places that may have moved. */
  #changed(document: vscode.TextDocument): void {
    this.#shown.delete(document.uri);
    this.#later(document);
  }

  #later(document: vscode.TextDocument): void {
    if (!isPromptDocument(document)) return;
    const id = document.uri.toString();
    this.#waiting.get(id)?.dispose();
    this.#waiting.set(
      id,
      this.clock.after(restMs, () => void this.#ask(document)),
    );
  }

  async #ask(document: vscode.TextDocument): Promise<void> {
    this.#waiting.delete(document.uri.toString());
    const { models, prompts, promptLab, log } = this.parts;
    const { state } = models;
    const { version } = document;
    if (state.kind !== "loaded" || document.isClosed || !analysisOf(document).reading.file) return;
    this.#asked?.abort();
    const asked = new AbortController();
    this.#asked = asked;
    try {
      const source = promptSource(document);
      const model = await promptLab.modelFor(source);
      if (model.folder !== state.info.folder || asked.signal.aborted) return;
      const problems = await prompts.lint({ model, source }, { signal: asked.signal });
      if (document.version !== version || document.isClosed) return;
      found.set(document, { version, problems });
      this.#shown.set(
        document.uri,
        problems.map((problem) => diagnosticOf(document, problem)),
      );
    } catch (error) {
      // Nobody asked for it, so nobody is told: running the file says what is wrong.
      if (!(error instanceof CancelledError))
        log.debug(`Token lint: ${error instanceof Error ? error.message : error}`);
    }
  }

  #forget({ uri }: vscode.TextDocument): void {
    this.#waiting.get(uri.toString())?.dispose();
    this.#waiting.delete(uri.toString());
    this.#shown.delete(uri);
  }
}
