import * as vscode from "vscode";
import type { Messenger } from "vscode-messenger";
import type { MessageParticipant, NotificationType } from "vscode-messenger-common";
import * as z from "zod";
import { type ExportedFile, exportFile } from "../../runtime/analysisPanelProtocol";
import { openLog } from "../../runtime/panelProtocol";
import {
  addPoints,
  beginTraining,
  chooseFile,
  controlTraining,
  editFineTune,
  editPretrain,
  repeatTraining,
  resumeTraining,
  revealTrained,
  showRunning,
  showTraining,
  startTraining,
  trainingReady,
  useTrained,
} from "../../runtime/trainingPanelProtocol";
import type { Disposable } from "../emitter";
import type { Logger } from "../logger";
import type { TrainingLab } from "../training/trainingLab";
import type { TrainingView } from "../training/trainingStore";
import { fineTuneValuesSchema, parseKept, pretrainValuesSchema } from "../training/valueSchemas";
import { LoggingMessenger, loadPanel } from "./loadPanel";

/** The panel's type, also in package.json's activation events. */
export const trainingViewType = "gptWorkbench.training";

/** What the panel's buttons do beyond the lab itself. */
export interface TrainingHandlers {
  begin(kind: "finetune" | "pretrain"): unknown;
  /** Classify selections with the model in this folder. */
  use(folder: string): unknown;
  reveal(folder: string): unknown;
  exportFile(file: ExportedFile): unknown;
  openLog(): unknown;
  /** Something that a button was to do failed. */
  failed(error: unknown): unknown;
}

const numbered = z.object({ form: z.number(), revision: z.number() });
const fineTuneEdit = numbered.extend({ values: fineTuneValuesSchema });
const pretrainEdit = numbered.extend({ values: pretrainValuesSchema });
const chosen = z.object({ form: z.number(), what: z.enum(["path", "dev", "test", "root", "model", "tokenizerFrom"]) });

/** The one panel of training: opened on demand, reused while open, restored after a reload of the window. */
export class TrainingPanel implements Disposable, vscode.WebviewPanelSerializer<unknown> {
  readonly #messenger: Messenger;
  #panel: vscode.WebviewPanel | undefined;
  #handlers: TrainingHandlers | undefined;

  constructor(
    private readonly extensionUri: vscode.Uri,
    /** Asked for when it is needed: lab and panel know each other. */
    private readonly lab: () => TrainingLab,
    private readonly logger: Logger,
  ) {
    this.#messenger = new LoggingMessenger(logger);
  }

  /** Who answers the panel. Called once, before the first panel. */
  connect(handlers: TrainingHandlers): void {
    this.#handlers = handlers;
  }

  /** Whether the user can see it. */
  get visible(): boolean {
    return this.#panel?.visible ?? false;
  }

  /** Shows the panel. */
  reveal(): void {
    if (this.#panel) this.#panel.reveal();
    else this.#adopt(vscode.window.createWebviewPanel(trainingViewType, title(), vscode.ViewColumn.Active));
  }

  /** Called by VS Code for a panel that was open when the window closed. Its page kept what it showed. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, kept: unknown): Promise<void> {
    if (this.#panel) return panel.dispose(); // a command was quicker: its panel stays
    this.#adopt(panel);
    const parsed = parseKept(kept);
    if (parsed) await this.lab().restore(parsed);
  }

  dispose(): void {
    this.#panel?.dispose();
  }

  #adopt(panel: vscode.WebviewPanel): void {
    this.#panel = panel;
    panel.iconPath = new vscode.ThemeIcon("mortar-board");
    const receiver = this.#messenger.registerWebviewPanel(panel);
    const { store } = this.lab();
    const subscriptions = [
      ...this.#listen(receiver),
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
    loadPanel(panel.webview, this.extensionUri, { name: "training", title: title() });
  }

  #view(receiver: MessageParticipant): TrainingView {
    return {
      show: (state) => this.#messenger.sendNotification(showTraining, receiver, state),
      addPoints: (batch) => this.#messenger.sendNotification(addPoints, receiver, batch),
    };
  }

  #listen(sender: MessageParticipant): Disposable[] {
    const lab = this.lab();
    const on = <P>(type: NotificationType<P>, handler: (params: P) => unknown) =>
      this.#messenger.onNotification(type, (params) => this.#answer(type.method, () => handler(params)), { sender });
    return [
      on(trainingReady, () => lab.store.attach(this.#view(sender))),
      on(editFineTune, (edit) => {
        const { form, revision, values } = fineTuneEdit.parse(edit);
        lab.editFineTune(form, revision, values);
      }),
      on(editPretrain, (edit) => {
        const { form, revision, values } = pretrainEdit.parse(edit);
        lab.editPretrain(form, revision, values);
      }),
      on(chooseFile, (asked) => {
        const { form, what } = chosen.parse(asked);
        return lab.chooseFile(form, what);
      }),
      on(startTraining, ({ form }) => lab.start(form)),
      on(controlTraining, (action) => lab.control(action === "pause" ? "pause" : "stop")),
      on(resumeTraining, ({ run }) => lab.resumeShown(run)),
      on(repeatTraining, ({ run }) => lab.repeat(run)),
      on(showRunning, () => lab.showCurrent()),
      ...this.#listenToResults(on),
    ];
  }

  #listenToResults(
    on: <P>(type: NotificationType<P>, handler: (params: P) => unknown) => Disposable,
  ): readonly Disposable[] {
    const shown = (run: number) => this.lab().shownRun(run);
    return [
      on(useTrained, ({ run }) => {
        const model = shown(run)?.view(null).model;
        return model ? this.#handlers?.use(model) : undefined;
      }),
      on(revealTrained, ({ run }) => {
        const folder = shown(run)?.view(null).model ?? shown(run)?.folder;
        return folder ? this.#handlers?.reveal(folder) : undefined;
      }),
      on(beginTraining, (kind) => this.#handlers?.begin(kind === "pretrain" ? "pretrain" : "finetune")),
      on(exportFile, (file) => this.#handlers?.exportFile(file)),
      on(openLog, () => this.#handlers?.openLog()),
    ];
  }

  async #answer(method: string, handler: () => unknown): Promise<void> {
    try {
      await handler();
    } catch (error) {
      this.logger.error(`${method}: ${error instanceof Error ? error.stack : error}`);
      if (!(error instanceof z.ZodError)) this.#handlers?.failed(error);
    }
  }
}

function title(): string {
  return vscode.l10n.t("Training");
}
