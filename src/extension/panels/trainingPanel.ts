import * as vscode from "vscode";
import type { MessageParticipant } from "vscode-messenger-common";
import * as z from "zod";
import { addPoints, showTraining, trainingReady } from "../../runtime/trainingPanelProtocol";
import type { Disposable } from "../emitter";
import type { Logger } from "../logger";
import { pageMessages, type TrainingHandlers } from "../training/pageMessages";
import type { TrainingLab } from "../training/trainingLab";
import type { TrainingView } from "../training/trainingStore";
import { parseKept } from "../training/valueSchemas";
import { LabPanel } from "./labPanel";

/** The panel's type, also in package.json's activation events. */
export const trainingViewType = "gptWorkbench.training";

/** What the panel asks of the window. */
export interface TrainingPanelHandlers extends TrainingHandlers {
  /** Something that a button was to do failed. */
  failed(error: unknown): unknown;
}

/** The one panel of training. */
export class TrainingPanel extends LabPanel<TrainingLab, TrainingPanelHandlers> {
  constructor(extensionUri: vscode.Uri, lab: () => TrainingLab, logger: Logger) {
    const title = () => vscode.l10n.t("Training");
    const kind = { viewType: trainingViewType, name: "training", icon: "mortar-board" } as const;
    super({ ...kind, place: "active", title }, extensionUri, lab, logger);
  }

  protected override listen(page: MessageParticipant): readonly Disposable[] {
    const lab = this.lab();
    const messages = this.handlers ? pageMessages(lab, this.handlers) : [];
    return [
      this.on(page, trainingReady, () => lab.store.attach(this.#view(page))),
      ...messages.map(({ type, hear }) => this.on(page, type, hear)),
    ];
  }

  /** Its page kept what it showed. */
  protected override async restore(kept: unknown): Promise<void> {
    const parsed = parseKept(kept);
    if (parsed) await this.lab().restore(parsed);
  }

  /** What the page tells wrongly concerns nobody but the log. */
  protected override failed(error: unknown): void {
    if (!(error instanceof z.ZodError)) this.handlers?.failed(error);
  }

  #view(page: MessageParticipant): TrainingView {
    return {
      show: (state) => this.messenger.sendNotification(showTraining, page, state),
      addPoints: (batch) => this.messenger.sendNotification(addPoints, page, batch),
    };
  }
}
