/**
 * Banded and strided attention of new tokens to those of a cache: only the rows that a query sees are read.
 *
 * B batch · T new tokens · H heads · P cached head size · S cached tokens · W window: the last k cached and the new tokens ·
 * M columns: cached tokens before the window, at multiples of the stride
 */
import type { GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";
import { formatPattern } from "./attentionPattern";
import type { SparsePattern } from "./sparseAttention";

/** Keys or values of a cache [B, H, capacity, P] and of the new tokens [B, H, T, P]. */
export interface CachedRows {
  readonly past: Value;
  readonly news: Value;
}

const hidden = -1e30;

/** Where the rows are that the new tokens see under one pattern: the same in every layer that has it. */
interface Places {
  readonly pattern: SparsePattern;
  /** First cached row of the window, int64 [1]. */
  readonly start: Value;
  /** What the window's places add to a score: [T, W]. */
  readonly windowMask: Value;
  /** Rows of the columns, int64 [T, M], and what they add to a score: [T, M]. Null when banded. */
  readonly columns: { readonly rows: Value; readonly mask: Value } | null;
}

/**
 * Gives a function for attention under a pattern; `pastLength` is S, int64 [1]. Its queries are [B, H, T, P], and so is its result.
 */
export function cachedSparseAttention(
  g: GraphBuilder,
  pastLength: Value,
): (q: Value, keys: CachedRows, values: CachedRows, pattern: SparsePattern, scale: number) => Value {
  const known = new Map<string, Places>();
  return (q, keys, values, pattern, scale) => {
    const places = known.get(formatPattern(pattern)) ?? makePlaces(g, pastLength, q, pattern);
    known.set(formatPattern(pattern), places);
    const scaled = g.mul(q, g.scalar(scale));
    const window = (rows: CachedRows) =>
      g.concat([g.slice(rows.past, 2, places.start, pastLength, "window"), rows.news], 2); // [B, H, W, P]
    const scores = g.add(g.matMul(scaled, g.transpose(window(keys), [0, 1, 3, 2])), places.windowMask); // [B, H, T, W]
    if (places.columns === null) return g.matMul(g.softmax(scores), window(values));
    return attendBoth(g, { scaled, scores, window: window(values), keys, values }, places.columns);
  };
}

interface Parts {
  readonly scaled: Value;
  readonly scores: Value;
  readonly window: Value;
  readonly keys: CachedRows;
  readonly values: CachedRows;
}

/** One softmax over the window and the columns. */
function attendBoth(
  g: GraphBuilder,
  parts: Parts,
  { rows, mask }: { readonly rows: Value; readonly mask: Value },
): Value {
  const { scaled, scores, window, keys, values } = parts;
  const [batch = 1, heads = 1, sequence = 1, size = 1] = scaled.shape;
  const gathered = g.gather(keys.past, rows, 2); // [B, H, T, M, P]
  const products = g.matMul(gathered, g.unsqueeze(scaled, [4])); // [B, H, T, M, 1]
  const columnScores = g.add(g.reshape(products, [batch, heads, sequence, "columns"]), mask);
  const all = g.softmax(g.concat([scores, columnScores], 3)); // [B, H, T, W + M]
  const width = g.lengthOf(scores, 3);
  const near = g.slice(all, 3, 0, width, scores.shape[3] ?? 1);
  const far = g.slice(all, 3, width, 2 ** 31 - 1, "columns");
  const fromColumns = g.matMul(g.unsqueeze(far, [3]), g.gather(values.past, rows, 2)); // [B, H, T, 1, P]
  return g.add(g.matMul(near, window), g.reshape(fromColumns, [batch, heads, sequence, size]));
}

function makePlaces(g: GraphBuilder, pastLength: Value, q: Value, pattern: SparsePattern): Places {
  const zero = g.int64s([0]);
  const stop = g.add(pastLength, g.lengthOf(q, 2));
  const begin = g.sub(pastLength, g.int64s([pattern.k]));
  const start = g.where(g.greater(begin, zero), begin, zero);
  const queries = g.unsqueeze(g.range(pastLength, stop, "sequence"), [1]); // [T, 1]
  const windowMask = maskWindow(g, g.sub(queries, g.unsqueeze(g.range(start, stop, "window+sequence"), [0])), pattern);
  const columns = pattern.kind === "banded" ? null : columnPlaces(g, queries, start, pattern.k);
  return { pattern, start, windowMask, columns };
}

/** 0 where a query sees the key at this distance (int64 [T, W]), −1e30 where it does not. */
function maskWindow(g: GraphBuilder, distance: Value, pattern: SparsePattern): Value {
  const [seen, unseen] = [g.scalar(0), g.scalar(hidden)];
  const stride = g.int64s([pattern.k]);
  const far =
    pattern.kind === "banded" ? unseen : g.where(g.equal(g.mod(distance, stride), g.int64s([0])), seen, unseen);
  const past = g.where(g.greater(distance, stride), far, seen);
  return g.where(g.greater(g.int64s([0]), distance), unseen, past);
}

/** Rows before the window whose distance from the query is a multiple of k. At least one place, so that no tensor is empty. */
function columnPlaces(g: GraphBuilder, queries: Value, start: Value, k: number) {
  const stride = g.int64s([k]);
  const count = g.div(g.add(start, stride), stride);
  const steps = g.mul(g.unsqueeze(g.range(g.int64s([0]), count, "columns"), [0]), stride); // [1, M]
  const rows = g.add(g.mod(queries, stride), steps); // [T, M]
  const exists = g.greater(start, rows);
  return {
    rows: g.where(exists, rows, g.int64s([0])),
    mask: g.where(exists, g.scalar(0), g.scalar(hidden)),
  };
}
