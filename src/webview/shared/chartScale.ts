/** Scales of line charts: round numbers along an axis, and places between its ends. Pure. */

/** An axis: its ends, its ticks, and where a value stands, 0 to 1. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  place(value: number): number;
}

/** An axis of about `count` round ticks over all `values` that are numbers. `zero` begins at 0 where no value is below. */
export function linearAxis(values: Iterable<number>, count: number, zero = false): Axis {
  const [low, high] = extent(values);
  const from = zero && low > 0 ? 0 : low;
  const to = high > from ? high : from + (Math.abs(from) || 1);
  const step = roundStep((to - from) / Math.max(1, count));
  const [first, last] = [Math.floor(from / step + 1e-9), Math.ceil(to / step - 1e-9)];
  // Of whole multiples of the step, so that 0.1 + 0.2 stays 0.3.
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => rounded((first + i) * step));
  return axis(rounded(first * step), rounded(last * step), ticks, (value) => value);
}

/** An axis of powers of ten, and of twos and fives between them where they are few. Values of 0 and below have no place. */
export function logAxis(values: Iterable<number>): Axis {
  const [low, high] = extent(positive(values));
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high) + 1e-9)];
  const parts = last - first > 3 ? [1] : [1, 2, 5];
  const all = Array.from({ length: last - first + 1 }, (_, i) => parts.map((part) => part * 10 ** (first + i))).flat();
  const from = all.findLast((tick) => tick <= low) ?? low;
  const to = all.find((tick) => tick >= high && tick > from) ?? high;
  const ticks = all.filter((tick) => tick >= from && tick <= to).map(rounded);
  return axis(from, to, ticks, (value) => Math.log10(value));
}

/** 1, 2 or 5 times a power of ten, not below `step`. */
export function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const found = [1, 2, 5].find((part) => part * power >= step * (1 - 1e-9));
  return (found ?? 10) * power;
}

function axis(from: number, to: number, ticks: readonly number[], scale: (value: number) => number): Axis {
  const [low, high] = [scale(from), scale(to)];
  return { from, to, ticks, place: (value) => (scale(value) - low) / (high - low) };
}

function extent(values: Iterable<number>): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 1];
}

function* positive(values: Iterable<number>): Iterable<number> {
  for (const value of values) if (value > 0) yield value;
}

function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
