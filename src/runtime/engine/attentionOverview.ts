/**
 * Every head of every layer at a glance, from the text's capture. What is summed over keys and queries is written as matrices, so that
 * the graphs do the summing; means of single queries' numbers are taken here.
 *
 * T tokens · L layers · H heads · S blocks of queries and of keys · G segments · X columns: sums over keys · P pools: sums over queries
 */
import { type AttentionOverview, headStatistics, maxAnswerBytes, type Segment } from "../analysisProtocol";
import { type AttentionPattern, formatPattern } from "../model/attentionPattern";
import {
  buildDenseOverviewGraph,
  buildSparseOverviewGraph,
  overviewNames,
  rowStatistics,
} from "../model/overviewGraphs";
import { seenDistances } from "../model/patternReach";
import type { SparsePattern } from "../model/sparseAttention";
import { type AttentionOptions, bias, queriesAndKeys, type Rows, stretches } from "./attentionMatrix";
import type { LoadedModel } from "./loadedModel";
import { passes, type Turn } from "./passes";
import { float32Tensor, int64Tensor, readFloat32, type SessionTensor } from "./session";
import type { TextCapture } from "./textCapture";

/** What is wanted of an overview. */
export interface OverviewRequest {
  /** Largest side of a thumbnail; it is smaller where all heads' would be more than an answer carries. */
  readonly thumbnailSize: number;
  /** Not overlapping. */
  readonly segments: readonly Segment[];
}

/** Thumbnails, statistics and segment sums of every head. Throws `CancelledError` when the signal aborts. */
export async function attentionOverview(
  model: LoadedModel,
  capture: TextCapture,
  request: OverviewRequest,
  options: AttentionOptions,
): Promise<Pick<AttentionOverview, "thumbnails" | "statistics" | "segments">> {
  const { nLayer, nHead, attentionPatterns } = model.config;
  const layout = layOut(capture.ids, request, nLayer * nHead);
  const overview = new Overview(layout, nLayer, nHead);
  for (const [layer, pattern] of attentionPatterns.entries()) {
    options.onProgress?.(layer, nLayer);
    const sums = new LayerSums(layout, nHead);
    if (pattern.kind === "dense") await sumDenseLayer(model, capture, layer, layout, sums, options);
    else await sumSparseLayer(model, capture, { layer, pattern }, layout, sums, options);
    overview.add(layer, pattern, sums);
  }
  options.onProgress?.(nLayer, nLayer);
  return overview.result();
}

/** How sums are laid out. Columns: blocks of keys, then place, first token, segments, all else. Pools: blocks of queries, all, all but the first, segments. */
interface Layout {
  readonly ids: readonly number[];
  readonly segments: readonly Segment[];
  /** Most blocks. */
  readonly most: number;
  /** Tokens in a block. */
  readonly block: number;
  /** S */
  readonly size: number;
  /** [T] of each token: whether it has an earlier occurrence, 1 or 0. */
  readonly repeats: Uint8Array;
}

function layOut(ids: readonly number[], { thumbnailSize, segments }: OverviewRequest, heads: number): Layout {
  const most = Math.max(1, Math.min(thumbnailSize, Math.floor(Math.sqrt(maxAnswerBytes / (4 * heads)))));
  const block = Math.ceil(ids.length / most);
  const seen = new Set<number>();
  const repeats = Uint8Array.from(ids, (id) => {
    const repeated = seen.has(id) ? 1 : 0;
    seen.add(id);
    return repeated;
  });
  return { ids, segments, most, block, size: Math.ceil(ids.length / block), repeats };
}

/** Columns besides the blocks. */
function extraColumns({ segments }: Layout): number {
  return 3 + segments.length;
}

/** Sums over one layer's queries, gathered stretch by stretch. */
class LayerSums {
  /** [H, P, S + extra columns] */
  readonly pooled: Float64Array;
  /** [H, 3] sums over queries, in the order of `rowStatistics`. */
  readonly rows: Float64Array;
  readonly pools: number;
  readonly width: number;
  readonly #layout: Layout;
  readonly #heads: number;

  constructor(layout: Layout, heads: number) {
    this.#layout = layout;
    this.#heads = heads;
    this.pools = layout.size + 2 + layout.segments.length;
    this.width = layout.size + extraColumns(layout);
    this.pooled = new Float64Array(heads * this.pools * this.width);
    this.rows = new Float64Array(heads * rowStatistics.length);
  }

