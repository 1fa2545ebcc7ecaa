/** What keys do on a heat map. Pure. */
import type { Cell } from "./viewport";

/** What a key asks for. */
export type MapAction =
  | { readonly kind: "move"; readonly cell: Cell }
  | { readonly kind: "pan"; readonly dx: number; readonly dy: number }
  | { readonly kind: "zoom"; readonly closer: boolean }
  | { readonly kind: "fit" }
  | { readonly kind: "choose"; readonly token: number };

/** The map as the keys see it. */
export interface KeyedMap {
  readonly first: number;
  readonly rows: number;
  readonly columns: number;
  /** Rows to move by Page Up and Page Down. */
  readonly page: number;
}

/** A key press. */
export interface MapKey {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
}

/** Pixels that Shift and an arrow key move the map. */
const panStep = 48;

const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** What `key` does when the keyboard is at `cell`; null when it is not a key of the map. */
export function mapKey({ key, shiftKey, ctrlKey }: MapKey, cell: Cell, map: KeyedMap): MapAction | null {
  const arrow = arrows[key];
  if (arrow) {
    const [down, right] = arrow;
    if (shiftKey) return { kind: "pan", dx: right * panStep, dy: down * panStep };
    return move(cell, down, right, map);
  }
  switch (key) {
    case "+":
    case "=":
      return { kind: "zoom", closer: true };
    case "-":
    case "−":
      return { kind: "zoom", closer: false };
    case "0":
      return { kind: "fit" };
    case "Enter":
      return { kind: "choose", token: shiftKey ? cell.column : map.first + cell.row };
    case "PageUp":
      return move(cell, -map.page, 0, map);
    case "PageDown":
      return move(cell, map.page, 0, map);
    case "Home":
      return move(cell, ctrlKey ? -map.rows : 0, -map.columns, map);
    case "End":
      // The last key that the query sees: itself.
      return ctrlKey ? move(cell, map.rows, map.columns, map) : move(cell, 0, map.first + cell.row - cell.column, map);
    default:
      return null;
  }
}

function move({ row, column }: Cell, down: number, right: number, { rows, columns }: KeyedMap): MapAction {
  const within = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
  return { kind: "move", cell: { row: within(row + down, rows), column: within(column + right, columns) } };
}
