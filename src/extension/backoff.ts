import type { Clock } from "./clock";

/** When to wait, and for how long, before a crashed process is started again. Milliseconds. */
export interface BackoffTimes {
  /** The first restart that waits waits this long; each further one twice as long. */
  readonly firstMs: number;
  readonly maxMs: number;
  /** A process that lived this long was healthy: its crash counts as the first. */
  readonly healthyMs: number;
}

/** At once after the first crash, then 0.5 s, 1 s, 2 s … 30 s. */
export const defaultBackoff: BackoffTimes = { firstMs: 500, maxMs: 30_000, healthyMs: 60_000 };

/** Exponential back-off over crashes in a row. */
export class Backoff {
  #crashes = 0;
  #startedAt = 0;

  constructor(
    private readonly clock: Clock,
    private readonly times: BackoffTimes = defaultBackoff,
  ) {}

  /** Milliseconds to wait before the next start. */
  get delayMs(): number {
    if (this.#crashes < 2) return 0;
    return Math.min(this.times.firstMs * 2 ** (this.#crashes - 2), this.times.maxMs);
  }

  /** The process was started. */
  started(): void {
    this.#startedAt = this.clock.now();
  }

  /** The process ended unasked. */
  crashed(): void {
    const healthy = this.clock.now() - this.#startedAt >= this.times.healthyMs;
    this.#crashes = healthy ? 1 : this.#crashes + 1;
  }

  /** It did what was asked, or the user wants it anew: forget the crashes. */
  reset(): void {
    this.#crashes = 0;
  }
}
