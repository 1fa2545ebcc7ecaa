import type { Disposable } from "./emitter";

/** Time, so that tests can hold it. */
export interface Clock {
  /** Milliseconds, never going back. */
  now(): number;
  /** Calls `action` once after `ms` milliseconds, unless disposed before. */
  after(ms: number, action: () => void): Disposable;
}

/** The real one. Its timers keep no process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    timer.unref();
    return { dispose: () => clearTimeout(timer) };
  },
};
