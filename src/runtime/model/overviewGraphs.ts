/**
 * What one layer's heads do over a text, summed up in the graph: no [T, T] matrix leaves it. A dense layer's is computed for a stretch of
 * queries, head after head; a sparse layer's as its pattern is computed, for the whole text. All layers of a pattern share a graph.
 *
 * R queries (T of a sparse layer) · T tokens · H heads · B blocks of keys · X columns that are summed · P sums over queries
 */
import { type Graph, GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";
import { type AttendedHead, attendedHeads } from "./attentionGraphs";
import type { GPTConfig } from "./config";
import type { DeviceTraits } from "./deviceTraits";
import { type Grid, type SparsePattern, type SparseProbabilities, sparseAttention } from "./sparseAttention";

/** Outputs of both graphs. */
export const overviewNames = {
  /** [H, P, B + X] of a dense layer, [H, P, X] of a sparse one: sums over queries, weighted by `pool`, of sums over keys. */
  pooled: "pooled",
  /** [R, H · 3], as `rowStatistics` says. */
  rows: "rows",
} as const;

/** Of a query in a head: p(i − 1); Σ p of the tokens behind earlier occurrences of its own; −Σ p ln p. */
export const rowStatistics = ["previousToken", "induction", "entropy"] as const;

/**
 * A dense layer. Inputs: `queries`, `keys`, `bias` as in `buildAttentionGraph`, of S = B · `block` keys; `columns` [S, X], what is summed over keys
 * besides the blocks; `pool` [P, R]; `previous` int64 [R], the place of each query's former token in the flattened [R, S]; `repeated`
 * [R, S], 1 at tokens behind earlier occurrences of the query's own.
 */
export function buildDenseOverviewGraph(
  config: GPTConfig,
  { block, columns: X }: { readonly block: number; readonly columns: number },
): Graph {
  const g = new GraphBuilder();
  const keys = `blocks*${block}`;
  const { heads } = attendedHeads(g, config, keys);
  const columns = g.input("columns", "float32", [keys, X]);
  const pool = g.input("pool", "float32", ["pools", "queries"]);
  const previous = g.input("previous", "int64", ["queries"]);
  const repeated = g.input("repeated", "float32", ["queries", keys]);
  const pooled = (p: Value) => {
    const blocks = g.sumLast(g.reshape(p, ["queries", "blocks", block])); // [R, B]
    return g.matMul(pool, g.concat([blocks, g.matMul(p, columns)], 1)); // [P, B + X]
  };
  const rows = ({ scores, probabilities: p }: AttendedHead) => {
    const before = g.gather(g.reshape(p, [`queries*${keys}`]), previous); // [R]
    const behind = g.sumLast(g.mul(p, repeated)); // [R]
    return g.concat([...[before, behind].map((x) => g.unsqueeze(x, [1])), entropy(g, scores, p)], 1); // [R, 3]
  };
  const attended = heads.map((head) => head());
  g.outputAs(
    overviewNames.pooled,
    g.concat(
      attended.map(({ probabilities }) => g.unsqueeze(pooled(probabilities), [0])),
      0,
    ),
  );
  g.outputAs(overviewNames.rows, g.concat(attended.map(rows), 1));
  return g.build();
}

/** −Σ p ln p = ln Σ exp s − Σ p s, where the first is the largest score less the logarithm of its probability: [R, 1]. */
function entropy(g: GraphBuilder, scores: Value, p: Value): Value {
  const logSumExp = g.sub(g.maxLast(scores), g.log(g.maxLast(p)));
  return g.sub(logSumExp, g.unsqueeze(g.sumLast(g.mul(p, scores)), [1]));
}

/**
 * A sparse layer. Inputs: `queries`, scaled, and `keys` [1, T, C]; `columns` [T, X], what is summed over keys; `pool` [P, T]; `ids` and `previous_ids` float32
 * [1, T], each token and the one before it, −1 where there is none.
 */
export function buildSparseOverviewGraph(
  { nEmbd: C, nHead: heads }: GPTConfig,
  { headsAtOnce }: DeviceTraits,
  { pattern, columns: X }: { readonly pattern: SparsePattern; readonly columns: number },
): Graph {
  const g = new GraphBuilder();
  const [q, k] = [g.input("queries", "float32", [1, "sequence", C]), g.input("keys", "float32", [1, "sequence", C])];
  const columns = g.input("columns", "float32", ["sequence", X]);
  const pool = g.input("pool", "float32", ["pools", "sequence"]);
  const ids = g.input("ids", "float32", [1, "sequence"]);
  const previousIds = g.input("previous_ids", "float32", [1, "sequence"]);
  // What attention makes of values is Σ p v: with the columns as every head's values, their sums.
  const repeatedColumns = g.concat(
    Array.from({ length: heads }, () => columns),
    1,
  );
  const inputs = { q, k, v: g.unsqueeze(repeatedColumns, [0]), penalty: g.mul(ids, g.scalar(0)) };
  const { output, reduced } = sparseAttention(g, inputs, pattern, { heads, scale: 1, headsAtOnce });
  const pooled = g.matMul(pool, g.reshape(output, ["sequence", heads * X])); // [P, H·X]
  g.outputAs(overviewNames.pooled, g.transpose(g.reshape(pooled, ["pools", heads, X]), [1, 0, 2]));
  const rows = reduced((p, grid) => sparseRows(g, p, grid, { ids, previousIds }, pattern)); // [1, T, H·3]
  g.outputAs(overviewNames.rows, g.reshape(rows, ["sequence", 3 * heads]));
  return g.build();
}

/** [1, h, N, b, 3] of some heads, in the order of `rowStatistics`. */
function sparseRows(
  g: GraphBuilder,
  p: SparseProbabilities,
  grid: Grid,
  text: { readonly ids: Value; readonly previousIds: Value },
  pattern: SparsePattern,
): Value {
  const { window, columns } = p;
  const same = (a: Value, b: Value) => g.cast(g.equal(a, b), "float32");
  const own = grid.ownPenalties(text.ids); // [1, N, b]
  const behindNear = same(g.unsqueeze(own, [1, 4]), g.unsqueeze(grid.penalties(text.previousIds), [1, 3])); // [1, 1, N, b, W]
  const parts = [
    g.sumLast(g.mul(window, previousInWindow(g, grid, pattern))),
    g.sumLast(g.mul(window, behindNear)),
    g.sumLast(surprise(g, window)),
  ]; // [1, h, N, b] each
  if (columns) {
    const inColumn = g.transpose(grid.ownPenalties(text.previousIds), [0, 2, 1]); // [1, b, N]
    const behindFar = same(g.unsqueeze(own, [1, 4]), g.unsqueeze(inColumn, [1, 2])); // [1, 1, N, b, N]
    parts[1] = g.add(parts[1] ?? columns, g.sumLast(g.mul(columns, behindFar)));
    parts[2] = g.add(parts[2] ?? columns, g.sumLast(surprise(g, columns)));
  }
  return g.concat(
    parts.map((x) => g.unsqueeze(x, [4])),
    4,
  );
}

/** −p ln p; 0 at 0. */
function surprise(g: GraphBuilder, p: Value): Value {
  const logarithm = g.log(g.add(p, g.scalar(1e-30)));
  return g.mul(g.mul(p, logarithm), g.scalar(-1));
}

/** 1 where a place of a window is the token before the query, [b, W]. */
function previousInWindow(g: GraphBuilder, { size, before, width }: Grid, { k }: SparsePattern): Value {
  const data = Float32Array.from({ length: size * width }, (_, i) => {
    const distance = Math.floor(i / width) + before * size - (i % width);
    return distance === 1 && k >= 1 ? 1 : 0;
  });
  return g.floats(data, [size, width]);
}
