/** The inspector's questions, on their way from its page to the runtime. */
import type { Messenger } from "vscode-messenger";
import type { MessageParticipant, RequestType } from "vscode-messenger-common";
import {
  analysisProgress,
  askAblation,
  askFlow,
  askLens,
  askMatrix,
  askOverview,
  askReach,
  askRows,
  askSalience,
  type PanelAnswer,
} from "../../runtime/analysisPanelProtocol";
import {
  attentionFlowRequest,
  attentionMatrixRequest,
  attentionOverviewRequest,
  attentionReachRequest,
  attentionRowsRequest,
  lensRequest,
} from "../../runtime/analysisProtocol";
import type { Analysis, QuestionContext } from "../analysis";
import type { Disposable } from "../emitter";
import { signalOf } from "./loadPanel";

/** Answers `sender`'s questions until disposed. */
export function answerQuestions(messenger: Messenger, sender: MessageParticipant, analysis: Analysis): Disposable[] {
  const on = <P, T>(
    type: RequestType<P, PanelAnswer<T>>,
    answer: (question: P, context: QuestionContext) => Promise<PanelAnswer<T>>,
  ) =>
    messenger.onRequest(
      type,
      (question, _, token) => {
        const signal = signalOf(token);
        const onProgress: QuestionContext["onProgress"] = (progress) =>
          messenger.sendNotification(analysisProgress, sender, progress);
        return answer(question, { signal, onProgress });
      },
      { sender },
    );
  return [
    on(askOverview, (question, context) => analysis.ask(attentionOverviewRequest, question, context)),
    on(askMatrix, (question, context) => analysis.ask(attentionMatrixRequest, question, context)),
    on(askRows, (question, context) => analysis.ask(attentionRowsRequest, question, context)),
    on(askFlow, (question, context) => analysis.ask(attentionFlowRequest, question, context)),
    on(askReach, (question, context) => analysis.ask(attentionReachRequest, question, context)),
    on(askLens, (question, context) => analysis.ask(lensRequest, question, context)),
    on(askAblation, (question, context) => analysis.ablate(question, context)),
    on(askSalience, (question, context) => analysis.salience(question, context)),
  ];
}
