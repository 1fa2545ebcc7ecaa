/**
 * Banded and strided attention over whole sequences in which what is not seen is not computed (Child et al. 2019 §4.2; Brown et al.
 * 2020 §2.1). The sequence is cut into blocks of b queries; a block meets its own and the p blocks before it. With strides of b the
 * blocks are the rows of a grid, and each column of the grid meets its own past. One softmax goes over both.
 *
 * B batch · T tokens · H heads · D head size · N blocks · b block size · W = (p + 1)·b keys in a block's window
 */
import type { GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";
import { type AttentionPattern, seesDistance } from "./attentionPattern";

/** A pattern with gaps. */
export type SparsePattern = Exclude<AttentionPattern, { readonly kind: "dense" }>;

/** Queries, keys and values [B, T, H·D], and what padding takes off a key's score: `penalty` [B, T], 0 or −1e30. */
export interface SparseInputs {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
  readonly penalty: Value;
}

/** Result of `sparseAttention`. */
export interface SparseOutputs {
  /** [B, T, H·D] */
  readonly output: Value;
  /** Probabilities of the window's keys: [B, H, N, b, W]. */
  readonly window: Value;
  /** Probabilities of the column's keys, of which those two rows before and earlier are seen: [B, H, N, b, N]; null when banded. */
  readonly columns: Value | null;
}

/** How a pattern is cut into blocks. */
export interface Blocking {
  /** Queries in a block. */
  readonly size: number;
  /** Blocks before its own that a query's window reaches into. */
  readonly before: number;
}

/** The blocks of a pattern: strides are the blocks themselves; bands get blocks large enough to multiply well. */
export function blocking(pattern: SparsePattern): Blocking {
  if (pattern.kind === "strided") return { size: pattern.k, before: 1 };
  const size = Math.max(32, Math.min(64, pattern.k));
  return { size, before: Math.ceil(pattern.k / size) };
}

const hidden = -1e30;
/** Beyond the end of any axis. */
const end = 2 ** 31 - 1;

/** Attention under `pattern`, for every query of every sequence. */
export function sparseAttention(
  g: GraphBuilder,
  inputs: SparseInputs,
  pattern: SparsePattern,
  { heads, scale }: { readonly heads: number; readonly scale: number },
): SparseOutputs {
  const grid = new Grid(g, inputs.q, blocking(pattern), heads);
  const q = g.mul(grid.byHead(grid.queries(inputs.q), [0, 3, 1, 2, 4]), g.scalar(scale)); // [B, H, N, b, D]
  const keys = grid.byHead(grid.windows(inputs.k), [0, 3, 1, 4, 2]); // [B, H, N, D, W]
  const values = grid.byHead(grid.windows(inputs.v), [0, 3, 1, 2, 4]); // [B, H, N, W, D]
  const bias = g.add(windowMask(g, pattern, grid), g.unsqueeze(grid.penalties(inputs.penalty), [1, 3])); // [B, 1, N, b, W]
  const scores = g.add(g.matMul(q, keys), bias); // [B, H, N, b, W]
  if (pattern.kind === "banded") {
    const window = g.softmax(scores);
    return { output: grid.sequence(g.matMul(window, values)), window, columns: null };
  }
  const width = grid.width;
  const both = g.softmax(g.concat([scores, columnScores(g, inputs, q, grid)], 4)); // [B, H, N, b, W + N]
  const window = g.slice(both, 4, 0, width, width);
  const columns = g.slice(both, 4, width, end, grid.blocks);
  const fromColumns = g.matMul(g.transpose(columns, [0, 1, 3, 2, 4]), columnValues(grid, inputs.v)); // [B, H, b, N, D]
  const output = g.add(g.matMul(window, values), g.transpose(fromColumns, [0, 1, 3, 2, 4]));
  return { output: grid.sequence(output), window, columns };
}

/** Scores of the keys two rows before and earlier in a query's column: [B, H, N, b, N]. */
function columnScores(g: GraphBuilder, { k, penalty }: SparseInputs, q: Value, grid: Grid): Value {
  const queries = g.transpose(q, [0, 1, 3, 2, 4]); // [B, H, b, N, D]
  const keys = grid.byHead(grid.queries(k), [0, 3, 2, 4, 1]); // [B, H, b, D, N]
  const ownPenalty = g.unsqueeze(g.transpose(grid.ownPenalties(penalty), [0, 2, 1]), [1, 3]); // [B, 1, b, 1, N]
  const scores = g.add(g.matMul(queries, keys), g.add(ownPenalty, columnMask(g, grid))); // [B, H, b, N, N]
  return g.transpose(scores, [0, 1, 3, 2, 4]);
}

/** [B, H, b, N, D] */
function columnValues(grid: Grid, v: Value): Value {
  return grid.byHead(grid.queries(v), [0, 3, 2, 1, 4]);
}

/** What the window's places add to a score: [b, W]. */
function windowMask(g: GraphBuilder, pattern: SparsePattern, { size, before, width }: Grid): Value {
  const data = Float32Array.from({ length: size * width }, (_, i) => {
    const distance = Math.floor(i / width) + before * size - (i % width);
    // Within the window a stride sees distance ≤ k alone: 2k and more are its column's.
    const sees = seesDistance(pattern, distance) && distance <= Math.max(pattern.k, 0);
    return sees ? 0 : hidden;
  });
  return g.floats(data, [size, width]);
}

/** Rows of the grid see the rows two before and earlier: [N, N]. */
function columnMask(g: GraphBuilder, grid: Grid): Value {
  const rows = g.cast(g.range(g.int64s([0]), grid.count, grid.blocks), "float32");
  const distance = g.sub(g.unsqueeze(rows, [1]), g.unsqueeze(rows, [0]));
  return g.where(g.greater(distance, g.scalar(1.5)), g.scalar(0), g.scalar(hidden));
}

/** The sequence cut into blocks; its last block is filled up. */
class Grid {
  readonly size: number;
  readonly before: number;
  /** Keys in a block's window. */
  readonly width: number;
  /** Name of the number of blocks. */
  readonly blocks: string;
  /** Number of blocks, int64 [1]. */
  readonly count: Value;
  readonly #length: Value;
  readonly #after: Value;

  constructor(
    private readonly g: GraphBuilder,
    sequence: Value,
    { size, before }: Blocking,
    private readonly heads: number,
  ) {
    this.size = size;
    this.before = before;
    this.width = (before + 1) * size;
    this.blocks = `blocks${size}`;
    const b = g.int64s([size]);
    this.#length = g.lengthOf(sequence, 1);
    this.#after = g.mod(g.sub(b, g.mod(this.#length, b)), b);
    this.count = g.div(g.add(this.#length, this.#after), b);
  }

  /** [B, T, C] as blocks: [B, N, b, C]. */
  queries(x: Value): Value {
    const padded = this.g.pad(x, 1, { before: 0, after: this.#after, fill: 0, length: this.#whole });
    return this.#cut(padded, x.shape[2]);
  }

  /** [B, T, C] as the blocks' windows: [B, N, W, C]. */
  windows(x: Value): Value {
    return this.#windows(x, 0, x.shape[2]);
  }

  /** [B, T] as the windows' penalties: [B, N, W]; what is before the beginning and after the end is hidden. */
  penalties(penalty: Value): Value {
    return this.#windows(penalty, hidden, undefined);
  }

  /** [B, T] as the blocks' own: [B, N, b]. */
  ownPenalties(penalty: Value): Value {
    const padded = this.g.pad(penalty, 1, { before: 0, after: this.#after, fill: hidden, length: this.#whole });
    return this.#cut(padded, undefined);
  }

  /** [B, N, X, C] with the heads apart, in another order of [B, N, X, H, D]. */
  byHead(x: Value, order: readonly number[]): Value {
    const [batch = 1, blocks = 1, places = 1, width] = x.shape;
    const shape = [batch, blocks, places, this.heads, Number(width) / this.heads];
    return this.g.transpose(this.g.reshape(x, shape), order);
  }

  /** [B, H, N, b, D] as a sequence again: [B, T, H·D]. */
  sequence(x: Value): Value {
    const byToken = this.g.transpose(x, [0, 2, 3, 1, 4]); // [B, N, b, H, D]
    const [batch = 1] = byToken.shape;
    const width = this.heads * Number(byToken.shape[4]);
    const whole = this.g.reshape(byToken, [batch, this.#whole, width]);
    return this.g.slice(whole, 1, 0, this.#length, "sequence");
  }

  get #whole(): string {
    return `${this.blocks}*${this.size}`;
  }

  #windows(x: Value, fill: number, width: Value["shape"][number] | undefined): Value {
    const { g, before, size } = this;
    const padded = g.pad(x, 1, { before: before * size, after: this.#after, fill, length: `${this.#whole}+${before}` });
    const shifted = Array.from({ length: before + 1 }, (_, j) => {
      const last = j === before ? end : (j - before) * size;
      return this.#cut(g.slice(padded, 1, j * size, last, this.#whole), width);
    });
    return shifted.length > 1 ? g.concat(shifted, 2) : (shifted[0] ?? padded);
  }

  /** [B, N·b, C] to [B, N, b, C], or without C. */
  #cut(x: Value, width: Value["shape"][number] | undefined): Value {
    const shape = [x.shape[0] ?? 1, this.blocks, this.size];
    return this.g.reshape(x, width === undefined ? shape : [...shape, width]);
  }
}
