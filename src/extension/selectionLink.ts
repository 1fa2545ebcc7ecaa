/** Ties the selection in an editor to the tokens in the inspector, both ways. Knows nothing of VS Code. */
import type { InspectorState, TextSource, TokenRange } from "../runtime/panelProtocol";
import type { Clock } from "./clock";
import type { Gravity } from "./documentEdits";
import type { Disposable, Event } from "./emitter";
import type { Stretch } from "./surprisal/ranges";

/** What the user selected in an editor; nothing when start and end are the same. */
export interface EditorSelection extends Stretch {
  /** Address of the document. */
  readonly uri: string;
}

/** The editors' side. */
export interface EditorSide {
  readonly onDidSelect: Event<EditorSelection>;
  /** Marks a stretch where its document is shown, and scrolls there; null marks nothing. Neither selects nor takes the focus. */
  mark(stretch: EditorSelection | null): void;
}

/** The panel's side. */
export interface PanelSide {
  /** Only for what the user chooses there. */
  readonly onDidChooseToken: Event<number>;
  selectTokens(range: TokenRange | null): void;
}

/** What ties them. */
export interface SelectionLinkOptions {
  readonly editors: EditorSide;
  readonly panel: PanelSide;
  readonly store: { readonly state: InspectorState; readonly onDidShow: Event<InspectorState> };
  readonly tracker: { map(source: TextSource, offset: number, gravity: Gravity): number };
  /** Where a token of the state stands in its document, for states of any kind; empty where it does not. */
  readonly stretchOf: (index: number) => EditorSelection | undefined;
  readonly clock: Clock;
}

/** How long a selection must rest, milliseconds: while one drags it changes with every character. */
const restMs = 60;

/**
 * A selection in the document that the inspector shows marks its tokens there; a token chosen there is marked in the document. Neither
 * mark is a choice, so that nothing comes back.
 */
export class SelectionLink implements Disposable {
  readonly #subscriptions: readonly Disposable[];
  #timer: Disposable | undefined;
  #marksTokens = false;
  #marksText = false;

  constructor(private readonly options: SelectionLinkOptions) {
    const { editors, panel, store } = options;
    this.#subscriptions = [
      editors.onDidSelect((selection) => this.#selected(selection)),
      panel.onDidChooseToken((index) => this.#chosen(index)),
      store.onDidShow(() => this.#clear()),
    ];
  }

  dispose(): void {
    this.#timer?.dispose();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #selected(selection: EditorSelection): void {
    const { state } = this.options.store;
    if (state.kind !== "scores" || state.source.uri !== selection.uri) return;
    this.#timer?.dispose();
    this.#timer = this.options.clock.after(restMs, () => this.#markTokens(selection));
  }

  #markTokens(selection: EditorSelection): void {
    const { panel, store, tracker } = this.options;
    const { state } = store;
    if (state.kind !== "scores" || state.source.uri !== selection.uri) return;
    const { source, tokens, documentLength = Number.POSITIVE_INFINITY } = state;
    const now = (offset: number, gravity: Gravity) => tracker.map(source, source.offset + offset, gravity);
    // Tokens of a completion that was not inserted stand in no document.
    const count = firstWhere(tokens.length, (index) => (tokens[index]?.start ?? 0) >= documentLength);
    const range = tokensIn(selection, count, {
      start: (index) => now(tokens[index]?.start ?? 0, "after"),
      end: (index) => now(tokens[index]?.end ?? 0, "before"),
    });
    if (range || this.#marksTokens) panel.selectTokens(range);
    this.#marksTokens = range !== null;
    // What is selected now is what the user looks at.
    this.#markText(null);
  }

  #chosen(index: number): void {
    const stretch = this.options.stretchOf(index);
    this.#markText(stretch && stretch.end > stretch.start ? stretch : null);
  }

  /** The inspector shows something else, and has no mark. */
  #clear(): void {
    this.#timer?.dispose();
    this.#marksTokens = false;
    this.#markText(null);
  }

  #markText(stretch: EditorSelection | null): void {
    if (stretch || this.#marksText) this.options.editors.mark(stretch);
    this.#marksText = stretch !== null;
  }
}

/**
 * The tokens of which something is selected; null when there is none. `place` gives the edges of `count` tokens, whose starts and ends
 * never go back from one token to the next.
 */
export function tokensIn(
  { start, end }: Stretch,
  count: number,
  place: { readonly start: (index: number) => number; readonly end: (index: number) => number },
): TokenRange | null {
  const first = firstWhere(count, (index) => place.end(index) > start);
  const behind = firstWhere(count, (index) => place.start(index) >= end);
  return end > start && first < behind ? { start: first, end: behind } : null;
}

/** The first index from which on `holds` is true; `count` when it never is. */
function firstWhere(count: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
