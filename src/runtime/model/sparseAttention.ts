/**
 * Banded and strided attention over whole sequences in which what is not seen is not computed (Child et al. 2019 §4.2; Brown et al.
 * 2020 §2.1). The sequence is cut into blocks of b queries; a block meets its own and the p blocks before it. With strides of b the
 * blocks are the rows of a grid, and each column of the grid meets its own past. One softmax goes over both.
 *
 * B batch · T tokens · H heads · D head size · N blocks · b block size · W = (p + 1)·b keys in a block's window
 */
import type { Bound, GraphBuilder } from "../graph/graph";
import type { Dim, Value } from "../graph/types";
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
  /** Adds the probabilities to the graph, for those who want to see them. */
  readonly probabilities: () => SparseProbabilities;
  /** Adds to the graph what `reduce` makes of each group's heads h, [B, h, N, b, X] each: [B, T, H·X]. */
  readonly reduced: (reduce: SparseReduction) => Value;
}

/** Makes [B, h, N, b, X] of the probabilities of some heads. */
export type SparseReduction = (probabilities: SparseProbabilities, grid: Grid) => Value;

/** What each query's attention is, as far as it is computed. */
export interface SparseProbabilities {
  /** Of the window's keys: [B, H, N, b, W]. */
  readonly window: Value;
  /** Of the column's keys, of which those two rows before and earlier are seen: [B, H, N, b, N]; null when banded. */
  readonly columns: Value | null;
}

