/** How long a comparison has taken, and how long it will: the plan's times, corrected by what units really took. */
import type { ComparisonCost, ComparisonPlan } from "../comparisonRecord";

/** Milliseconds that a unit of each arm is planned to take. */
export type UnitTimes = (arm: number) => number;

/** Times of a unit by the plan. */
export function plannedTimes({ arms }: Pick<ComparisonPlan, "arms">): UnitTimes {
  return (arm) => {
    const { ms = 0, units = 0 } = arms[arm] ?? {};
    return units > 0 ? ms / units : 0;
  };
}

/** The clock of a run. */
export class ComparisonClock {
  readonly #began = performance.now();
  readonly #before: ComparisonCost;
  readonly #times: UnitTimes;
  #peakBytes: number;
  /** Of the units that were run by this clock: what they took, and what they were planned to take. */
  #taken = 0;
  #planned = 0;

  /** @param before what earlier processes took. */
  constructor(before: ComparisonCost, times: UnitTimes) {
    this.#before = before;
    this.#peakBytes = before.peakBytes;
    this.#times = times;
  }

  /** A unit was run. */
  ran(arm: number, ms: number, peakBytes: number): void {
    this.#taken += ms;
    this.#planned += this.#times(arm);
    this.#peakBytes = Math.max(this.#peakBytes, peakBytes);
  }

  /** So far, with what earlier processes took. */
  get cost(): ComparisonCost {
    return { ms: this.#before.ms + performance.now() - this.#began, peakBytes: this.#peakBytes };
  }

  /** Milliseconds that units of these arms will take; null while nothing is known of it. */
  leftMs(arms: readonly number[]): number | null {
    const planned = arms.reduce((sum, arm) => sum + this.#times(arm), 0);
    if (arms.length > 0 && planned === 0) return null;
    return this.#planned > 0 ? planned * (this.#taken / this.#planned) : planned;
  }
}
