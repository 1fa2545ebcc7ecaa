/** Where a key leads in the strip. Pure: the geometry is asked for. */

/** Where a token stands, pixels. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The strip as the keys see it. */
export interface StripGeometry {
  readonly count: number;
  /** Of the token's first line, where it is broken. */
  boxOf(index: number): Box;
  /** Pixels to move by Page Up and Page Down. */
  readonly pageHeight: number;
}

/** A key press. */
export interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
}

/** Index of the token that `key` leads to from `from`; null when it is not a key of the strip. `column` is the x to stay near. */
export function keyTarget(key: Key, from: number, column: number, strip: StripGeometry): number | null {
  const last = strip.count - 1;
  switch (key.key) {
    case "ArrowLeft":
      return Math.max(0, from - 1);
    case "ArrowRight":
      return Math.min(last, from + 1);
    case "Home":
      return key.ctrlKey ? 0 : lineEdge(strip, from, -1);
    case "End":
      return key.ctrlKey ? last : lineEdge(strip, from, 1);
    case "ArrowUp":
      return nextLine(strip, from, -1, column, 0);
    case "ArrowDown":
      return nextLine(strip, from, 1, column, 0);
    case "PageUp":
      return nextLine(strip, from, -1, column, strip.pageHeight);
    case "PageDown":
      return nextLine(strip, from, 1, column, strip.pageHeight);
    default:
      return null;
  }
}

/** Keys that keep the column. */
export function isVertical(key: string): boolean {
  return key === "ArrowUp" || key === "ArrowDown" || key === "PageUp" || key === "PageDown";
}

type Direction = -1 | 1;

function lineEdge(strip: StripGeometry, from: number, direction: Direction): number {
  const box = strip.boxOf(from);
  let index = from;
  while (inside(strip, index + direction) && sameLine(box, strip.boxOf(index + direction))) index += direction;
  return index;
}

/** The token nearest to `column` on the first line more than `distance` away; at the end of the strip, its last line. */
function nextLine(strip: StripGeometry, from: number, direction: Direction, column: number, distance: number): number {
  const origin = strip.boxOf(from);
  let index = from;
  let line = origin;
  while (inside(strip, index + direction)) {
    const box = strip.boxOf(index + direction);
    if (!sameLine(line, box)) {
      if (!sameLine(line, origin) && Math.abs(box.top - origin.top) > distance) break;
      line = box;
    }
    index += direction;
    if (distance === 0 && !sameLine(line, origin)) break;
  }
  return sameLine(line, origin) ? from : nearestOnLine(strip, index, column);
}

/** Of the line that `index` is on, the token nearest to `column`. */
function nearestOnLine(strip: StripGeometry, index: number, column: number): number {
  const line = strip.boxOf(index);
  let best = index;
  for (const direction of [-1, 1] as const) {
    for (let at = index; inside(strip, at) && sameLine(line, strip.boxOf(at)); at += direction) {
      if (away(strip.boxOf(at), column) < away(strip.boxOf(best), column)) best = at;
    }
  }
  return best;
}

function away({ left, right }: Box, column: number): number {
  return Math.max(0, left - column, column - right);
}

function sameLine(one: Box, other: Box): boolean {
  return one.top < other.bottom && other.top < one.bottom;
}

function inside(strip: StripGeometry, index: number): boolean {
  return index >= 0 && index < strip.count;
}
