import * as vscode from "vscode";
import type { Messenger } from "vscode-messenger";
import type { MessageParticipant, NotificationType } from "vscode-messenger-common";
import {
  openAsText,
  type ReliabilityState,
  reliabilityReady,
  resetCounts,
  setThreshold,
  showReliability,
  turnOn,
} from "../../runtime/reliabilityProtocol";
import type { Disposable, Event } from "../emitter";
import type { Logger } from "../logger";
import { LoggingMessenger, loadPanel } from "./loadPanel";

/** The panel's type, also in package.json's activation events. */
export const reliabilityViewType = "gptWorkbench.reliability";

/** Where the panel's state comes from, and what its buttons do. */
export interface ReliabilitySource {
  state(): ReliabilityState;
  readonly onDidChange: Event<void>;
  /** `threshold` is a number from 0 to 1. */
  setThreshold(threshold: number): unknown;
  turnOn(): unknown;
  reset(): unknown;
  openAsText(): unknown;
}

/** The one panel about the reliability of inline completions. */
export class ReliabilityPanel implements Disposable, vscode.WebviewPanelSerializer<unknown> {
  readonly #messenger: Messenger;
  #panel: vscode.WebviewPanel | undefined;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly source: ReliabilitySource,
    private readonly logger: Logger,
  ) {
    this.#messenger = new LoggingMessenger(logger);
  }

  /** Shows the panel. */
  reveal(): void {
    if (this.#panel) this.#panel.reveal();
    else this.#adopt(vscode.window.createWebviewPanel(reliabilityViewType, title(), vscode.ViewColumn.Active));
  }

  /** Called by VS Code for a panel that was open when the window closed. It keeps nothing: the counts are the host's. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    if (this.#panel) panel.dispose();
    else this.#adopt(panel);
  }

  dispose(): void {
    this.#panel?.dispose();
  }

  #adopt(panel: vscode.WebviewPanel): void {
    this.#panel = panel;
    panel.iconPath = new vscode.ThemeIcon("graph-scatter");
    const receiver = this.#messenger.registerWebviewPanel(panel);
    const show = () => {
      if (panel.visible) this.#messenger.sendNotification(showReliability, receiver, this.source.state());
    };
    const subscriptions = [...this.#listen(receiver, show), this.source.onDidChange(show)];
    panel.onDidDispose(() => {
      for (const subscription of subscriptions) subscription.dispose();
      this.#panel = undefined;
    });
    loadPanel(panel.webview, this.extensionUri, { name: "reliability", title: title() });
  }

  #listen(sender: MessageParticipant, show: () => void): Disposable[] {
    const on = <P>(type: NotificationType<P>, handler: (params: P) => unknown) =>
      this.#messenger.onNotification(type, (params) => this.#answer(type.method, () => handler(params)), { sender });
    return [
      on(reliabilityReady, show),
      on(turnOn, () => this.source.turnOn()),
      on(resetCounts, () => this.source.reset()),
      on(openAsText, () => this.source.openAsText()),
      on(setThreshold, (threshold: unknown) => {
        if (typeof threshold === "number" && threshold >= 0 && threshold <= 1)
          return this.source.setThreshold(threshold);
        this.logger.warn(`The panel asked for the threshold ${JSON.stringify(threshold)}.`);
        return undefined;
      }),
    ];
  }

  async #answer(method: string, handler: () => unknown): Promise<void> {
    try {
      await handler();
    } catch (error) {
      this.logger.error(`${method}: ${error instanceof Error ? error.stack : error}`);
    }
  }
}

function title(): string {
  return vscode.l10n.t("Inline Completion Reliability");
}