  /** Adds the outputs for the queries of `rows`, whose columns begin with `blocks` blocks: fewer than there are where none sees the rest. */
  add(outputs: Readonly<Record<string, SessionTensor>>, [first, end]: Rows, blocks: number): void {
    const pooled = readFloat32(outputs, overviewNames.pooled); // [H, P, blocks + extra]
    const { size, repeats } = this.#layout;
    const found = blocks + extraColumns(this.#layout);
    for (let row = 0; row < this.#heads * this.pools; row++)
      for (let column = 0; column < this.width; column++) {
        if (column >= blocks && column < size) continue;
        const from = column < size ? column : column - size + blocks;
        this.pooled[row * this.width + column] =
          (this.pooled[row * this.width + column] ?? 0) + (pooled[row * found + from] ?? 0);
      }
    const rows = readFloat32(outputs, overviewNames.rows); // [R, H · 3]
    const counted = [(query: number) => query > 0, (query: number) => repeats[query] === 1, () => true];
    for (let query = first; query < end; query++)
      for (let i = 0; i < this.rows.length; i++)
        if (counted[i % counted.length]?.(query))
          this.rows[i] = (this.rows[i] ?? 0) + (rows[(query - first) * this.rows.length + i] ?? 0);
  }
}

/** Gathers the layers. */
class Overview {
  readonly #layout: Layout;
  readonly #heads: number;
  readonly #thumbnails: Float32Array;
  readonly #statistics: Float32Array;
  readonly #segments: Float32Array;

  constructor(layout: Layout, layers: number, heads: number) {
    const { size, segments } = layout;
    this.#layout = layout;
    this.#heads = heads;
    this.#thumbnails = new Float32Array(layers * heads * size * size);
    this.#statistics = new Float32Array(layers * heads * headStatistics.length);
    this.#segments = new Float32Array(layers * heads * segments.length * (segments.length + 1));
  }

  add(layer: number, pattern: AttentionPattern, sums: LayerSums): void {
    const { size, segments } = this.#layout;
    const there = computedBlocks(this.#layout, pattern);
    const [G, extra] = [segments.length, size + 2];
    for (let head = 0; head < this.#heads; head++) {
      const at = layer * this.#heads + head;
      const pooled = (pool: number, column: number) =>
        sums.pooled[(head * sums.pools + pool) * sums.width + column] ?? Number.NaN;
      for (let row = 0; row < size; row++)
        for (let column = 0; column < size; column++)
          this.#thumbnails[(at * size + row) * size + column] = there[row * size + column]
            ? pooled(row, column)
            : Number.NaN;
      for (let row = 0; row < G; row++)
        for (let column = 0; column <= G; column++)
          this.#segments[(at * G + row) * (G + 1) + column] = pooled(size + 2 + row, extra + column);
      this.#statistics.set(this.#headStatistics(head, pooled, sums), at * headStatistics.length);
    }
  }

  result(): Pick<AttentionOverview, "thumbnails" | "statistics" | "segments"> {
    const { size, block, segments } = this.#layout;
    const names = segments.map(({ name }) => name);
    return {
      thumbnails: { size, block, data: this.#thumbnails },
      statistics: this.#statistics,
      segments: names.length > 0 ? { names, data: this.#segments } : null,
    };
  }

  /** In the order of `headStatistics`; none is below 0, whatever rounding makes of it. */
  #headStatistics(head: number, pooled: (pool: number, column: number) => number, sums: LayerSums): number[] {
    const { size, ids, repeats } = this.#layout;
    const [before = 0, behind = 0, nats = 0] = sums.rows.subarray(head * 3, head * 3 + 3);
    const [all, butFirst] = [size, size + 1];
    const [place, firstToken] = [size, size + 1];
    const later = ids.length - 1;
    const values = {
      entropy: (nats / ids.length) * Math.LOG2E,
      distance: later / 2 - pooled(all, place),
      previousToken: before / later,
      induction: behind / repeats.reduce((a, b) => a + b, 0),
      firstToken: later > 0 ? pooled(butFirst, firstToken) : Number.NaN,
    };
    return headStatistics.map((name) => Math.max(0, values[name]));
  }
}

/** [S, S]: 1 where a query of the row's block sees a key of the column's. Between two blocks every distance from the least to the largest occurs. */
function computedBlocks({ ids, block, size }: Layout, pattern: AttentionPattern): Uint8Array {
  const seen = seenDistances(pattern, ids.length);
  const before = new Int32Array(ids.length + 1); // how many of the distances below each are seen
  for (const [distance, sees] of seen.entries()) before[distance + 1] = (before[distance] ?? 0) + sees;
  return Uint8Array.from({ length: size * size }, (_, i) => {
    const [query, key] = [Math.floor(i / size) * block, (i % size) * block];
    const least = Math.max(0, query - Math.min(key + block, ids.length) + 1);
    const largest = Math.min(query + block, ids.length) - 1 - key;
    return largest >= least && (before[largest + 1] ?? 0) > (before[least] ?? 0) ? 1 : 0;
  });
}

async function sumDenseLayer(
  model: LoadedModel,
  capture: TextCapture,
  layer: number,
  layout: Layout,
  sums: LayerSums,
  turn: Turn,
): Promise<void> {
  const { nEmbd: C } = model.config;
  const { block, size, ids } = layout;
  const { queries, keys } = await passes.run(turn, () => queriesAndKeys(model, capture, layer, ids.length));
  // Filled up to whole blocks behind the text, where no query looks.
  const padded = new Float32Array(size * block * C);
  padded.set(keys);
  const columns = extraColumns(layout);
  for (const rows of stretches([0, ids.length])) {
    const [first, end] = rows;
    const blocks = Math.ceil(end / block);
    const outputs = await passes.run(turn, async () => {
      const name = `overview of dense layers by ${block} and ${columns}`;
      const session = await model.graphs.get(name, (config) => buildDenseOverviewGraph(config, { block, columns }));
      const [count, S] = [end - first, blocks * block];
      const feeds = {
        queries: float32Tensor(queries.subarray(first * C, end * C), [count, C]),
        keys: float32Tensor(padded.subarray(0, S * C), [S, C]),
        bias: float32Tensor(bias(rows, S, seenDistances({ kind: "dense" }, end)), [count, S]),
        columns: float32Tensor(keyColumns(layout, 0, S), [S, columns]),
        pool: float32Tensor(queryPools(layout, rows), [sums.pools, count]),
        previous: int64Tensor(previousPlaces(rows, S), [count]),
        repeated: float32Tensor(repeatedTokens(ids, rows, S), [count, S]),
      };
      return session.run(feeds, { [overviewNames.pooled]: null, [overviewNames.rows]: null });
    });
    sums.add(outputs, rows, blocks);
  }
}

async function sumSparseLayer(
  model: LoadedModel,
  capture: TextCapture,
  { layer, pattern }: { readonly layer: number; readonly pattern: SparsePattern },
  layout: Layout,
  sums: LayerSums,
  turn: Turn,
): Promise<void> {
  const { ids, most } = layout;
  const rows: Rows = [0, ids.length];
  const columns = most + extraColumns(layout);
  const outputs = await passes.run(turn, async () => {
    const { queries, keys } = await queriesAndKeys(model, capture, layer, ids.length);
    const name = `overview of ${formatPattern(pattern)} layers by ${columns}`;
    const session = await model.graphs.get(name, (config, _, traits) =>
      buildSparseOverviewGraph(config, traits, { pattern, columns }),
    );
    const shape = [1, ids.length, model.config.nEmbd];
    const feeds = {
      queries: float32Tensor(queries, shape),
      keys: float32Tensor(keys, shape),
      columns: float32Tensor(keyColumns(layout, most, ids.length), [ids.length, columns]),
      pool: float32Tensor(queryPools(layout, rows), [sums.pools, ids.length]),
      ids: float32Tensor(Float32Array.from(ids), [1, ids.length]),
      previous_ids: float32Tensor(Float32Array.from([-1, ...ids.slice(0, -1)]), [1, ids.length]),
    };
    return session.run(feeds, { [overviewNames.pooled]: null, [overviewNames.rows]: null });
  });
  sums.add(outputs, rows, most);
}

/** What is summed over `keys` keys: `blocks` columns of blocks, then the others. */
function keyColumns(layout: Layout, blocks: number, keys: number): Float32Array {
  const { ids, block, segments } = layout;
  const width = blocks + extraColumns(layout);
  const data = new Float32Array(keys * width);
  for (let token = 0; token < Math.min(keys, ids.length); token++) {
    const row = token * width;
    if (blocks > 0) data[row + Math.floor(token / block)] = 1;
    data[row + blocks] = token;
    if (token === 0) data[row + blocks + 1] = 1;
    const segment = segments.findIndex(({ start, end }) => start <= token && token < end);
    data[row + blocks + 2 + (segment < 0 ? segments.length : segment)] = 1;
  }
  return data;
}

/** Weights of the queries of `rows` in each sum, [P, R]: every sum's weights of the whole text add up to 1. */
function queryPools({ ids, block, size, segments }: Layout, [first, end]: Rows): Float32Array {
  const ranges = [
    ...Array.from({ length: size }, (_, i) => ({ start: i * block, end: Math.min((i + 1) * block, ids.length) })),
    { start: 0, end: ids.length },
    { start: 1, end: ids.length },
    ...segments,
  ];
  const data = new Float32Array(ranges.length * (end - first));
  for (const [pool, range] of ranges.entries())
    for (let query = Math.max(first, range.start); query < Math.min(end, range.end); query++)
      data[pool * (end - first) + query - first] = 1 / (range.end - range.start);
  return data;
}

/** Where each query's former token stands in the flattened [R, keys]; the first query has none, and what it gets is not counted. */
function previousPlaces([first, end]: Rows, keys: number): number[] {
  return Array.from({ length: end - first }, (_, row) => row * keys + Math.max(0, first + row - 1));
}

/** 1 at tokens that stand behind an earlier occurrence of the query's own token, [R, keys] (Olsson et al. 2022). */
function repeatedTokens(ids: readonly number[], [first, end]: Rows, keys: number): Float32Array {
  const data = new Float32Array((end - first) * keys);
  for (let query = first; query < end; query++)
    for (let key = 1; key <= query; key++) if (ids[key - 1] === ids[query]) data[(query - first) * keys + key] = 1;
  return data;
}
