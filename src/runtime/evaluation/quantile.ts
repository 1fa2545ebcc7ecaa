/** Quantiles of a sample, and the bins that they make. */

/**
 * Edges of `bins` bins that hold about as many of the values each: the smallest value, the quantiles at 1 / bins, 2 / bins, …, and the
 * largest. Between two values a quantile is interpolated linearly (Hyndman and Fan 1996, definition 7; NumPy's and R's default). Values:
 * one at least, in any order, no NaN.
 */
export function equalMassEdges(values: Iterable<number>, bins: number): number[] {
  const ascending = Float64Array.from(values).sort();
  // The product before the quotient: a quantile that is one of the values is exactly that.
  return Array.from({ length: bins + 1 }, (_, i) => at(ascending, ((ascending.length - 1) * i) / bins));
}

/** The bin of a value between ascending edges, from 0: bins are (low, high], the first also holds its low edge. */
export function binOf(value: number, edges: readonly number[]): number {
  return edges.slice(1, -1).filter((edge) => edge < value).length;
}

function at(ascending: Float64Array, place: number): number {
  const below = ascending[Math.floor(place)] ?? Number.NaN;
  const above = ascending[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place % 1);
}
