/** Which tokens the lines go between, and where they stand. Pure. */

/** One query in all heads of a layer: [H, T], NaN where nothing is computed. */
export interface HeadsRow {
  readonly heads: number;
  readonly tokens: number;
  readonly data: Float32Array;
}

/** Keys that are drawn, in the text's order. */
export interface DrawnKeys {
  readonly keys: readonly number[];
  /** How many of them are the ones just before the query, itself included. */
  readonly near: number;
}

/** Height of a row of tokens, pixels. */
export const rowHeight = 18;

/** At most `count` keys: all, or the nearest half and of the others the strongest of the heads `shown`. */
export function drawnKeys(row: HeadsRow, query: number, shown: ReadonlySet<number>, count: number): DrawnKeys {
  const seen = query + 1;
  if (seen <= count) return { keys: range(0, seen), near: seen };
  const near = Math.ceil(count / 2);
  const strongest = range(0, seen - near)
    .map((key) => ({ key, probability: strength(row, key, shown) }))
    .sort((one, other) => other.probability - one.probability || other.key - one.key)
    .slice(0, count - near)
    .map(({ key }) => key)
    .sort((one, other) => one - other);
  return { keys: [...strongest, ...range(seen - near, seen)], near };
}

/** Queries at the left: `count` of them around the chosen one. */
export function drawnQueries(query: number, tokens: number, count: number): readonly number[] {
  const from = Math.max(0, Math.min(query - Math.floor(count / 2), tokens - count));
  return range(from, Math.min(tokens, from + count));
}

/** Probability of a key in a head; NaN where it is not computed. */
export function probabilityOf({ data, tokens }: HeadsRow, head: number, key: number): number {
  return data[head * tokens + key] ?? Number.NaN;
}

/** The largest probability of a key in the heads `shown`; 0 where none is computed. */
export function strength(row: HeadsRow, key: number, shown: ReadonlySet<number>): number {
  let largest = 0;
  for (const head of shown) {
    const probability = probabilityOf(row, head, key);
    if (probability > largest) largest = probability;
  }
  return largest;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}
