/** Who computes next. A pass blocks the process' thread, so that requests take turns, one pass each. */
import { CancelledError } from "../errors";
import type { Priority } from "../protocol";

/** What a request says of its passes. */
export interface Turn {
  readonly signal: AbortSignal;
  /** `normal` if absent. */
  readonly priority?: Priority | undefined;
}

interface Waiting {
  readonly rank: number;
  /** Passes of others that went before it. */
  passedOver: number;
  readonly start: () => void;
}

const ranks: { readonly [P in Priority]: number } = { interactive: 0, normal: 1, batch: 2 };

/** After so many passes of others, a request's pass goes first whatever its priority: none waits for ever. */
const mostPassedOver = 32;

/** Requests' passes, one at a time: the most urgent first, of equals the one that waits longest. */
export class PassQueue {
  readonly #waiting: Waiting[] = [];
  #running = false;

  /** Runs `work` when it is its turn. Throws `CancelledError` when the signal aborts before that. */
  async run<T>({ signal, priority = "normal" }: Turn, work: () => Promise<T>): Promise<T> {
    await this.#turn(signal, ranks[priority]);
    try {
      return await work();
    } finally {
      // Messages come in first: one may cancel who waits, or be more urgent.
      setImmediate(() => {
        this.#running = false;
        this.#next();
      });
    }
  }

  #turn(signal: AbortSignal, rank: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(new CancelledError("cancelled"));
      const waiting: Waiting = { rank, passedOver: 0, start: () => begin() };
      const cancel = () => {
        const at = this.#waiting.indexOf(waiting);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(new CancelledError("cancelled"));
      };
      const begin = () => {
        signal.removeEventListener("abort", cancel);
        resolve();
      };
      signal.addEventListener("abort", cancel, { once: true });
      this.#waiting.push(waiting);
      this.#next();
    });
  }

  #next(): void {
    if (this.#running) return;
    const first = this.#first();
    if (!first) return;
    this.#waiting.splice(this.#waiting.indexOf(first), 1);
    for (const waiting of this.#waiting) waiting.passedOver++;
    this.#running = true;
    first.start();
  }

  #first(): Waiting | undefined {
    const starved = this.#waiting.find(({ passedOver }) => passedOver >= mostPassedOver);
    if (starved) return starved;
    return this.#waiting.reduce<Waiting | undefined>(
      (best, waiting) => (best && best.rank <= waiting.rank ? best : waiting),
      undefined,
    );
  }
}

/** The process' own. */
export const passes = new PassQueue();
