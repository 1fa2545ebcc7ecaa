/** One run at a time per panel: the newest wins. Knows nothing of VS Code. */
import type { CompletionDelta, InspectorState } from "../runtime/panelProtocol";
import { Emitter, type Event } from "./emitter";
import type { InspectorStore } from "./panels/inspectorStore";

/** A run's hold on the inspector. Once a newer run began, or the panel was closed, what it shows goes nowhere. */
export interface InspectorRun {
  /** Aborted by Stop, by a newer run, and when the panel is closed. */
  readonly signal: AbortSignal;
  /** What the inspector shows now. */
  readonly state: InspectorState;
  show(state: InspectorState): void;
  append(delta: CompletionDelta): void;
}

/** Starts and stops the runs of one inspector. */
export class Runs {
  readonly #changed = new Emitter<boolean>();
  #current: AbortController | undefined;

  constructor(private readonly store: InspectorStore) {}

  /** Whether a run is under way. */
  get running(): boolean {
    return this.#current !== undefined;
  }

  /** Fires when `running` changes. */
  get onDidChangeRunning(): Event<boolean> {
    return this.#changed.event;
  }

  /** Aborts the run under way, if any, and starts `work`. Resolves or rejects as `work` does. */
  async start<T>(work: (run: InspectorRun) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#replace(controller);
    try {
      return await work(this.#run(controller));
    } finally {
      if (this.#current === controller) this.#replace(undefined);
    }
  }

  /** Aborts the run under way; it still shows how far it came. */
  stop(): void {
    this.#current?.abort();
  }

  /** Aborts the run under way and ignores what it still has to show: its panel is gone. */
  abandon(): void {
    this.#replace(undefined);
  }

  #run(controller: AbortController): InspectorRun {
    const current = () => this.#current === controller;
    const { store } = this;
    return {
      signal: controller.signal,
      get state() {
        return store.state;
      },
      show: (state) => {
        if (current()) store.show(state);
      },
      append: (delta) => {
        if (current()) store.append(delta);
      },
    };
  }

  #replace(next: AbortController | undefined): void {
    const before = this.running;
    this.#current?.abort();
    this.#current = next;
    if (this.running !== before) this.#changed.fire(this.running);
  }
}
