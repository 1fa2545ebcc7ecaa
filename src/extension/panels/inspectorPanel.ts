import * as vscode from "vscode";
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
import { parseSavedState } from "./savedState";
import { SinglePanel } from "./singlePanel";

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

/** The one inspector panel. */
export class InspectorPanel extends SinglePanel {
  readonly #chosen = new Emitter<number>();
  #page: MessageParticipant | undefined;
  #handlers: InspectorHandlers | undefined;
  /** Index of the token to be chosen once the page is there. */
  #selection: number | null = null;

  constructor(
    extensionUri: vscode.Uri,
    private readonly stores: InspectorStores,
    logger: Logger,
    private readonly analysis: Analysis,
  ) {
    const title = () => vscode.l10n.t("GPT Inspector");
    const kind = { viewType: inspectorViewType, name: "inspector", icon: "sparkle" } as const;
    super({ ...kind, place: "beside", title }, extensionUri, logger);
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

  override dispose(): void {
    super.dispose();
    this.#chosen.dispose();
  }

  protected override listen(page: MessageParticipant): readonly Disposable[] {
    this.#page = page;
    return [...this.#listen(page), ...answerQuestions(this.messenger, page, this.analysis)];
  }

  protected override seen(visible: boolean): void {
    // A hidden page is gone; the new one gets its stream once it says that it is ready.
    if (visible) this.#send(showState, this.stores.store.state);
    else this.#detach();
  }

  protected override closed(): void {
    this.#page = undefined;
    this.#selection = null;
    this.#detach();
    this.#handlers?.closed();
  }

  protected override restore(kept: unknown): void {
    const { state, selected } = parseSavedState(kept, (problem) =>
      this.logger.warn(`The inspector's state could not be restored: ${problem}`),
    );
    this.#selection = selected;
    this.stores.store.show(state);
    this.#handlers?.restored();
  }

  #send<P>(type: NotificationType<P>, params: P): void {
    if (this.#page && this.visible) this.messenger.sendNotification(type, this.#page, params);
  }

  #detach(): void {
    this.stores.store.detach();
    this.stores.branches.detach();
  }

  #view(receiver: MessageParticipant): InspectorView {
    return {
      show: (state) => this.messenger.sendNotification(showState, receiver, state),
      append: (delta) => this.messenger.sendNotification(appendCompletion, receiver, delta),
    };
  }

  #branchesView(receiver: MessageParticipant): BranchesView {
    return {
      show: (branches) => this.messenger.sendNotification(showBranches, receiver, branches),
      append: (delta) => this.messenger.sendNotification(appendBranch, receiver, delta),
    };
  }

  #listen(sender: MessageParticipant): Disposable[] {
    const on = <P>(type: NotificationType<P>, handler: (params: P) => unknown) => this.on(sender, type, handler);
    return [
      on(panelReady, () => {
        this.stores.store.attach(this.#view(sender));
        this.stores.branches.attach(this.#branchesView(sender));
        if (this.#selection !== null) this.messenger.sendNotification(selectToken, sender, this.#selection);
        this.#selection = null;
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
}
