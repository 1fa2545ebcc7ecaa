/** Events for the modules that run without VS Code; shaped like VS Code's own, so that the two mix. */

/** Something to let go of. */
export interface Disposable {
  dispose(): void;
}

/** Calls `listener` on every event until the returned handle is disposed. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/** A source of events. Listeners are called in the order they came. */
export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<(value: T) => void>();

  /** Subscribes. */
  readonly event: Event<T> = (listener) => {
    // A wrapper of its own, so that the same function may subscribe twice.
    const entry = (value: T) => listener(value);
    this.#listeners.add(entry);
    return { dispose: () => this.#listeners.delete(entry) };
  };

  /** Calls every listener. */
  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  /** Forgets every listener. */
  dispose(): void {
    this.#listeners.clear();
  }
}
