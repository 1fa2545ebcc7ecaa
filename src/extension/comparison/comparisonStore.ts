/** What the comparison panel shows, on its way to it. Knows nothing of VS Code. */
import type { ComparisonPanelState } from "../../runtime/comparisonPanelProtocol";
import type { Clock } from "../clock";
import type { Disposable } from "../emitter";

/** The panel's side: what can be sent to it while it is shown. */
export interface ComparisonView {
  show(state: ComparisonPanelState): void;
}

/** What changes is sent at most this often, milliseconds. */
export const flushIntervalMs = 200;

/** Sends the state when the panel can see it anew, and afterwards when it changes. */
export class ComparisonStore {
  #view: ComparisonView | null = null;
  #timer: Disposable | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly state: () => ComparisonPanelState,
  ) {}

  /** Something else is shown: tells it at once. */
  show(): void {
    this.#timer?.dispose();
    this.#timer = null;
    this.#view?.show(this.state());
  }

  /** Something changed: tells it soon. */
  changed(): void {
    if (this.#view) this.#timer ??= this.clock.after(flushIntervalMs, () => this.show());
  }

  /** The panel is shown and listens: it gets everything, and what changes from here on. */
  attach(view: ComparisonView): void {
    this.#view = view;
    this.show();
  }

  /** The panel is hidden or gone: nothing is sent until it is attached again. */
  detach(): void {
    this.#view = null;
    this.#timer?.dispose();
    this.#timer = null;
  }
}
