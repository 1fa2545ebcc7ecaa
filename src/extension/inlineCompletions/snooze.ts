/** A pause of suggestions. Knows nothing of VS Code. */
import type { Clock } from "../clock";
import { type Disposable, Emitter, type Event } from "../emitter";

/** Longest pause, minutes. */
export const longestSnooze = 1440;

/** Ends by itself, or when it is resumed. */
export class Snooze implements Disposable {
  readonly #changed = new Emitter<void>();
  #end: number | undefined;
  #timer: Disposable | undefined;

  constructor(private readonly clock: Clock) {}

  /** Whether it is on. */
  get active(): boolean {
    return this.#end !== undefined;
  }

  /** Whole minutes left, at least 1; 0 when it is not on. */
  get minutesLeft(): number {
    return this.#end === undefined ? 0 : Math.max(1, Math.ceil((this.#end - this.clock.now()) / 60_000));
  }

  /** Fires when it begins and when it ends. */
  get onDidChange(): Event<void> {
    return this.#changed.event;
  }

  /** Begins, or begins anew. */
  start(minutes: number): void {
    this.#timer?.dispose();
    this.#end = this.clock.now() + minutes * 60_000;
    this.#timer = this.clock.after(minutes * 60_000, () => this.resume());
    this.#changed.fire();
  }

  /** Ends. */
  resume(): void {
    if (!this.active) return;
    this.dispose();
    this.#changed.fire();
  }

  /** Ends silently. */
  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    this.#end = undefined;
  }
}

/** Minutes as typed; undefined unless it is a whole number from 1 to `longestSnooze`. */
export function parseMinutes(text: string): number | undefined {
  const minutes = /^\s*\d{1,4}\s*$/.test(text) ? Number(text) : 0;
  return minutes >= 1 && minutes <= longestSnooze ? minutes : undefined;
}
