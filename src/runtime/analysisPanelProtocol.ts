/**
 * What the inspector panel asks of the host about the text that it shows, as values for `vscode-messenger`. The host knows the model and
 * the tokens; the panel says which question it has. Imports only types.
 */
import type { NotificationType, RequestType } from "vscode-messenger-common";
import type {
  Ablated,
  AblationEffects,
  AnalysisTarget,
  AttentionFlow,
  AttentionFlowParams,
  AttentionMatrix,
  AttentionMatrixParams,
  AttentionOverview,
  AttentionOverviewParams,
  AttentionReach,
  AttentionReachParams,
  AttentionRows,
  AttentionRowsParams,
  Lens,
  LensParams,
  Salience,
  SalienceTarget,
} from "./analysisProtocol";
import type { RuntimeErrorInfo, WorkProgress } from "./protocol";

/** How a question ended. `outdated`: the panel shows another text by now. */
export type PanelAnswer<T> =
  | { readonly kind: "ready"; readonly value: T }
  | { readonly kind: "failed"; readonly error: RuntimeErrorInfo }
  | { readonly kind: "cancelled" }
  | { readonly kind: "outdated" };

/** A question about the text that is shown, whose number `InspectorState` tells. */
export type PanelQuestion<P extends AnalysisTarget> = Omit<P, keyof AnalysisTarget> & {
  /** `textNumber` of the state that the panel shows. */
  readonly text: number;
};

/** Which sets to switch off, and at which places which tokens are watched. */
export interface PanelAblation {
  readonly text: number;
  /** One at least. `place` is 1 to T, of the text's tokens. */
  readonly items: readonly { readonly place: number; readonly id: number }[];
  readonly sets: readonly (readonly Ablated[])[];
}

/** Whose probability is followed back to the tokens. */
export type PanelSalience = { readonly text: number } & SalienceTarget;

type Question<P, T> = RequestType<P, PanelAnswer<T>>;

/** Panel → host: thumbnails and statistics of all heads. */
export const askOverview: Question<PanelQuestion<AttentionOverviewParams>, AttentionOverview> = {
  method: "analysis/overview",
};
/** Panel → host: rows of one matrix. */
export const askMatrix: Question<PanelQuestion<AttentionMatrixParams>, AttentionMatrix> = { method: "analysis/matrix" };
/** Panel → host: one query in all heads of a layer. */
export const askRows: Question<PanelQuestion<AttentionRowsParams>, AttentionRows> = { method: "analysis/rows" };
/** Panel → host: flow from a query. */
export const askFlow: Question<PanelQuestion<AttentionFlowParams>, AttentionFlow> = { method: "analysis/flow" };
/** Panel → host: what can reach a token. */
export const askReach: Question<PanelQuestion<AttentionReachParams>, AttentionReach> = { method: "analysis/reach" };
/** Panel → host: the logit lens. */
export const askLens: Question<PanelQuestion<LensParams>, Lens> = { method: "analysis/lens" };
/** Panel → host: switch parts of the model off. */
export const askAblation: Question<PanelAblation, AblationEffects> = { method: "analysis/ablation" };

/** Panel → host: what a prediction hangs on. */
export const askSalience: Question<PanelSalience, Salience> = { method: "analysis/salience" };

/** Host → panel: how far the question under way is. */
export const analysisProgress: NotificationType<WorkProgress> = { method: "analysis/progress" };

/** What a view gives away. */
export interface ExportedFile {
  /** File name without its ending, from the view and the text. */
  readonly name: string;
  readonly format: "png" | "svg" | "json" | "csv" | "html" | "md";
  /** Text, or the bytes of a picture. */
  readonly content: string | Uint8Array;
}

/** Panel → host: ask where to, and write. */
export const exportFile: NotificationType<ExportedFile> = { method: "analysis/export" };
/** Panel → host: copy to the clipboard. */
export const copyText: NotificationType<string> = { method: "analysis/copy" };
