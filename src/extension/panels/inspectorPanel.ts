import * as vscode from "vscode";
import type { Messenger } from "vscode-messenger";
import type { MessageParticipant, NotificationType } from "vscode-messenger-common";
import { copyText, type ExportedFile, exportFile } from "../../runtime/analysisPanelProtocol";
import {
  appendBranch,
  appendCompletion,
  type BranchStart,
  copyBranch,
  copyCompletion,
  insertCompletion,
  inspectCompletion,
  openLog,
  panelReady,
  removeBranch,
  replaceToken,
  revealToken,
  selectToken,
  selectTokens,
  showBranches,
  showState,
  startBranch,
  stopBranch,
  stopCompletion,
  type TokenRange,
  tokenChosen,
} from "../../runtime/panelProtocol";
import type { Analysis } from "../analysis";
import type { BranchesView, BranchStore } from "../branches";
import { type Disposable, Emitter, type Event } from "../emitter";
import type { Logger } from "../logger";
import { answerQuestions } from "./answerQuestions";
import type { InspectorStore, InspectorView } from "./inspectorStore";
import { LoggingMessenger, loadPanel } from "./loadPanel";
import { parseSavedState } from "./savedState";

/** The panel's type, also in package.json's activation events. */
export const inspectorViewType = "gptWorkbench.inspector";

/** What the panel's buttons do, and what happens around it. */
export interface InspectorHandlers {
  stop(): unknown;
  insert(): unknown;
  copy(): unknown;
  /** Score the completion and its prompt as one text. */
  inspectCompletion(): unknown;
  startBranch(start: BranchStart): unknown;
  /** A branch is named by its id. */
  stopBranch(id: number): unknown;
  removeBranch(id: number): unknown;
  copyBranch(id: number): unknown;
  replaceToken(id: number): unknown;
  /** Reveal the token of this index in its editor. */
  reveal(token: number): unknown;
  openLog(): unknown;
  /** Ask where to, and write. */
  exportFile(file: ExportedFile): unknown;
  copyText(text: string): unknown;
  /** The user closed the panel. */
  closed(): unknown;
  /** A panel of the session before is shown again; the store has its state. */
  restored(): unknown;
}

/** What the panel shows. */
export interface InspectorStores {
  readonly store: InspectorStore;
  readonly branches: BranchStore;
}

