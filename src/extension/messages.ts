import * as vscode from "vscode";
import type { RuntimeErrorInfo } from "../runtime/protocol";

/** A button of a message and what it does. */
export interface MessageAction {
  readonly title: string;
  readonly run: () => unknown;
}

/** What the user is told. Every error carries Show Log. */
export class Messages {
  #crashShown = false;

  constructor(private readonly log: vscode.LogOutputChannel) {}

  /** A piece of information; resolves when it was answered or dismissed. */
  async info(text: string, ...actions: readonly MessageAction[]): Promise<void> {
    this.log.info(text);
    await answer(vscode.window.showInformationMessage(text, ...titles(actions)), actions);
  }

  /** A failure the user should act on; resolves when it was answered or dismissed. */
  async error(text: string, ...actions: readonly MessageAction[]): Promise<void> {
    this.log.error(text);
    const all = [...actions, this.#showLog()];
    await answer(vscode.window.showErrorMessage(text, ...titles(all)), all);
  }

  /** The runtime ended unasked. While this message stands, further crashes add none. */
  async crash(reason: string, restart: () => unknown): Promise<void> {
    if (this.#crashShown) return;
    this.#crashShown = true;
    const text = vscode.l10n.t(
      "The GPT Workbench runtime ended unexpectedly ({0}). It starts again with the next command.",
      reason,
    );
    try {
      await this.error(text, { title: vscode.l10n.t("Restart"), run: restart });
    } finally {
      this.#crashShown = false;
    }
  }

  #showLog(): MessageAction {
    return { title: vscode.l10n.t("Show Log"), run: () => this.log.show(true) };
  }
}

/** Message and remedy as one text. */
export function errorText({ message, hint }: Pick<RuntimeErrorInfo, "message" | "hint">): string {
  return hint ? `${message} ${hint}` : message;
}

function titles(actions: readonly MessageAction[]): string[] {
  return actions.map(({ title }) => title);
}

async function answer(shown: Thenable<string | undefined>, actions: readonly MessageAction[]): Promise<void> {
  const chosen = await shown;
  await actions.find(({ title }) => title === chosen)?.run();
}
