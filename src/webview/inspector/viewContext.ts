/** What every view of the inspector gets: the text, the chosen token, and ways to ask and to tell. */
import type { ExportedFile } from "../../runtime/analysisPanelProtocol";
import type { InspectorState } from "../../runtime/panelProtocol";
import type { WorkProgress } from "../../runtime/protocol";
import type { Ask } from "../shared/asking";
import type { Drawing } from "../shared/drawing";
import type { NumberFormats } from "../shared/format";

/** The state that has a text with every token's probability. */
export type Scores = Extract<InspectorState, { kind: "scores" }>;

/** A state as far as the model's context reaches: what the model's inside is asked about. The same object for the same state. */
export function withinContext(state: Scores): Scores {
  const most = state.model.nPositions;
  if (state.tokens.length <= most) return state;
  const known = shortened.get(state);
  if (known) return known;
  const segments = state.segments
    .filter(({ start }) => start < most)
    .map((s) => ({ ...s, end: Math.min(s.end, most) }));
  const short = { ...state, tokens: state.tokens.slice(0, most), segments };
  shortened.set(state, short);
  return short;
}

const shortened = new WeakMap<Scores, Scores>();

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

/** Numbers as a view shows them. */
export interface ViewTable {
  readonly title: string;
  readonly columns: readonly string[];
  /** One cell per column; null for what was not computed. Probabilities are 0 to 1, not per cent. */
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** A view's picture: marks, or an SVG document, of which pixels can be made too; or pixels alone, as a PNG file. */
export type ViewPicture = { readonly drawing: Drawing } | { readonly svg: string } | { readonly png: Uint8Array };

/** A view that can be exported: its element has these. What it was not asked to compute yet, it leaves out. */
export interface ExportableView {
  /** Null while there is nothing to show. */
  currentTable(): ViewTable | null;
  /** Null while there is nothing to show. */
  currentPicture(): Promise<ViewPicture | null>;
}

/** Whether a view can be exported. */
export function isExportable(view: object | null): view is ExportableView {
  return view !== null && "currentTable" in view && "currentPicture" in view;
}
