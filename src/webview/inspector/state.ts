/** The panel's state and how it changes. Pure. */
import type { CompletionDelta, InspectorState, TokenRange } from "../../runtime/panelProtocol";
import type { GeneratedToken, ScoredToken } from "../../runtime/protocol";
import { defaultStripOptions, readStripOptions, type StripOptions } from "./stripOptions";

/** What the panel shows, and all that it keeps across a reload. */
export interface PanelState {
  readonly state: InspectorState;
  /** Index of the chosen token. */
  readonly selected: number | null;
  /** Tokens that the host marked: what is selected in the editor. */
  readonly marked: TokenRange | null;
  /** Which view of the text is open. */
  readonly tab: TabId;
  /** How the strip is drawn. */
  readonly options: StripOptions;
}

/** Views of a text. */
export const tabIds = ["tokens", "attention", "lens", "ablation", "salience"] as const;

/** A view of a text. */
export type TabId = (typeof tabIds)[number];

/** What can happen to it. */
export type PanelEvent =
  | { readonly kind: "show"; readonly state: InspectorState }
  | { readonly kind: "append"; readonly delta: CompletionDelta }
  | { readonly kind: "select"; readonly index: number | null }
  | { readonly kind: "mark"; readonly range: TokenRange | null }
  | { readonly kind: "open"; readonly tab: TabId }
  | { readonly kind: "options"; readonly options: StripOptions };

/** A panel that was told nothing yet. */
export const emptyPanel: PanelState = {
  state: { kind: "empty" },
  selected: null,
  marked: null,
  tab: "tokens",
  options: defaultStripOptions,
};

/** The state after `event`. Returns the same object when nothing changed. */
export function reduce(panel: PanelState, event: PanelEvent): PanelState {
  switch (event.kind) {
    case "show":
      return { ...panel, state: event.state, selected: keptSelection(panel, event.state), marked: null };
    case "append":
      return append(panel, event.delta);
    case "select":
      return select(panel, event.index);
    case "mark":
      return { ...panel, marked: validRange(panel.state, event.range) };
    case "open":
      return event.tab === panel.tab ? panel : { ...panel, tab: event.tab };
    case "options":
      return { ...panel, options: event.options };
    default:
      return event satisfies never;
  }
}

/** The strip's tokens; none where there is no strip. */
export function tokensOf(state: InspectorState): readonly (ScoredToken | GeneratedToken)[] {
  return state.kind === "scores" || state.kind === "completion" ? state.tokens : [];
}

/** What the page kept before it was reloaded; an empty panel when it is nothing of ours. */
export function readKept(kept: unknown): PanelState {
  if (!isRecord(kept) || !isRecord(kept.state)) return emptyPanel;
  const { state, selected } = kept;
  if (!looksLikeState(state)) return emptyPanel;
  const tab = tabIds.find((id) => id === kept.tab) ?? "tokens";
  const options = readStripOptions(kept.options);
  return select({ ...emptyPanel, state, tab, options }, typeof selected === "number" ? selected : null);
}

function append(panel: PanelState, { tokens, textDelta }: CompletionDelta): PanelState {
  const { state } = panel;
  if (state.kind !== "completion") return panel;
  return {
    ...panel,
    state: { ...state, tokens: [...state.tokens, ...tokens], text: state.text + textDelta },
  };
}

function select(panel: PanelState, index: number | null): PanelState {
  const valid = index === null || (Number.isInteger(index) && tokensOf(panel.state)[index] !== undefined);
  return valid && index !== panel.selected ? { ...panel, selected: index } : panel;
}

function validRange(state: InspectorState, range: TokenRange | null): TokenRange | null {
  if (range === null) return null;
  const start = Math.max(0, Math.floor(range.start));
  const end = Math.min(tokensOf(state).length, Math.ceil(range.end));
  return start < end ? { start, end } : null;
}

/** The same text shown again, longer or ended, keeps the chosen token. */
function keptSelection({ state, selected }: PanelState, next: InspectorState): number | null {
  if (selected === null || state.kind !== next.kind || !sameSource(state, next)) return null;
  const [before, after] = [tokensOf(state)[selected], tokensOf(next)[selected]];
  return before && after && before.id === after.id && before.start === after.start ? selected : null;
}

function sameSource(one: InspectorState, other: InspectorState): boolean {
  if (!("source" in one) || !("source" in other)) return false;
  return one.source.uri === other.source.uri && one.source.offset === other.source.offset;
}

const kinds: readonly unknown[] = [
  "empty",
  "loading",
  "scores",
  "completion",
  "comparison",
  "failed",
] satisfies InspectorState["kind"][];

/**
 * As deep as the view reads without asking: the page kept it itself, perhaps as an earlier version, and the host sends
 * its own state a moment later.
 */
function looksLikeState(value: unknown): value is InspectorState {
  if (!isRecord(value) || !kinds.includes(value.kind)) return false;
  if (value.kind === "empty") return true;
  if (typeof value.title !== "string") return false;
  if (value.kind === "loading") return typeof value.message === "string";
  if (value.kind === "comparison") return looksLikeComparison(value);
  return value.kind === "failed" ? looksLikeError(value.error) : looksLikeRun(value);
}

function looksLikeComparison({ a, b, alignment, heads, headsReason }: Record<string, unknown>): boolean {
  if (!looksLikeSide(a) || !looksLikeSide(b) || !Array.isArray(alignment)) return false;
  const aligned = alignment.every((run) => isRecord(run) && Array.isArray(run.a) && Array.isArray(run.b));
  const compared = heads === null || (isRecord(heads) && Array.isArray(heads.divergence));
  return aligned && compared && (headsReason === null || typeof headsReason === "string");
}

function looksLikeSide(side: unknown): boolean {
  if (!isRecord(side) || typeof side.label !== "string") return false;
  const { tokens, model, summary } = side;
  if (!Array.isArray(tokens) || !tokens.every(looksLikeToken)) return false;
  return isRecord(model) && typeof model.name === "string" && isRecord(summary);
}

function looksLikeRun({
  kind,
  tokens,
  model,
  source,
  summary,
  reference,
  segments,
  prompt,
  text,
  status,
}: Record<string, unknown>): boolean {
  if (!Array.isArray(tokens) || !tokens.every(looksLikeToken)) return false;
  if (!isRecord(model) || typeof model.name !== "string" || !isRecord(source)) return false;
  if (kind === "scores") return isRecord(summary) && isRecord(reference) && Array.isArray(segments);
  return isRecord(reference) && typeof prompt === "string" && typeof text === "string" && looksLikeStatus(status);
}

function looksLikeStatus(status: unknown): boolean {
  if (!isRecord(status)) return false;
  if (status.kind === "finished") return isRecord(status.result);
  return status.kind === "running" || (status.kind === "failed" && looksLikeError(status.error));
}

function looksLikeError(error: unknown): boolean {
  return isRecord(error) && typeof error.message === "string";
}

function looksLikeToken(value: unknown): boolean {
  if (!isRecord(value) || typeof value.text !== "string" || typeof value.id !== "number") return false;
  const { prediction } = value;
  return (
    prediction === null || (isRecord(prediction) && Array.isArray(prediction.top) && prediction.top.every(isRecord))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
