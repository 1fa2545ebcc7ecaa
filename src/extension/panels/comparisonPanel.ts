import * as vscode from "vscode";
import type { MessageParticipant } from "vscode-messenger-common";
import * as z from "zod";
import { comparisonReady, replayProgress, showComparisonState } from "../../runtime/comparisonPanelProtocol";
import type { ComparisonLab } from "../comparison/comparisonLab";
import type { ComparisonView } from "../comparison/comparisonStore";
import { type ComparisonHandlers, pageMessages, pageQuestions } from "../comparison/pageMessages";
import type { Disposable } from "../emitter";
import type { Logger } from "../logger";
import { LabPanel } from "./labPanel";
import { signalOf } from "./loadPanel";

/** The panel's type, also in package.json's activation events. */
export const comparisonViewType = "gptWorkbench.comparison";

/** What the panel asks of the window. */
export interface ComparisonPanelHandlers extends ComparisonHandlers {
  /** Something that a button was to do failed. */
  failed(error: unknown): unknown;
}

/** What the page keeps for a reload of the window: the folder of what it showed. */
const keptSchema = z.object({ folder: z.string().min(1).max(10_000) });

/** The one panel of the comparison lab. */
export class ComparisonPanel extends LabPanel<ComparisonLab, ComparisonPanelHandlers> {
  constructor(extensionUri: vscode.Uri, lab: () => ComparisonLab, logger: Logger) {
    const title = () => vscode.l10n.t("Comparison");
    const kind = { viewType: comparisonViewType, name: "comparison", icon: "law" } as const;
    super({ ...kind, place: "active", title }, extensionUri, lab, logger);
  }

  protected override listen(page: MessageParticipant): readonly Disposable[] {
    const lab = this.lab();
    const messages = this.handlers ? pageMessages(lab, this.handlers) : [];
    return [
      this.on(page, comparisonReady, () => lab.store.attach(this.#view(page))),
      ...messages.map(({ type, hear }) => this.on(page, type, hear)),
      ...this.#answerQuestions(page),
    ];
  }

  protected override async restore(kept: unknown): Promise<void> {
    const parsed = keptSchema.safeParse(kept);
    if (parsed.success) await this.lab().restore(parsed.data.folder);
  }

  /** What the page tells wrongly concerns nobody but the log. */
  protected override failed(error: unknown): void {
    if (!(error instanceof z.ZodError)) this.handlers?.failed(error);
  }

  #answerQuestions(page: MessageParticipant): readonly Disposable[] {
    return pageQuestions(this.lab()).map(({ type, answer }) =>
      this.messenger.onRequest(
        type,
        (asked, _, token) =>
          answer(asked, {
            signal: signalOf(token),
            onProgress: (progress) => this.messenger.sendNotification(replayProgress, page, progress),
          }),
        { sender: page },
      ),
    );
  }

  #view(page: MessageParticipant): ComparisonView {
    return { show: (state) => this.messenger.sendNotification(showComparisonState, page, state) };
  }
}
