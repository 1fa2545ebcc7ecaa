/** A matrix of which few entries are not 0, row by row (CSR). */

/** Row r has the values `values[starts[r]]` … `values[starts[r + 1] − 1]`, in the columns of the same places of `indices`. */
export interface SparseRows {
  readonly columns: number;
  /** One more than rows; begins with 0. */
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

/** The rows as one matrix. Each has columns and their values; columns are from 0 and below `columns`. */
export function sparseRows(columns: number, rows: readonly ReadonlyMap<number, number>[]): SparseRows {
  const starts = new Int32Array(rows.length + 1);
  for (const [row, entries] of rows.entries()) starts[row + 1] = (starts[row] ?? 0) + entries.size;
  return {
    columns,
    starts,
    indices: Int32Array.from(rows.flatMap((entries) => [...entries.keys()])),
    values: Float64Array.from(rows.flatMap((entries) => [...entries.values()])),
  };
}
