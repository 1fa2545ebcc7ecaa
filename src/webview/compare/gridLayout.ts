/** Which part of the grid is drawn, and where its keys lead. Pure. */

/** Pixels. compare.css says the same of the row. */
export const rowHeight = 68;
/** Pixels of the row of headings. */
export const headHeight = 62;
/** Rows drawn above and below what is in sight. */
const margin = 3;
/** Rows at most: a browser's boxes end at some 30 million pixels. */
export const mostRows = 250_000;

/** Widths in pixels, for a grid of this width. */
export interface ColumnWidths {
  readonly input: number;
  readonly variant: number;
}

/** Columns fill the width where they can, and are readable where they cannot. */
export function columnWidths(width: number, variants: number): ColumnWidths {
  const narrow = width < 560;
  const input = narrow
    ? Math.max(110, Math.round(width * 0.36))
    : Math.min(340, Math.max(180, Math.round(width * 0.28)));
  const least = narrow ? 150 : 190;
  const variant = Math.max(least, Math.min(420, Math.floor((width - input - 1) / Math.max(1, variants))));
  return { input, variant };
}

/** A range of rows or columns, both ends in it; empty when `last` < `first`. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** Rows to draw of `count` when `height` pixels are in sight from `top` on, headings included. */
export function rowSpan(top: number, height: number, count: number): Span {
  const body = Math.max(0, height - headHeight);
  const first = Math.max(0, Math.min(Math.floor(top / rowHeight), count - 1) - margin);
  return { first, last: Math.min(count - 1, Math.ceil((top + body) / rowHeight) + margin) };
}

/** Columns of variants to draw of `count`. */
export function columnSpan(left: number, width: number, { input, variant }: ColumnWidths, count: number): Span {
  const first = Math.max(0, Math.min(Math.floor(left / variant), count - 1) - 1);
  return { first, last: Math.min(count - 1, Math.ceil((left + Math.max(0, width - input)) / variant)) };
}

/** Numbers of a span, and `also` in its place among them: what has the focus stays in the document. */
export function numbersOf({ first, last }: Span, also: number, count: number): readonly number[] {
  const numbers = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  if (also < 0 || also >= count || (also >= first && also <= last)) return numbers;
  return also < first ? [also, ...numbers] : [...numbers, also];
}

/** A cell: row −1 are the headings, column −1 the inputs. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

/** The cell that a key leads to; null when it is not a key of grids. */
export function keyTarget(
  { key, ctrlKey, metaKey }: { readonly key: string; readonly ctrlKey: boolean; readonly metaKey: boolean },
  from: Place,
  size: { readonly rows: number; readonly columns: number; readonly page: number },
): Place | null {
  const [bottom, right] = [size.rows - 1, size.columns - 1];
  const far = ctrlKey || metaKey;
  const { row, column } = from;
  switch (key) {
    case "ArrowLeft":
      return { row, column: Math.max(-1, column - 1) };
    case "ArrowRight":
      return { row, column: Math.min(right, column + 1) };
    case "ArrowUp":
      return { row: Math.max(-1, row - 1), column };
    case "ArrowDown":
      return { row: Math.min(bottom, row + 1), column };
    case "Home":
      return { row: far ? Math.min(0, bottom) : row, column: -1 };
    case "End":
      return { row: far ? bottom : row, column: right };
    case "PageUp":
      return { row: Math.max(Math.min(0, bottom), row - size.page), column };
    case "PageDown":
      return { row: Math.min(bottom, row + size.page), column };
    default:
      return null;
  }
}

/** Where to scroll so that a row, or a column, is in sight: from `start` to `start + size`, `seen` pixels of which `fixed` are covered. */
export function scrolledTo(start: number, size: number, now: number, seen: number): number {
  if (start < now) return start;
  return start + size > now + seen ? start + size - seen : now;
}
