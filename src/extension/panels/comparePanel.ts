import * as vscode from "vscode";
import type { Messenger } from "vscode-messenger";
import type { CancellationToken, MessageParticipant, NotificationType, RequestType } from "vscode-messenger-common";
import * as z from "zod";
import { copyText, type ExportedFile, exportFile, type PanelAnswer } from "../../runtime/analysisPanelProtocol";
import {
  addCells,
  addItems,
  askDetail,
  askDifference,
  askReproduction,
  type CellAddress,
  compareReady,
  inspectCell,
  markCell,
  openPromptFile,
  resumeRun,
  runAgain,
  showComparison,
  showMarks,
  stopRun,
} from "../../runtime/comparePanelProtocol";
import { openLog } from "../../runtime/panelProtocol";
import type { Disposable } from "../emitter";
import type { Logger } from "../logger";
import type { CompareView } from "../promptLab/compareStore";
import type { PromptLab } from "../promptLab/promptLab";
import { LoggingMessenger, loadPanel } from "./loadPanel";

/** The panel's type, also in package.json's activation events. */
export const compareViewType = "gptWorkbench.compare";

/** What the panel's buttons do beyond the lab itself. */
export interface CompareHandlers {
  /** Show a cell in the inspector. */
  inspect(address: CellAddress): unknown;
  /** Open the prompt file of what is shown. */
  openFile(): unknown;
  exportFile(file: ExportedFile): unknown;
  copyText(text: string): unknown;
  openLog(): unknown;
}

const place = z.object({ run: z.number(), variant: z.int().min(0), item: z.int().min(0) });
const question = place.extend({ other: z.int().min(0) });
const saved = z.object({ folders: z.array(z.string()).max(2) });

/** The one panel of the prompt lab: opened on demand, reused while open, restored after a reload of the window. */
export class ComparePanel implements Disposable, vscode.WebviewPanelSerializer<unknown> {
  readonly #messenger: Messenger;
  #panel: vscode.WebviewPanel | undefined;
  #handlers: CompareHandlers | undefined;

  constructor(
    private readonly extensionUri: vscode.Uri,
    /** Asked for when it is needed: lab and panel know each other. */
    private readonly lab: () => PromptLab,
    private readonly logger: Logger,
  ) {
    this.#messenger = new LoggingMessenger(logger);
  }

  /** Who answers the panel. Called once, before the first panel. */
  connect(handlers: CompareHandlers): void {
    this.#handlers = handlers;
  }

  /** Shows the panel beside the editor, which keeps the focus. */
  reveal(): void {
    if (this.#panel) {
      this.#panel.reveal(undefined, true);
    } else {
      const where = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      this.#adopt(vscode.window.createWebviewPanel(compareViewType, title(), where));
    }
  }

  /** Called by VS Code for a panel that was open when the window closed. Its page kept the folders of what it showed. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, kept: unknown): Promise<void> {
    if (this.#panel) return panel.dispose(); // a command was quicker: its panel stays
    this.#adopt(panel);
    const parsed = saved.safeParse(kept);
    if (parsed.success) await this.lab().restore(parsed.data.folders);
  }

  dispose(): void {
    this.#panel?.dispose();
  }

  #adopt(panel: vscode.WebviewPanel): void {
    this.#panel = panel;
    panel.iconPath = new vscode.ThemeIcon("beaker");
    const receiver = this.#messenger.registerWebviewPanel(panel);
    const { store } = this.lab();
    const subscriptions = [
      ...this.#listen(receiver),
      ...this.#answerQuestions(receiver),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) store.detach();
      }),
    ];
    panel.onDidDispose(() => {
      for (const subscription of subscriptions) subscription.dispose();
      this.#panel = undefined;
      store.detach();
      this.lab().close();
    });
    loadPanel(panel.webview, this.extensionUri, { name: "compare", title: title() });
  }

  #view(receiver: MessageParticipant): CompareView {
    const send = <P>(type: NotificationType<P>) => {
      return (params: P) => this.#messenger.sendNotification(type, receiver, params);
    };
    return {
      show: send(showComparison),
      addItems: send(addItems),
      addCells: send(addCells),
      showMarks: send(showMarks),
    };
  }

  #listen(sender: MessageParticipant): Disposable[] {
    const lab = this.lab();
    const on = <P>(type: NotificationType<P>, handler: (params: P) => unknown) =>
      this.#messenger.onNotification(type, (params) => this.#answer(type.method, () => handler(params)), { sender });
    return [
      on(compareReady, () => lab.store.attach(this.#view(sender))),
      on(stopRun, () => lab.stop()),
      on(resumeRun, () => lab.resume()),
      on(runAgain, () => lab.runAgain()),
      on(markCell, ({ run, mark }) => lab.mark(run, mark)),
      on(openPromptFile, () => this.#handlers?.openFile()),
      on(inspectCell, (address) => this.#handlers?.inspect(place.parse(address))),
      on(exportFile, (file) => this.#handlers?.exportFile(file)),
      on(copyText, (text) => this.#handlers?.copyText(text)),
      on(openLog, () => this.#handlers?.openLog()),
    ];
  }

  #answerQuestions(sender: MessageParticipant): Disposable[] {
    const { questions } = this.lab();
    const on = <P, T>(
      type: RequestType<P, PanelAnswer<T>>,
      schema: z.ZodType<P>,
      answer: (question: P, signal: AbortSignal) => Promise<PanelAnswer<T>>,
    ) => this.#messenger.onRequest(type, (asked, _, token) => answer(schema.parse(asked), signalOf(token)), { sender });
    return [
      on(askDetail, place, (address, signal) => questions.detail(address, signal)),
      on(askReproduction, place, (address, signal) => questions.reproduce(address, signal)),
      on(askDifference, question, (asked, signal) => questions.difference(asked, signal)),
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

function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}

function title(): string {
  return vscode.l10n.t("Prompt Lab");
}
