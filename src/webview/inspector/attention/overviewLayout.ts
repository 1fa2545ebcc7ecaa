/** Where the thumbnails of all heads stand, and where keys lead among them. Pure. */

/** Places of the thumbnails, CSS pixels. */
export interface GridLayout {
  /** Thumbnails per row. */
  readonly columns: number;
  /** Side of a thumbnail. */
  readonly side: number;
  /** From one thumbnail's left (top) edge to the next. */
  readonly stepX: number;
  readonly stepY: number;
  /** Room for the labels of rows and columns; 0 where each thumbnail has its own. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const gap = 4;
const [smallest, largest] = [18, 104];
const labelWidth = 30;
const labelHeight = 18;
const captionHeight = 34;

/** A row per layer and a column per head. */
export function layerLayout(width: number, layers: number, heads: number): GridLayout {
  const room = Math.floor((width - labelWidth) / heads) - gap;
  const side = Math.max(smallest, Math.min(largest, room));
  const step = side + gap;
  return {
    ...{ columns: heads, side, stepX: step, stepY: step, left: labelWidth, top: labelHeight },
    width: labelWidth + heads * step,
    height: labelHeight + layers * step,
  };
}

/** As many as fit in a row, each with its caption. */
export function sortedLayout(width: number, count: number): GridLayout {
  const columns = Math.max(1, Math.min(count, Math.floor(width / (64 + 2 * gap))));
  const stepX = Math.max(smallest + gap, Math.min(largest + 2 * gap, Math.floor(width / columns)));
  const side = stepX - 2 * gap;
  const stepY = side + captionHeight;
  return {
    ...{ columns, side, stepX, stepY, left: 0, top: 0 },
    width: columns * stepX,
    height: Math.ceil(count / columns) * stepY,
  };
}

/** Left and top edge of the thumbnail at `index`. */
export function placeOf(index: number, { columns, stepX, stepY, left, top }: GridLayout): readonly [number, number] {
  return [left + (index % columns) * stepX, top + Math.floor(index / columns) * stepY];
}

/** Index that `key` leads to from `from`; null when it is not a key of the grid. */
export function gridTarget(
  { key, ctrlKey }: { readonly key: string; readonly ctrlKey: boolean },
  from: number,
  count: number,
  columns: number,
): number | null {
  const start = from - (from % columns);
  const end = Math.min(count, start + columns) - 1;
  switch (key) {
    case "ArrowLeft":
      return Math.max(0, from - 1);
    case "ArrowRight":
      return Math.min(count - 1, from + 1);
    case "ArrowUp":
      return from >= columns ? from - columns : from;
    case "ArrowDown":
      return from + columns < count ? from + columns : from;
    case "Home":
      return ctrlKey ? 0 : start;
    case "End":
      return ctrlKey ? count - 1 : end;
    default:
      return null;
  }
}

/** Most bytes of numbers that the view asks for at once. */
export const maxQuestionBytes = 4 << 20;

/** Side of the thumbnails to ask for: a power of two that covers `pixels`, 8 to 128, whose numbers fit in one answer. */
export function thumbnailSize(pixels: number, layers: number, heads: number): number {
  let size = 128;
  while (size > 8 && (size / 2 >= pixels || layers * heads * size * size * 4 > maxQuestionBytes)) size /= 2;
  return size;
}