/** Shape and scale of the attention. */
export interface SparseOptions {
  readonly heads: number;
  /** Of the scores q·kᵀ. */
  readonly scale: number;
  readonly headsAtOnce: HeadsAtOnce;
  /**
   * Given, one softmax goes over window and column together, which can be differentiated; it is told the probabilities of each group of
   * heads, [B, h, N, b, X], and gives those to go on with.
   */
  readonly dropout?: (probabilities: Value) => Value;
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

/** `one`: head after head, so that intermediate results fit a processor's cache. `all`: as a GPU wants it. */
export type HeadsAtOnce = "one" | "all";

/** Attention under `pattern`, for every query of every sequence. */
export function sparseAttention(
  g: GraphBuilder,
  { q, k, v, penalty }: SparseInputs,
  pattern: SparsePattern,
  { heads, scale, headsAtOnce, dropout }: SparseOptions,
): SparseOutputs {
  const grid = new Grid(g, q, blocking(pattern));
  const masks = makeMasks(g, grid, penalty, pattern);
  const count = headsAtOnce === "one" ? heads : 1;
  const [keys, values] = [splitHeads(g, k, count), splitHeads(g, v, count)];
  const results = splitHeads(g, q, count).map((part, i) => {
    const group = { q: g.mul(part, g.scalar(scale)), k: keys[i] ?? part, v: values[i] ?? part };
    return attendGroup(g, group, { grid, masks, heads: heads / count, dropout });
  });
  return {
    output: joined(
      g,
      results.map(({ output }) => output),
      2,
    ),
    probabilities: () => {
      const all = results.map(({ probabilities }) => probabilities());
      const columns = all.map((part) => part.columns).filter((value) => value !== null);
      const window = joined(
        g,
        all.map((part) => part.window),
        1,
      );
      return { window, columns: columns.length > 0 ? joined(g, columns, 1) : null };
    },
    reduced: (reduce) =>
      joined(
        g,
        results.map(({ probabilities }) => grid.sequence(reduce(probabilities(), grid))),
        2,
      ),
  };
}

function joined(g: GraphBuilder, parts: readonly Value[], axis: number): Value {
  const [first] = parts;
  if (!first) throw new RangeError("attention needs a head");
  return parts.length > 1 ? g.concat(parts, axis) : first;
}

/** What is added to the scores of a window [B, 1, N, b, W] and of a column [B, 1, b, N, N]; no columns when banded. */
interface Masks {
  readonly window: Value;
  readonly columns: Value | null;
}

function makeMasks(g: GraphBuilder, grid: Grid, penalty: Value, pattern: SparsePattern): Masks {
  const window = g.add(windowMask(g, pattern, grid), g.unsqueeze(grid.penalties(penalty), [1, 3]));
  if (pattern.kind === "banded") return { window, columns: null };
  const own = g.unsqueeze(g.transpose(grid.ownPenalties(penalty), [0, 2, 1]), [1, 3]); // [B, 1, b, 1, N]
  return { window, columns: g.add(own, columnMask(g, grid)) };
}

/** [B, T, H·D] in `count` parts. */
function splitHeads(g: GraphBuilder, x: Value, count: number): readonly Value[] {
  const size = Number(x.shape[2]) / count;
  return count === 1
    ? [x]
    : g.split(
        x,
        2,
        Array.from({ length: count }, () => size),
      );
}

interface Group {
  readonly grid: Grid;
  readonly masks: Masks;
  readonly heads: number;
  readonly dropout: SparseOptions["dropout"];
}

/** Attention of some heads; their queries are scaled already. */
function attendGroup(
  g: GraphBuilder,
  { q, k, v }: Omit<SparseInputs, "penalty">,
  { grid, masks, heads, dropout }: Group,
): Omit<SparseOutputs, "reduced"> {
  const queries = grid.byHead(grid.queries(q), heads, [0, 3, 1, 2, 4]); // [B, H, N, b, D]
  const [keys, values] = [k, v].map((x) => grid.byHead(grid.windows(x), heads, [0, 3, 1, 2, 4])) as [Value, Value]; // [B, H, N, W, D]
  const scores = g.add(g.matMul(queries, g.transpose(keys, [0, 1, 2, 4, 3])), masks.window); // [B, H, N, b, W]
  if (masks.columns === null) {
    const near = dropout ? dropout(g.softmax(scores)) : g.softmax(scores);
    const fromWindow = g.matMul(near, values); // [B, H, N, b, D]
    return { output: grid.sequence(fromWindow), probabilities: () => ({ window: near, columns: null }) };
  }
  const swap = [0, 1, 3, 2, 4]; // rows and columns of the grid
  const [columnKeys, columnValues] = [k, v].map((x) => grid.byHead(grid.queries(x), heads, [0, 3, 2, 1, 4])) as [
    Value,
    Value,
  ]; // [B, H, b, N, D]
  const products = g.matMul(g.transpose(queries, swap), g.transpose(columnKeys, [0, 1, 2, 4, 3]));
  const columnScores = g.add(products, masks.columns); // [B, H, b, N, N]
  if (dropout) {
    const joint = dropout(g.softmax(g.concat([scores, g.transpose(columnScores, swap)], 4))); // [B, H, N, b, W + N]
    const [window, columns] = g.split(joint, 4, [grid.width, Number(columnScores.shape[4])]);
    const far = g.transpose(g.matMul(g.transpose(columns, swap), columnValues), swap); // [B, H, N, b, D]
    return {
      output: grid.sequence(g.add(g.matMul(window, values), far)),
      probabilities: () => ({ window, columns }),
    };
  }
  const near = g.softmax(scores);
  const fromWindow = g.matMul(near, values); // [B, H, N, b, D]
  const far = g.softmax(columnScores);
  const fromColumns = g.transpose(g.matMul(far, columnValues), swap); // [B, H, N, b, D]
  // One softmax over both is each one's own, weighted by its share of the sum of exponentials.
  const total = logSumExp(g, columnScores, far);
  const advantage = g.sub(logSumExp(g, scores, near), g.transpose(total, swap)); // [B, H, N, b, 1]
  const share = g.sigmoid(advantage);
  const rest = g.sigmoid(g.mul(advantage, g.scalar(-1)));
  const output = g.add(g.mul(share, fromWindow), g.mul(rest, fromColumns));
  return {
    output: grid.sequence(output),
    probabilities: () => ({ window: g.mul(share, near), columns: g.mul(rest, g.transpose(far, swap)) }),
  };
}

/** ln Σ exp of scores whose softmax is known: the largest score less the logarithm of its probability. Two passes, no exponential. */
function logSumExp(g: GraphBuilder, scores: Value, probabilities: Value): Value {
  return g.sub(g.maxLast(scores), g.log(g.maxLast(probabilities)));
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
export class Grid {
  readonly size: number;
  readonly before: number;
  /** Keys in a block's window. */
  readonly width: number;
  /** The number of blocks, or its name where the sequence's length is not known. */
  readonly blocks: Dim;
  /** Number of blocks, int64 [1]. */
  readonly count: Value;
  readonly #length: Bound;
  readonly #after: Bound;
  /** Of the sequence, and of all blocks together. */
  readonly #dims: { readonly sequence: Dim; readonly whole: Dim };

  constructor(
    private readonly g: GraphBuilder,
    sequence: Value,
    { size, before }: Blocking,
  ) {
    this.size = size;
    this.before = before;
    this.width = (before + 1) * size;
    const length = sequence.shape[1] ?? "sequence";
    if (typeof length === "number") {
      this.blocks = Math.ceil(length / size);
      this.#length = length;
      this.#after = this.blocks * size - length;
      this.count = g.int64s([this.blocks]);
      this.#dims = { sequence: length, whole: this.blocks * size };
      return;
    }
    this.blocks = `blocks${size}`;
    const b = g.int64s([size]);
    this.#length = g.lengthOf(sequence, 1);
    this.#after = g.mod(g.sub(b, g.mod(this.#length, b)), b);
    this.count = g.div(g.add(this.#length, this.#after), b);
    this.#dims = { sequence: length, whole: `${this.blocks}*${size}` };
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

  /** [B, T], as penalties are, as the windows' keys: [B, N, W]; what is before the beginning and after the end is hidden. */
  penalties(penalty: Value): Value {
    return this.#windows(penalty, hidden, undefined);
  }

  /** [B, T], as penalties are, as the blocks' own: [B, N, b]; what is after the end is hidden. */
  ownPenalties(penalty: Value): Value {
    const padded = this.g.pad(penalty, 1, { before: 0, after: this.#after, fill: hidden, length: this.#whole });
    return this.#cut(padded, undefined);
  }

  /** [B, N, X, C] with the heads apart, in another order of [B, N, X, H, D]. */
  byHead(x: Value, heads: number, order: readonly number[]): Value {
    const [batch = 1, blocks = 1, places = 1, width] = x.shape;
    const sizes = [batch, blocks, places, heads, Number(width) / heads];
    // One head stands anywhere: with nothing to transpose, onnxruntime can turn keys within the product.
    const isMoved = order.filter((axis) => axis !== 3).some((axis, i, rest) => i > 0 && axis < (rest[i - 1] ?? 0));
    if (heads === 1 && !isMoved)
      return this.g.reshape(
        x,
        order.map((axis) => sizes[axis] ?? 1),
      );
    return this.g.transpose(this.g.reshape(x, sizes), order);
  }

  /** [B, H, N, b, D] as a sequence again: [B, T, H·D]. */
  sequence(x: Value): Value {
    const byToken = this.g.transpose(x, [0, 2, 3, 1, 4]); // [B, N, b, H, D]
    const [batch = 1] = byToken.shape;
    const width = Number(byToken.shape[3]) * Number(byToken.shape[4]);
    const whole = this.g.reshape(byToken, [batch, this.#whole, width]);
    return this.g.slice(whole, 1, 0, this.#length, this.#dims.sequence);
  }

  get #whole(): Dim {
    return this.#dims.whole;
  }

  #windows(x: Value, fill: number, width: Value["shape"][number] | undefined): Value {
    const { g, before, size } = this;
    const padded = g.pad(x, 1, {
      before: before * size,
      after: this.#after,
      fill,
      length: plus(this.#whole, before * size),
    });
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

function plus(length: Dim, more: number): Dim {
  return typeof length === "number" ? length + more : `${length}+${more}`;
}
