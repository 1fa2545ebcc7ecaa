/** Rows of a T × T matrix as they arrive, and a pyramid of ever coarser ones, so that any zoom is drawn from few numbers. Pure. */
import { maxQuestionBytes } from "./overviewLayout";

/** Maxima of `block` × `block` cells: thin lines stay visible. NaN where no cell is computed. */
export interface Level {
  readonly block: number;
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns] */
  readonly values: Float32Array;
}

/** A matrix, or the part of a large one around the chosen query. */
export interface AttentionMap {
  /** The first query that it has. */
  readonly first: number;
  readonly rows: number;
  readonly columns: number;
  /** From the cells themselves to one that is at most `coarsest` wide. */
  readonly levels: readonly Level[];
  /** [rows], 1 for those that have arrived. */
  readonly loaded: Uint8Array;
}

/** What stands at a query and a key. */
export type CellKind = "value" | "future" | "notComputed" | "pending";

const coarsest = 128;
const maxMapBytes = 64 << 20;
const rowsAtOnce = 256;

/** Queries to show of a text of so many tokens: all, or as many around `query` as fit in memory. */
export function shownQueries(tokens: number, query: number): readonly [number, number] {
  const rows = Math.min(tokens, Math.floor(maxMapBytes / (4 * tokens)));
  const first = Math.max(0, Math.min(tokens - rows, query - Math.floor(rows / 2)));
  return [first, first + rows];
}

/** A map that has no rows yet. */
export function emptyMap([first, end]: readonly [number, number], columns: number): AttentionMap {
  const rows = end - first;
  const levels: Level[] = [];
  for (let block = 1; ; block *= 2) {
    const [r, c] = [Math.ceil(rows / block), Math.ceil(columns / block)];
    levels.push({ block, rows: r, columns: c, values: new Float32Array(r * c).fill(Number.NaN) });
    if (Math.max(r, c) <= coarsest) break;
  }
  return { first, rows, columns, levels, loaded: new Uint8Array(rows) };
}

/** Stretches of rows to ask for, those around `query` first. */
export function stretches(
  { first, rows, columns }: AttentionMap,
  query: number,
): readonly (readonly [number, number])[] {
  const size = Math.max(1, Math.min(rowsAtOnce, Math.floor(maxQuestionBytes / (4 * columns))));
  const all = Array.from({ length: Math.ceil(rows / size) }, (_, index): readonly [number, number] => [
    first + index * size,
    first + Math.min(rows, (index + 1) * size),
  ]);
  const away = ([from, to]: readonly [number, number]) => Math.max(0, from - query, query - to + 1);
  return [...all].sort((one, other) => away(one) - away(other) || one[0] - other[0]);
}

/** Puts rows `from` … in their place, and what is above them in the pyramid. */
export function placeRows(map: AttentionMap, from: number, data: Float32Array): void {
  const start = from - map.first;
  const count = data.length / map.columns;
  if (start < 0 || start + count > map.rows) throw new RangeError(`rows ${from} … are not of this map`);
  map.levels[0]?.values.set(data, start * map.columns);
  map.loaded.fill(1, start, start + count);
  for (let index = 1; index < map.levels.length; index++) {
    const [fine, coarse] = [map.levels[index - 1], map.levels[index]];
    if (fine && coarse) pool(fine, coarse, Math.floor(start / coarse.block), Math.ceil((start + count) / coarse.block));
  }
}

/** What stands at query and key, both counted from the text's first token. */
export function cellKind(map: AttentionMap, query: number, key: number): CellKind {
  if (key > query) return "future";
  if (!map.loaded[query - map.first]) return "pending";
  return Number.isNaN(valueAt(map, query, key)) ? "notComputed" : "value";
}

/** Probability at query and key; NaN where nothing is computed or nothing has arrived. */
export function valueAt({ first, rows, columns, levels }: AttentionMap, query: number, key: number): number {
  const row = query - first;
  if (row < 0 || row >= rows || key < 0 || key >= columns) return Number.NaN;
  return levels[0]?.values[row * columns + key] ?? Number.NaN;
}

/** A query's row: [T]; null while it has not arrived. */
export function rowOf({ first, columns, levels, loaded }: AttentionMap, query: number): Float32Array | null {
  const row = query - first;
  if (!loaded[row]) return null;
  return levels[0]?.values.subarray(row * columns, (row + 1) * columns) ?? null;
}

function pool(fine: Level, coarse: Level, from: number, to: number): void {
  const { values } = fine;
  for (let row = from; row < Math.min(to, coarse.rows); row++) {
    const top = 2 * row * fine.columns;
    const bottom = 2 * row + 1 < fine.rows ? top + fine.columns : top;
    for (let column = 0; column < coarse.columns; column++) {
      const left = 2 * column;
      const right = Math.min(left + 1, fine.columns - 1);
      const upper = larger(values[top + left], values[top + right]);
      const lower = larger(values[bottom + left], values[bottom + right]);
      coarse.values[row * coarse.columns + column] = larger(upper, lower);
    }
  }
}

/** NaN only if both are. */
function larger(one = Number.NaN, other = Number.NaN): number {
  if (Number.isNaN(one)) return other;
  return other > one ? other : one;
}
