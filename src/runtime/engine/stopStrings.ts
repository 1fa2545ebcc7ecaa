/** Looks for stop strings in a text that comes in pieces. */

/** What became of a piece. */
export interface StopResult {
  /** Text that is certain: it neither is nor begins a stop string. */
  readonly text: string;
  /** Whether a stop string was found; the text before it has been given out. */
  readonly stopped: boolean;
}

/** Holds back what may be the beginning of a stop string. */
export class StopStrings {
  readonly #stops: readonly string[];
  #pending = "";

  /** Empty strings are ignored. */
  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== "");
  }

  /** Takes the next piece of text. */
  push(piece: string): StopResult {
    this.#pending += piece;
    const found = this.#stops.map((stop) => this.#pending.indexOf(stop)).filter((index) => index >= 0);
    if (found.length > 0) return { text: this.#take(Math.min(...found)), stopped: true };
    return { text: this.#take(this.#pending.length - this.#heldBack()), stopped: false };
  }

  /** What was held back, when no more text comes. */
  end(): string {
    return this.#take(this.#pending.length);
  }

  #take(length: number): string {
    const text = this.#pending.slice(0, length);
    this.#pending = this.#pending.slice(length);
    return text;
  }

  /** Length of the longest end of the text that begins a stop string. */
  #heldBack(): number {
    const longest = Math.max(0, ...this.#stops.map((stop) => stop.length - 1));
    for (let length = Math.min(longest, this.#pending.length); length > 0; length--) {
      const tail = this.#pending.slice(-length);
      if (this.#stops.some((stop) => stop.startsWith(tail))) return length;
    }
    return 0;
  }
}
