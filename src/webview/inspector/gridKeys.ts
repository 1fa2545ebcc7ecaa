/** Where a key leads in a grid of cells. Pure. */

/** A cell by its place on screen. */
export interface GridPlace {
  readonly row: number;
  readonly column: number;
}

/** A grid as the keys see it. */
export interface GridSize {
  readonly rows: number;
  readonly columns: number;
  /** Columns to move by Page Up and Page Down: what is in sight of a wide grid. */
  readonly page: number;
}

/** A key press. */
export interface GridKey {
  readonly key: string;
  readonly ctrlKey: boolean;
}

/**
 * The cell that `key` leads to; null when it is not a key of grids. Arrows move by one, Home and End to the ends of the row, with Ctrl to
 * the first and last cell, Page Up and Page Down by a screenful of columns, for these grids are wide.
 */
export function gridTarget({ key, ctrlKey }: GridKey, from: GridPlace, size: GridSize): GridPlace | null {
  const [bottom, right] = [size.rows - 1, size.columns - 1];
  const { row, column } = from;
  switch (key) {
    case "ArrowLeft":
      return { row, column: Math.max(0, column - 1) };
    case "ArrowRight":
      return { row, column: Math.min(right, column + 1) };
    case "ArrowUp":
      return { row: Math.max(0, row - 1), column };
    case "ArrowDown":
      return { row: Math.min(bottom, row + 1), column };
    case "Home":
      return { row: ctrlKey ? 0 : row, column: 0 };
    case "End":
      return { row: ctrlKey ? bottom : row, column: right };
    case "PageUp":
      return { row, column: Math.max(0, column - size.page) };
    case "PageDown":
      return { row, column: Math.min(right, column + size.page) };
    default:
      return null;
  }
}
