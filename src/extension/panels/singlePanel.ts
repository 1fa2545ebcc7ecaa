import * as vscode from "vscode";
import type { Messenger } from "vscode-messenger";
import type { MessageParticipant, NotificationType } from "vscode-messenger-common";
import type { Disposable } from "../emitter";
import type { Logger } from "../logger";
import { LoggingMessenger, loadPanel, type PanelName } from "./loadPanel";

/** What tells one kind of panel from another. */
export interface PanelKind {
  /** The panel's type, also in package.json's activation events. */
  readonly viewType: string;
  readonly name: PanelName;
  /** Name of a product icon. */
  readonly icon: string;
  /** Beside the editor, which keeps the focus; or in the active group, with the focus. */
  readonly place: "beside" | "active";
  title(): string;
}

/** A kind of panel of which there is one at most: opened on demand, reused while open, restored after a reload of the window. */
export abstract class SinglePanel implements Disposable, vscode.WebviewPanelSerializer<unknown> {
  protected readonly messenger: Messenger;
  #panel: vscode.WebviewPanel | undefined;

  constructor(
    private readonly kind: PanelKind,
    private readonly extensionUri: vscode.Uri,
    protected readonly logger: Logger,
  ) {
    this.messenger = new LoggingMessenger(logger);
  }

  /** Whether the user can see it. */
  get visible(): boolean {
    return this.#panel?.visible ?? false;
  }

  /** The group it is in; undefined while there is none. */
  get viewColumn(): vscode.ViewColumn | undefined {
    return this.#panel?.viewColumn;
  }

  /** Shows the panel. */
  reveal(): void {
    const beside = this.kind.place === "beside";
    if (this.#panel) {
      this.#panel.reveal(undefined, beside);
    } else {
      const where = { viewColumn: beside ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active, preserveFocus: beside };
      this.#adopt(vscode.window.createWebviewPanel(this.kind.viewType, this.kind.title(), where));
    }
  }

  /** Called by VS Code for a panel that was open when the window closed; `kept` is what its page kept. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, kept: unknown): Promise<void> {
    if (this.#panel) return panel.dispose(); // a command was quicker: its panel stays
    this.#adopt(panel);
    await this.restore?.(kept);
  }

  dispose(): void {
    this.#panel?.dispose();
  }

  /** Listens to a new panel's page. What it gives is disposed of with the panel. */
  protected abstract listen(page: MessageParticipant): readonly Disposable[];

  /** The panel came into sight, or went out of it: then its page is gone, and tells that it is ready when it is there again. */
  protected seen?(visible: boolean): void;

  /** The panel was closed. */
  protected closed?(): void;

  /** Shows again what a page of the session before kept. */
  protected restore?(kept: unknown): unknown;

  /** Something that the page told could not be done. */
  protected failed?(error: unknown): void;

  /** What the page tells with `type`. A failure is logged, and handed on to `failed`. */
  protected on<P>(page: MessageParticipant, type: NotificationType<P>, handler: (params: P) => unknown): Disposable {
    const answer = async (params: P) => {
      try {
        await handler(params);
      } catch (error) {
        this.logger.error(`${type.method}: ${error instanceof Error ? error.stack : error}`);
        this.failed?.(error);
      }
    };
    return this.messenger.onNotification(type, answer, { sender: page });
  }

  #adopt(panel: vscode.WebviewPanel): void {
    this.#panel = panel;
    panel.iconPath = new vscode.ThemeIcon(this.kind.icon);
    const page = this.messenger.registerWebviewPanel(panel);
    const subscriptions = [...this.listen(page), this.#watchVisibility(panel)];
    panel.onDidDispose(() => {
      for (const subscription of subscriptions) subscription.dispose();
      this.#panel = undefined;
      this.closed?.();
    });
    loadPanel(panel.webview, this.extensionUri, { name: this.kind.name, title: this.kind.title() });
  }

  #watchVisibility(panel: vscode.WebviewPanel): Disposable {
    let { visible } = panel;
    return panel.onDidChangeViewState(() => {
      if (panel.visible === visible) return;
      visible = panel.visible;
      this.seen?.(visible);
    });
  }
}
