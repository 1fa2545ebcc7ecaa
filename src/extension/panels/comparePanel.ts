import * as vscode from "vscode";
import type { MessageParticipant, NotificationType, RequestType } from "vscode-messenger-common";
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
import { LabPanel } from "./labPanel";
import { signalOf } from "./loadPanel";

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

/** The one panel of the prompt lab. */
export class ComparePanel extends LabPanel<PromptLab, CompareHandlers> {
  constructor(extensionUri: vscode.Uri, lab: () => PromptLab, logger: Logger) {
    const title = () => vscode.l10n.t("Prompt Lab");
    super(
      { viewType: compareViewType, name: "compare", icon: "beaker", place: "beside", title },
      extensionUri,
      lab,
      logger,
    );
  }

  protected override listen(page: MessageParticipant): readonly Disposable[] {
    return [...this.#listen(page), ...this.#answerQuestions(page)];
  }

  /** Its page kept the folders of what it showed. */
  protected override async restore(kept: unknown): Promise<void> {
    const parsed = saved.safeParse(kept);
    if (parsed.success) await this.lab().restore(parsed.data.folders);
  }

  #view(receiver: MessageParticipant): CompareView {
    const send = <P>(type: NotificationType<P>) => {
      return (params: P) => this.messenger.sendNotification(type, receiver, params);
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
    const on = <P>(type: NotificationType<P>, handler: (params: P) => unknown) => this.on(sender, type, handler);
    return [
      on(compareReady, () => lab.store.attach(this.#view(sender))),
      on(stopRun, () => lab.stop()),
      on(resumeRun, () => lab.resume()),
      on(runAgain, () => lab.runAgain()),
      on(markCell, ({ run, mark }) => lab.mark(run, mark)),
      on(openPromptFile, () => this.handlers?.openFile()),
      on(inspectCell, (address) => this.handlers?.inspect(place.parse(address))),
      on(exportFile, (file) => this.handlers?.exportFile(file)),
      on(copyText, (text) => this.handlers?.copyText(text)),
      on(openLog, () => this.handlers?.openLog()),
    ];
  }

  #answerQuestions(sender: MessageParticipant): Disposable[] {
    const { questions } = this.lab();
    const on = <P, T>(
      type: RequestType<P, PanelAnswer<T>>,
      schema: z.ZodType<P>,
      answer: (question: P, signal: AbortSignal) => Promise<PanelAnswer<T>>,
    ) => this.messenger.onRequest(type, (asked, _, token) => answer(schema.parse(asked), signalOf(token)), { sender });
    return [
      on(askDetail, place, (address, signal) => questions.detail(address, signal)),
      on(askReproduction, place, (address, signal) => questions.reproduce(address, signal)),
      on(askDifference, question, (asked, signal) => questions.difference(asked, signal)),
    ];
  }
}
