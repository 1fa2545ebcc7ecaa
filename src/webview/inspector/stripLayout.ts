/** The strip's tokens as rows of known place, so that only those in sight need be drawn. Pure: sizes are given. */
import type { TokenSpan } from "../../runtime/protocol";
import type { Box } from "./stripKeys";

/** Tokens `start` to `end` (exclusive) beside each other. Pixels, from the strip's top. */
export interface Row {
  readonly start: number;
  readonly end: number;
  readonly top: number;
  readonly height: number;
}

/** Sizes in pixels. */
export interface RowSizes {
  /** Of the strip. */
  readonly width: number;
  readonly rowHeight: number;
  /** Between paragraphs. */
  readonly paragraphGap: number;
  /** Of each token, its margin with it. */
  readonly widths: readonly number[];
  /** Of a row that holds one token alone because it is wider than the strip. */
  tallHeight(index: number): number;
}

/** All rows. */
export interface StripLayout {
  readonly rows: readonly Row[];
  readonly height: number;
  readonly widths: readonly number[];
}

/** Rows that are drawn together. */
export interface Block {
  /** Number of the block from the first. */
  readonly id: number;
  readonly rows: readonly Row[];
}

/** Rows in a block at most. */
export const blockRows = 8;

type Text = Pick<TokenSpan, "text">;

/** Lays out `tokens`: a row ends where the strip does, and behind a token that holds a line break. */
export function layoutRows(tokens: readonly Text[], sizes: RowSizes): StripLayout {
  const { width, widths, rowHeight, paragraphGap, tallHeight } = sizes;
  const rows: Row[] = [];
  let top = 0;
  const push = (start: number, end: number) => {
    const height = end - start === 1 && (widths[start] ?? 0) > width ? tallHeight(start) : rowHeight;
    rows.push({ start, end, top, height });
    top += height;
  };
  let [start, x] = [0, 0];
  for (const [index, { text }] of tokens.entries()) {
    const tokenWidth = widths[index] ?? 0;
    if (index > start && x + tokenWidth > width) {
      push(start, index);
      [start, x] = [index, 0];
    }
    x += tokenWidth;
    if (!text.includes("\n")) continue;
    push(start, index + 1);
    [start, x] = [index + 1, 0];
    if (endsParagraph(text) && start < tokens.length) top += paragraphGap;
  }
  if (start < tokens.length) push(start, tokens.length);
  return { rows, height: top, widths };
}

/** Index of the row that holds a token. */
export function rowIndexOf({ rows }: StripLayout, token: number): number {
  return lastIndexWhere(rows, ({ start }) => start <= token);
}

/** Where a token stands. */
export function boxOf(layout: StripLayout, token: number): Box {
  const row = layout.rows[rowIndexOf(layout, token)] ?? { start: 0, top: 0, height: 0 };
  let left = 0;
  for (let index = row.start; index < token; index++) left += layout.widths[index] ?? 0;
  return { left, right: left + (layout.widths[token] ?? 0), top: row.top, bottom: row.top + row.height };
}

/** The blocks that hold the pixels `from` to `to`, and those that hold `pinned` tokens; in order, each once. */
export function blocksAt(layout: StripLayout, from: number, to: number, pinned: Iterable<number>): readonly Block[] {
  const { rows } = layout;
  if (rows.length === 0) return [];
  const blockAt = (y: number) =>
    Math.floor(
      Math.max(
        0,
        lastIndexWhere(rows, ({ top }) => top <= y),
      ) / blockRows,
    );
  const ids = new Set<number>();
  for (let id = blockAt(from); id <= blockAt(to); id++) ids.add(id);
  for (const token of pinned) ids.add(Math.floor(Math.max(0, rowIndexOf(layout, token)) / blockRows));
  return [...ids].sort((a, b) => a - b).map((id) => ({ id, rows: rows.slice(id * blockRows, (id + 1) * blockRows) }));
}

function endsParagraph(text: string): boolean {
  return /\n[^\n]*\n/.test(text);
}

/** Of a list for whose first items `holds` is true, the last of these; −1 when there are none. */
function lastIndexWhere<T>(list: readonly T[], holds: (item: T) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = list[middle];
    if (item !== undefined && holds(item)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
