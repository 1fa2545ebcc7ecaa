/** Which part of a map is in sight, and how large: zoom, pan, hit test. Pure. */

/** What is in sight. Rows and columns are counted in the map, from 0. */
export interface Viewport {
  /** Side of a cell, CSS pixels. */
  readonly cell: number;
  /** At the upper left corner of the plot; may lie between two. */
  readonly row: number;
  readonly column: number;
}

/** The map and the room there is for it with its labels, CSS pixels. */
export interface MapShape {
  readonly rows: number;
  readonly columns: number;
  readonly width: number;
  readonly height: number;
}

/** A cell of the map. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** From this side on, rows and columns are labelled with their tokens. */
export const labelledCell = 12;

const largestCell = 56;

/** Room for the labels at the left and on top: tokens when zoomed in, numbers else. */
export function gutter(cell: number): { readonly left: number; readonly top: number } {
  return cell >= labelledCell ? { left: 84, top: 76 } : { left: 40, top: 22 };
}

/** The whole map in sight. */
export function fitView(shape: MapShape): Viewport {
  const within = (cell: number) => {
    const { left, top } = gutter(cell);
    return Math.max(0.01, Math.min((shape.width - left) / shape.columns, (shape.height - top) / shape.rows));
  };
  const plain = within(0);
  // Labels take room: a map that has large cells without them may have small ones with them.
  const cell = plain < labelledCell ? plain : Math.max(within(labelledCell), Math.min(plain, labelledCell - 0.01));
  return { cell: Math.min(largestCell, cell), row: 0, column: 0 };
}

/** Larger or smaller by `factor`; what is at (x, y) stays there. */
export function zoomAt(view: Viewport, shape: MapShape, factor: number, x: number, y: number): Viewport {
  const smallest = fitView(shape).cell;
  const cell = Math.max(smallest, Math.min(Math.max(largestCell, smallest), view.cell * factor));
  const [before, after] = [gutter(view.cell), gutter(cell)];
  const column = view.column + (x - before.left) / view.cell;
  const row = view.row + (y - before.top) / view.cell;
  return bounded({ cell, column: column - (x - after.left) / cell, row: row - (y - after.top) / cell }, shape);
}

/** Moved by so many pixels: positive shows what is further right and below. */
export function panBy(view: Viewport, shape: MapShape, dx: number, dy: number): Viewport {
  return bounded({ ...view, column: view.column + dx / view.cell, row: view.row + dy / view.cell }, shape);
}

/** Moved no further than that the cell is in sight. */
export function reveal(view: Viewport, shape: MapShape, { row, column }: Cell): Viewport {
  const [columns, rows] = inSight(view, shape);
  const into = (from: number, count: number, at: number) =>
    at < from ? at : at + 1 > from + count ? at + 1 - count : from;
  return bounded({ ...view, column: into(view.column, columns, column), row: into(view.row, rows, row) }, shape);
}

/** The cell at (x, y); null beside the map. */
export function cellAt(view: Viewport, shape: MapShape, x: number, y: number): Cell | null {
  const { left, top } = gutter(view.cell);
  if (x < left || y < top) return null;
  const column = Math.floor(view.column + (x - left) / view.cell);
  const row = Math.floor(view.row + (y - top) / view.cell);
  return row < shape.rows && column < shape.columns ? { row, column } : null;
}

/** Rows and columns of which some part is in sight: first, and one past the last. */
export function visibleCells(
  view: Viewport,
  shape: MapShape,
): Readonly<Record<"rows" | "columns", readonly [number, number]>> {
  const [columns, rows] = inSight(view, shape);
  const range = (from: number, count: number, all: number): readonly [number, number] => [
    Math.max(0, Math.floor(from)),
    Math.min(all, Math.ceil(from + count)),
  ];
  return { rows: range(view.row, rows, shape.rows), columns: range(view.column, columns, shape.columns) };
}

/** The coarsest level of the pyramid (0 is the cells) whose numbers are not larger than a pixel of the screen. */
export function levelFor(cell: number, pixelRatio: number, levels: number): number {
  const wanted = Math.ceil(Math.log2(1 / (cell * pixelRatio)) - 1e-9);
  return Math.max(0, Math.min(levels - 1, wanted));
}

/** Columns and rows that fit in the plot, with fractions. */
function inSight({ cell }: Viewport, { width, height }: MapShape): readonly [number, number] {
  const { left, top } = gutter(cell);
  return [(width - left) / cell, (height - top) / cell];
}

function bounded(view: Viewport, shape: MapShape): Viewport {
  const [columns, rows] = inSight(view, shape);
  return {
    cell: view.cell,
    column: Math.max(0, Math.min(view.column, shape.columns - columns)),
    row: Math.max(0, Math.min(view.row, shape.rows - rows)),
  };
}
