/** Answers the inspector's questions about the text that it shows. Knows nothing of VS Code. */
import type { RequestType } from "vscode-jsonrpc";
import type { PanelAblation, PanelAnswer, PanelQuestion, PanelSalience } from "../runtime/analysisPanelProtocol";
import {
  type AblationEffects,
  type AnalysisTarget,
  ablateRequest,
  type Salience,
  salienceRequest,
} from "../runtime/analysisProtocol";
import { CancelledError, toErrorInfo } from "../runtime/errors";
import type { InspectorState } from "../runtime/panelProtocol";
import type { RuntimeErrorInfo, WithProgress, WorkProgress } from "../runtime/protocol";
import type { ModelClient } from "./modelClient";

type Scores = Extract<InspectorState, { kind: "scores" }>;

/** What a question comes with. */
export interface QuestionContext {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: WorkProgress) => void;
}

/** Sends questions on with the model and the tokens that they are about. */
export class Analysis {
  constructor(
    private readonly models: Pick<ModelClient, "analyze">,
    private readonly store: { readonly state: InspectorState },
  ) {}

  /** Asks the runtime about the text that is shown, as far as it fits the context. Never throws. */
  ask<P extends AnalysisTarget, R>(
    type: RequestType<WithProgress<P>, R, RuntimeErrorInfo>,
    question: PanelQuestion<P>,
    context: QuestionContext,
  ): Promise<PanelAnswer<R>> {
    return this.#about(question.text, ({ reference, model, tokens }) => {
      const { text: _, ...rest } = question;
      const ids = tokens.slice(0, model.nPositions).map(({ id }) => id);
      // The question is P without its target, and here is the target.
      return this.models.analyze(type, { ...rest, model: reference, ids } as unknown as P, context);
    });
  }

  /** What switching off does to tokens of the text. Never throws. */
  ablate({ text, items, sets }: PanelAblation, context: QuestionContext): Promise<PanelAnswer<AblationEffects>> {
    return this.#about(text, ({ reference, tokens }) => {
      const ids = tokens.map((token) => token.id);
      // Nothing after a place can change what is predicted there.
      const watched = items.map(({ place, id }) => ({ ids: ids.slice(0, place), place, id }));
      return this.models.analyze(ablateRequest, { model: reference, items: watched, sets }, context);
    });
  }

  /** What a prediction hangs on. Never throws. */
  salience({ text, ...followed }: PanelSalience, context: QuestionContext): Promise<PanelAnswer<Salience>> {
    return this.#about(text, ({ reference, model, tokens }) => {
      const ids = tokens.slice(0, model.nPositions).map(({ id }) => id);
      return this.models.analyze(salienceRequest, { model: reference, ids, followed }, context);
    });
  }

  async #about<R>(text: number, work: (state: Scores) => Promise<R>): Promise<PanelAnswer<R>> {
    const { state } = this.store;
    if (state.kind !== "scores" || state.text !== text) return { kind: "outdated" };
    try {
      return { kind: "ready", value: await work(state) };
    } catch (error) {
      return error instanceof CancelledError ? { kind: "cancelled" } : { kind: "failed", error: toErrorInfo(error) };
    }
  }
}
