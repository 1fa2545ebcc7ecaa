/** Watches the folder of the model store, which other programs may change. Knows nothing of VS Code. */
import { type FSWatcher, statSync, watch } from "node:fs";
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
      const watched = fileNumber(folder);
      // A watcher stays with the folder that it began with, even when that is deleted and made anew.
      this.#watcher = watch(folder, { persistent: false }, () =>
        fileNumber(folder) === watched ? this.#later() : this.#lost(),
      );
      // The system has no watchers left: Refresh remains.
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

  /** Tells of the change: who hears it calls `follow` again. */
  #lost(): void {
    this.dispose();
    this.#later();
  }
}

/** What the file system calls a folder; undefined when it is not there. */
function fileNumber(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.ino;
}