/** The one inspector panel: opened on demand, reused while open, restored after a reload of the window. */
export class InspectorPanel implements Disposable, vscode.WebviewPanelSerializer<unknown> {
  readonly #messenger: Messenger;
  readonly #chosen = new Emitter<number>();
  #panel: vscode.WebviewPanel | undefined;
  #receiver: MessageParticipant | undefined;
  #handlers: InspectorHandlers | undefined;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly stores: InspectorStores,
    private readonly logger: Logger,
    private readonly analysis: Analysis,
  ) {
    this.#messenger = new LoggingMessenger(logger);
  }

  /** The group the panel is in; undefined while there is none. */
  get viewColumn(): vscode.ViewColumn | undefined {
    return this.#panel?.viewColumn;
  }

  /** Fires when the user moves to a token, by click or keys; tells its index. */
  get onDidChooseToken(): Event<number> {
    return this.#chosen.event;
  }

  /** Selects a token and scrolls to it, if the panel is shown. Takes no focus. */
  selectToken(index: number): void {
    this.#send(selectToken, index);
  }

  /** Marks a range of tokens and scrolls to it, if the panel is shown; null marks none. Takes no focus. */
  selectTokens(range: TokenRange | null): void {
    this.#send(selectTokens, range);
  }

  /** Who answers the panel. Called once, before the first panel. */
  connect(handlers: InspectorHandlers): void {
    this.#handlers = handlers;
  }

  /** Shows the panel beside the editor, which keeps the focus. */
  reveal(): void {
    if (this.#panel) {
      this.#panel.reveal(undefined, true);
    } else {
      const where = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      this.#adopt(vscode.window.createWebviewPanel(inspectorViewType, title(), where), null);
    }
  }

  /** Called by VS Code for a panel that was open when the window closed. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, saved: unknown): Promise<void> {
    if (this.#panel) return panel.dispose(); // a command was quicker: its panel stays
    const { state, selected } = parseSavedState(saved, (problem) =>
      this.logger.warn(`The inspector's state could not be restored: ${problem}`),
    );
    this.stores.store.show(state);
    this.#adopt(panel, selected);
    this.#handlers?.restored();
  }

  dispose(): void {
    this.#panel?.dispose();
    this.#chosen.dispose();
  }

  #send<P>(type: NotificationType<P>, params: P): void {
    if (this.#receiver && this.#panel?.visible) this.#messenger.sendNotification(type, this.#receiver, params);
  }

  #adopt(panel: vscode.WebviewPanel, selected: number | null): void {
    this.#panel = panel;
    panel.iconPath = new vscode.ThemeIcon("sparkle");
    const receiver = this.#messenger.registerWebviewPanel(panel);
    this.#receiver = receiver;
    const view = this.#view(receiver);
    const subscriptions = [
      ...this.#listen(receiver, view, selected),
      ...answerQuestions(this.#messenger, receiver, this.analysis),
      this.#watchVisibility(panel, view),
    ];
    panel.onDidDispose(() => {
      for (const subscription of subscriptions) subscription.dispose();
      this.#panel = undefined;
      this.#receiver = undefined;
      this.#detach();
      this.#handlers?.closed();
    });
    loadPanel(panel.webview, this.extensionUri, { name: "inspector", title: title() });
  }

  #watchVisibility(panel: vscode.WebviewPanel, view: InspectorView): Disposable {
    let visible = panel.visible;
    return panel.onDidChangeViewState(() => {
      if (panel.visible === visible) return;
      visible = panel.visible;
      // A hidden page is gone; the new one gets its stream once it says that it is ready.
      if (visible) view.show(this.stores.store.state);
      else this.#detach();
    });
  }

  #detach(): void {
    this.stores.store.detach();
    this.stores.branches.detach();
  }

  #view(receiver: MessageParticipant): InspectorView {
    return {
      show: (state) => this.#messenger.sendNotification(showState, receiver, state),
      append: (delta) => this.#messenger.sendNotification(appendCompletion, receiver, delta),
    };
  }

  #branchesView(receiver: MessageParticipant): BranchesView {
    return {
      show: (branches) => this.#messenger.sendNotification(showBranches, receiver, branches),
      append: (delta) => this.#messenger.sendNotification(appendBranch, receiver, delta),
    };
  }

  #listen(sender: MessageParticipant, view: InspectorView, selected: number | null): Disposable[] {
    let selection = selected;
    const on = <P>(type: NotificationType<P>, handler: (params: P) => unknown) =>
      this.#messenger.onNotification(type, (params) => this.#answer(type.method, () => handler(params)), { sender });
    return [
      on(panelReady, () => {
        this.stores.store.attach(view);
        this.stores.branches.attach(this.#branchesView(sender));
        if (selection !== null) this.#messenger.sendNotification(selectToken, sender, selection);
        selection = null;
      }),
      on(stopCompletion, () => this.#handlers?.stop()),
      on(insertCompletion, () => this.#handlers?.insert()),
      on(copyCompletion, () => this.#handlers?.copy()),
      on(inspectCompletion, () => this.#handlers?.inspectCompletion()),
      on(startBranch, (start) => this.#handlers?.startBranch(start)),
      on(stopBranch, (id) => this.#handlers?.stopBranch(id)),
      on(removeBranch, (id) => this.#handlers?.removeBranch(id)),
      on(copyBranch, (id) => this.#handlers?.copyBranch(id)),
      on(replaceToken, (id) => this.#handlers?.replaceToken(id)),
      on(openLog, () => this.#handlers?.openLog()),
      on(exportFile, (file) => this.#handlers?.exportFile(file)),
      on(copyText, (text) => this.#handlers?.copyText(text)),
      on(revealToken, (token) => this.#withToken(token, (index) => this.#handlers?.reveal(index))),
      on(tokenChosen, (token) => this.#withToken(token, (index) => this.#chosen.fire(index))),
    ];
  }

  #withToken(token: unknown, use: (index: number) => unknown): unknown {
    if (Number.isInteger(token)) return use(Number(token));
    this.logger.warn(`The inspector told of token ${JSON.stringify(token)}.`);
    return undefined;
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
  return vscode.l10n.t("GPT Inspector");
}
