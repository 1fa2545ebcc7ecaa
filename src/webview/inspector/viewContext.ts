/** What every view of the inspector gets: the text, the chosen token, and ways to ask and to tell. */
import type { RequestType } from "vscode-messenger-common";
import type { ExportedFile, PanelAnswer } from "../../runtime/analysisPanelProtocol";
import type { InspectorState } from "../../runtime/panelProtocol";
import type { WorkProgress } from "../../runtime/protocol";
import type { NumberFormats } from "../shared/format";

/** The state that has a text with every token's probability. */
export type Scores = Extract<InspectorState, { kind: "scores" }>;

/** Asks the host. Never throws: a failure is an answer. */
export type Ask = <P, T>(
  type: RequestType<P, PanelAnswer<T>>,
  question: P,
  signal: AbortSignal,
) => Promise<PanelAnswer<T>>;

/** What the views can do. */
export interface ViewActions {
  /** Chooses a token. */
  select(index: number): void;
  /** Shows a token in its editor. */
  reveal(index: number): void;
  openLog(): void;
  readonly ask: Ask;
  exportFile(file: ExportedFile): void;
  copyText(text: string): void;
}

/** What a view is drawn from. */
export interface ViewContext {
  readonly state: Scores;
  /** Index of the chosen token. */
  readonly selected: number | null;
  readonly formats: NumberFormats;
  readonly actions: ViewActions;
  /** How far the question under way is. */
  readonly progress: WorkProgress | null;
}
