import * as vscode from "vscode";

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
    void this.#answer(vscode.window.showInformationMessage(withoutLinks(text), ...titles(actions)), actions);
  }

  /** A failure that the user should know of. */
  error(text: string, ...actions: readonly MessageAction[]): void {
    this.log.error(text);
    void this.#showError(text, actions);
  }

  /** Settings that cannot be used, with the way to them. */
  problems(problems: readonly string[]): void {
    this.error(problems.join(" "), { title: vscode.l10n.t("Open Settings"), run: openSettings });
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
    return this.#answer(vscode.window.showErrorMessage(withoutLinks(text), ...titles(all)), all);
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

/** Opens the settings of this extension. */
export async function openSettings(): Promise<void> {
  await vscode.commands.executeCommand("workbench.action.openSettings", "gptWorkbench");
}

/** VS Code makes a link of `[text](target)`, and a name from somebody else's file must not become one. */
function withoutLinks(text: string): string {
  return text.replaceAll("](", "] (");
}

function titles(actions: readonly MessageAction[]): string[] {
  return actions.map(({ title }) => title);
}
