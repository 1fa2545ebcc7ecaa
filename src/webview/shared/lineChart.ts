/** What a line chart is made of: curves as paths, thinned to what a screen can show. Pure. */
import type { Axis } from "./chartScale";

/** A curve. A place whose `y` is no number parts it. */
export interface Series {
  readonly id: string;
  readonly name: string;
  /** Number of its colour and its dashes, from 1. */
  readonly look: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Whether single values are marked: where there are few of them. */
  readonly marked?: boolean;
  /** Drawn thin, behind the others. */
  readonly faint?: boolean;
}

/** The inside of a chart, in pixels of the picture. */
export interface PlotArea {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A curve as the `d` of a path; empty when it has no value. Of places that share a column of pixels the lowest and the highest stay. */
export function linePath({ x, y }: Pick<Series, "x" | "y">, across: Axis, up: Axis, area: PlotArea): string {
  const path = new Path();
  let column: Column | null = null;
  for (const [i, value] of y.entries()) {
    const px = area.left + across.place(x[i] ?? Number.NaN) * area.width;
    const py = area.top + (1 - up.place(value)) * area.height;
    if (!Number.isFinite(px) || !Number.isFinite(py)) {
      if (column) path.column(column);
      column = null;
      path.lift();
    } else if (column && Math.floor(px) === column.at) {
      column.low = Math.min(column.low, py);
      column.high = Math.max(column.high, py);
      column.last = py;
    } else {
      if (column) path.column(column);
      column = { at: Math.floor(px), x: px, first: py, low: py, high: py, last: py };
    }
  }
  if (column) path.column(column);
  return path.text;
}

interface Column {
  readonly at: number;
  readonly x: number;
  readonly first: number;
  low: number;
  high: number;
  last: number;
}

class Path {
  text = "";
  #down = false;

  lift(): void {
    this.#down = false;
  }

  column({ x, first, low, high, last }: Column): void {
    this.#to(x, first);
    if (low < first || high > first) {
      this.#to(x, low);
      this.#to(x, high);
      this.#to(x, last);
    }
  }

  #to(x: number, y: number): void {
    this.text += `${this.#down ? "L" : "M"}${short(x)} ${short(y)}`;
    this.#down = true;
  }
}

/** Place in `x` that is nearest to `value`; −1 without places. `x` ascends. */
export function nearest(x: readonly number[], value: number): number {
  let [low, high] = [0, x.length - 1];
  if (high < 0) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  return Math.abs((x[low] ?? 0) - value) <= Math.abs((x[high] ?? 0) - value) ? low : high;
}

/**
 * Exponential moving average whose weights sum to one from the first value on (Kingma & Ba 2015 §3); `share` of it is what was before.
 * What is no number is left out.
 */
export function smoothed(values: readonly number[], share: number): number[] {
  let [sum, weight] = [0, 0];
  return values.map((value) => {
    if (!Number.isFinite(value)) return Number.NaN;
    sum = share * sum + (1 - share) * value;
    weight = share * weight + (1 - share);
    return sum / weight;
  });
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}
