import * as vscode from "vscode";
import type { RuntimeErrorInfo } from "../runtime/protocol";

/** A button of a message and what it does. */
export interface MessageAction {
  readonly title: string;
  readonly run: () => unknown;
}

/** What the user is told. Every error carries Show Log. Nothing here waits for an answer. */
export class Messages {
  #crashShown = false;

  constructor(private readonly log: vscode.LogOutputChannel) {}

  /** A piece of information. */
  info(text: string, ...actions: readonly MessageAction[]): void {
    this.log.info(text);
    void this.#answer(vscode.window.showInformationMessage(text, ...titles(actions)), actions);
  }

  /** A failure that the user should know of. */
  error(text: string, ...actions: readonly MessageAction[]): void {
    this.log.error(text);
    void this.#showError(text, actions);
  }

  /** The runtime ended unasked. While this message stands, further crashes add none. */
  crash(reason: string, restart: () => unknown): void {
    if (this.#crashShown) return;
    this.#crashShown = true;
    const text = vscode.l10n.t(
      "The GPT Workbench runtime ended unexpectedly ({0}). It starts again with the next command.",
      reason,
    );
    void this.#showError(text, [{ title: vscode.l10n.t("Restart"), run: restart }]).finally(() => {
      this.#crashShown = false;
    });
  }

  #showError(text: string, actions: readonly MessageAction[]): Promise<void> {
    const showLog = { title: vscode.l10n.t("Show Log"), run: () => this.log.show(true) };
    const all = [...actions, showLog];
    return this.#answer(vscode.window.showErrorMessage(text, ...titles(all)), all);
  }

  async #answer(shown: Thenable<string | undefined>, actions: readonly MessageAction[]): Promise<void> {
    try {
      const chosen = await shown;
      await actions.find(({ title }) => title === chosen)?.run();
    } catch (error) {
      this.log.error(error instanceof Error ? error : String(error));
    }
  }
}

/** Message and remedy as one text. */
export function errorText({ message, hint }: Pick<RuntimeErrorInfo, "message" | "hint">): string {
  return hint ? `${message} ${hint}` : message;
}

function titles(actions: readonly MessageAction[]): string[] {
  return actions.map(({ title }) => title);
}
