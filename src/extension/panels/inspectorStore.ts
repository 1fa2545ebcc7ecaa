/** The inspector's state, owned by the host, and its way to the panel. Knows nothing of VS Code. */
import type { CompletionDelta, InspectorState } from "../../runtime/panelProtocol";
import type { GeneratedToken } from "../../runtime/protocol";
import type { Clock } from "../clock";
import { type Disposable, Emitter, type Event } from "../emitter";

/** The panel's side: what can be sent to it while it is shown. */
export interface InspectorView {
  show(state: InspectorState): void;
  append(delta: CompletionDelta): void;
}

/** Tokens of a stream are sent together at most this often, milliseconds. */
export const deltaIntervalMs = 30;

/** Holds the state; sends it whole when the panel can see it anew, and a stream's tokens in batches. */
export class InspectorStore {
  readonly #shown = new Emitter<InspectorState>();
  #state: InspectorState = { kind: "empty" };
  #view: InspectorView | undefined;
  #pending: { tokens: GeneratedToken[]; textDelta: string } | undefined;
  #timer: Disposable | undefined;

  constructor(private readonly clock: Clock) {}

  /** The whole state, streamed tokens included. */
  get state(): InspectorState {
    return withDelta(this.#state, this.#pending);
  }

  /** Fires when the state was replaced; not for what a stream appends. */
  get onDidShow(): Event<InspectorState> {
    return this.#shown.event;
  }

  /** Replaces the state. */
  show(state: InspectorState): void {
    this.#dropPending();
    this.#state = state;
    this.#view?.show(state);
    this.#shown.fire(state);
  }

  /** Appends to the completion being shown. */
  append({ tokens, textDelta }: CompletionDelta): void {
    this.#pending ??= { tokens: [], textDelta: "" };
    this.#pending.tokens.push(...tokens);
    this.#pending.textDelta += textDelta;
    this.#timer ??= this.clock.after(deltaIntervalMs, () => this.#flush());
  }

  /** The panel is shown and listens: it gets the whole state now, and what changes from here on. */
  attach(view: InspectorView): void {
    this.#merge();
    this.#view = view;
    view.show(this.#state);
  }

  /** The panel is hidden or gone: nothing is sent until it is attached again. */
  detach(): void {
    this.#view = undefined;
  }

  #flush(): void {
    const delta = this.#merge();
    if (delta) this.#view?.append(delta);
  }

  /** Moves the pending tokens into the state, and returns them. */
  #merge(): CompletionDelta | undefined {
    const delta = this.#pending;
    this.#state = this.state;
    this.#dropPending();
    return delta;
  }

  #dropPending(): void {
    this.#pending = undefined;
    this.#timer?.dispose();
    this.#timer = undefined;
  }
}

function withDelta(state: InspectorState, delta: CompletionDelta | undefined): InspectorState {
  if (!delta || state.kind !== "completion") return state;
  return { ...state, text: state.text + delta.textDelta, tokens: [...state.tokens, ...delta.tokens] };
}
