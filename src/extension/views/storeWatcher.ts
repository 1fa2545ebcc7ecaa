/** Watches the folder of the model store, which other programs may change. Knows nothing of VS Code. */
import { type FSWatcher, watch } from "node:fs";
import type { Clock } from "../clock";
import type { Disposable } from "../emitter";

/** Changes come in bursts; the listener is called once they have paused this long, milliseconds. */
const quietMs = 400;

/** Calls its listener when an entry of the folder came, went or changed. */
export class StoreWatcher implements Disposable {
  #watcher: FSWatcher | undefined;
  #folder: string | undefined;
  #timer: Disposable | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly changed: () => void,
  ) {}

  /** Watches `folder` from now on, and no other. One that is not there yet is not watched: call again once it may be. */
  follow(folder: string): void {
    if (this.#watcher && this.#folder === folder) return;
    this.dispose();
    this.#folder = folder;
    try {
      this.#watcher = watch(folder, { persistent: false }, () => this.#later());
      // Its folder was deleted, or the system has no watchers left: Refresh remains.
      this.#watcher.on("error", () => this.#lost());
    } catch {
      this.#watcher = undefined; // not there yet
    }
  }

  /** Watches nothing any more. */
  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #later(): void {
    this.#timer?.dispose();
    this.#timer = this.clock.after(quietMs, this.changed);
  }

  #lost(): void {
    this.dispose();
    this.#later();
  }
}
