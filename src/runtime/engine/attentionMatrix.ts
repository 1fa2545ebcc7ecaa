/** Rows of attention matrices, each layer's computed from its captured input state: one head's needs no other layer. */
import type { MatrixSource } from "../analysisProtocol";
import {
  buildAttentionGraph,
  buildQueriesAndKeysGraph,
  type HeadsResult,
  probabilitiesName,
  queriesAndKeysNames,
} from "../model/attentionGraphs";
import type { AttentionPattern } from "../model/attentionPattern";
import { reachedDistances, seenDistances } from "../model/patternReach";
import type { LoadedModel } from "./loadedModel";
import { passes, type Turn } from "./passes";
import { float32Tensor, int64Tensor, readFloat32 } from "./session";
import type { TextCapture } from "./textCapture";

/** How to compute. */
export interface AttentionOptions extends Turn {
  /** Layers that are done, of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** First query, and one past the last one. */
export type Rows = readonly [first: number, end: number];

/** Most queries of one pass where there may be several: a head's scores over 1,024 keys are 1 MB then. */
const passQueries = 256;

/**
 * Rows of the matrix that `source` names, [R, T]: NaN where nothing is computed, which of all layers together is what none of them sees,
 * and of rollout what reaches the query in no way. Throws `CancelledError` when the signal aborts.
 */
export async function attentionMatrix(
  model: LoadedModel,
  capture: TextCapture,
  source: MatrixSource,
  rows: Rows,
  options: AttentionOptions,
): Promise<Float32Array> {
  const { attentionPatterns: patterns } = model.config;
  switch (source.kind) {
    case "head":
    case "layer": {
      const result = source.kind === "head" ? "head" : source.combine;
      const head = source.kind === "head" ? source.head : 0;
      const values = await layerRows(model, capture, { layer: source.layer, result, rows, head }, options);
      return expand(values, rows, capture.ids.length, seenBy(patterns.slice(source.layer, source.layer + 1)));
    }
    case "all": {
      const values = await allLayers(model, capture, source.combine, rows, options);
      return expand(values, rows, capture.ids.length, seenBy(patterns));
    }
    case "rollout": {
      const values = await rollout(model, capture, source.layer, rows, options);
      const reached = reachedDistances(patterns.slice(0, source.layer + 1), capture.ids.length);
      return expand(values, rows, capture.ids.length, reached);
    }
    default:
      return source satisfies never;
  }

  function seenBy(some: readonly AttentionPattern[]): Uint8Array {
    const each = some.map((pattern) => seenDistances(pattern, capture.ids.length));
    return Uint8Array.from({ length: capture.ids.length }, (_, d) => (each.some((seen) => seen[d]) ? 1 : 0));
  }
}

/** One query in all heads of a layer, [H, T]; NaN where nothing is computed. */
export async function attentionRows(
  model: LoadedModel,
  capture: TextCapture,
  layer: number,
  query: number,
  turn: Turn,
): Promise<Float32Array> {
  const { nHead, attentionPatterns } = model.config;
  const rows: Rows = [query, query + 1];
  const values = await layerRows(model, capture, { layer, result: "heads", rows }, turn); // [H, 1, query + 1]
  const tokens = capture.ids.length;
  const seen = seenDistances(attentionPatterns[layer] ?? { kind: "dense" }, tokens);
  const all = new Float32Array(nHead * tokens);
  for (let head = 0; head < nHead; head++) {
    const row = values.subarray(head * rows[1], (head + 1) * rows[1]);
    all.set(expand(row, rows, tokens, seen), head * tokens);
  }
  return all;
}

/** Means over the heads of layers 0 to `layer` (inclusive), each [n, n] for the first n tokens, 0 where nothing is computed. */
export async function meanAttentions(
  model: LoadedModel,
  capture: TextCapture,
  layer: number,
  tokens: number,
  options: AttentionOptions,
): Promise<Float32Array[]> {
  const means: Float32Array[] = [];
  for (let depth = 0; depth <= layer; depth++) {
    options.onProgress?.(depth, layer + 1);
    means.push(await layerRows(model, capture, { layer: depth, result: "mean", rows: [0, tokens] }, options));
  }
  return means;
}

/** Mean or maximum over every layer's, [R, end of rows]; what a layer does not compute counts 0. */
async function allLayers(
  model: LoadedModel,
  capture: TextCapture,
  combine: "mean" | "max",
  rows: Rows,
  options: AttentionOptions,
): Promise<Float32Array> {
  const { nLayer } = model.config;
  const all = new Float32Array((rows[1] - rows[0]) * rows[1]);
  for (let layer = 0; layer < nLayer; layer++) {
    options.onProgress?.(layer, nLayer);
    const values = await layerRows(model, capture, { layer, result: combine, rows }, options);
    for (const [i, value] of values.entries())
      all[i] = combine === "mean" ? (all[i] ?? 0) + value / nLayer : Math.max(all[i] ?? 0, value);
  }
  return all;
}

/**
 * Rows of Ã(l) ⋯ Ã(1) Ã(0) with Ã = 0.5 A + 0.5 I, where A is the mean over heads (Abnar & Zuidema 2020 §3): [R, end of rows]. Multiplied
 * from the left, so that only the rows that are asked for are carried through the layers.
 */
async function rollout(
  model: LoadedModel,
  capture: TextCapture,
  last: number,
  [first, end]: Rows,
  options: AttentionOptions,
): Promise<Float32Array> {
  const count = end - first;
  let rolled = new Float32Array(count * end);
  for (let i = 0; i < count; i++) rolled[i * end + first + i] = 1;
  for (let layer = last; layer >= 0; layer--) {
    options.onProgress?.(last - layer, last + 1);
    const next = rolled.map((value) => value / 2);
    // Before the first product, tokens before the rows weigh nothing.
    for (const part of stretches([layer === last ? first : 0, end])) {
      const weights = columns(rolled, end, part);
      const added = await layerRows(model, capture, { layer, result: "rollout", rows: part, weights }, options);
      for (let i = 0; i < count; i++)
        for (let j = 0; j < part[1]; j++)
          next[i * end + j] = (next[i * end + j] ?? 0) + (added[i * part[1] + j] ?? 0) / 2;
    }
    rolled = next;
  }
  return rolled;
}

/** Stretches of queries of a pass each. */
export function stretches([first, end]: Rows): readonly Rows[] {
  return Array.from({ length: Math.ceil((end - first) / passQueries) }, (_, i) => [
    first + i * passQueries,
    Math.min(first + (i + 1) * passQueries, end),
  ]);
}

/** Columns of a matrix whose rows have `width` values. */
function columns(matrix: Float32Array, width: number, [first, end]: Rows): Float32Array {
  const part = new Float32Array((matrix.length / width) * (end - first));
  for (let row = 0; row * width < matrix.length; row++)
    part.set(matrix.subarray(row * width + first, row * width + end), row * (end - first));
  return part;
}

interface LayerRequest {
  readonly layer: number;
  readonly result: HeadsResult;
  readonly rows: Rows;
  readonly head?: number;
  /** [Q, R] */
  readonly weights?: Float32Array;
}

/** What the attention graph gives for the queries of `rows` and the keys up to their last, which is all that they see. */
function layerRows(
  model: LoadedModel,
  capture: TextCapture,
  { layer, result, rows: [first, end], head = 0, weights }: LayerRequest,
  turn: Turn,
): Promise<Float32Array> {
  const { nEmbd: C, attentionPatterns } = model.config;
  return passes.run(turn, async () => {
    const { queries, keys } = await queriesAndKeys(model, capture, layer, end);
    const session = await model.graphs.get(`${result} of attention`, (config) => buildAttentionGraph(config, result));
    const count = end - first;
    const seen = seenDistances(attentionPatterns[layer] ?? { kind: "dense" }, end);
    const feeds = {
      queries: float32Tensor(queries.subarray(first * C), [count, C]),
      keys: float32Tensor(keys, [end, C]),
      bias: float32Tensor(bias([first, end], end, seen), [count, end]),
      ...(result === "head" && { head: int64Tensor([head], [1]) }),
      ...(weights && { weights: float32Tensor(weights, [weights.length / count, count]) }),
    };
    return readFloat32(await session.run(feeds, { [probabilitiesName]: null }), probabilitiesName);
  });
}

/** Scaled queries and keys of a layer's first `tokens` tokens, [tokens, C] each. Called within a turn of `passes`. */
export async function queriesAndKeys(
  model: LoadedModel,
  { states }: TextCapture,
  layer: number,
  tokens: number,
): Promise<{ readonly queries: Float32Array; readonly keys: Float32Array }> {
  const { nEmbd } = model.config;
  const session = await model.graphs.get(`queries and keys of layer ${layer}`, (config, parameters, traits) =>
    buildQueriesAndKeysGraph(config, parameters, traits, layer),
  );
  const state = (states[layer] ?? new Float32Array()).subarray(0, tokens * nEmbd);
  const feeds = { state: float32Tensor(state, [1, tokens, nEmbd]) };
  const { queries, keys } = queriesAndKeysNames;
  const outputs = await session.run(feeds, { [queries]: null, [keys]: null });
  return { queries: readFloat32(outputs, queries), keys: readFloat32(outputs, keys) };
}

const hidden = -1e30;

/** What is added to the scores of queries over the first `keys` keys, [R, keys], given which distances are seen. */
export function bias([first, end]: Rows, keys: number, seen: Uint8Array): Float32Array {
  const added = new Float32Array((end - first) * keys).fill(hidden);
  for (let query = first; query < end; query++)
    for (let key = 0; key <= query; key++) if (seen[query - key]) added[(query - first) * keys + key] = 0;
  return added;
}

/** [R, end of rows] as [R, T], with NaN at distances that are not there. */
function expand(values: Float32Array, [first, end]: Rows, tokens: number, there: Uint8Array): Float32Array {
  const matrix = new Float32Array((end - first) * tokens).fill(Number.NaN);
  for (let query = first; query < end; query++)
    for (let key = 0; key <= query; key++)
      if (there[query - key]) matrix[(query - first) * tokens + key] = values[(query - first) * end + key] ?? 0;
  return matrix;
}
