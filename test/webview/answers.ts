/** Answers to the panel's questions, with attention as models have it: heads that look back by one, that copy, that rest on the first token. */
import type { PanelAnswer } from "../../src/runtime/analysisPanelProtocol";
import type {
  AttentionFlow,
  AttentionMatrix,
  AttentionOverview,
  AttentionReach,
  AttentionRows,
  LayerPattern,
  MatrixSource,
  Segment,
} from "../../src/runtime/analysisProtocol";
import type { Answers } from "./page";
import type { scores } from "./states";

type Scores = ReturnType<typeof scores>;

/** Probability of every key of one query: [T], NaN where nothing is computed. */
export type HeadRow = (layer: number, head: number, query: number) => Float32Array;

const kinds = ["previous", "sink", "diffuse", "induction", "local", "lineEnds"] as const;

/** A number between 0 and 1 that depends on nothing but its arguments. */
function noise(...numbers: readonly number[]): number {
  let hash = 2166136261;
  for (const number of numbers) hash = Math.imul(hash ^ number, 16777619) ^ (hash >>> 13);
  return (hash >>> 0) / 2 ** 32;
}

/** What a kind of head is drawn to, before it is normalized. */
function weight(kind: (typeof kinds)[number], query: number, key: number, tokens: Scores["tokens"]): number {
  switch (kind) {
    case "previous":
      return key === query - 1 ? 9 : key === query ? 0.7 : 0;
    case "sink":
      return key === 0 ? 8 : key === query ? 1 : 0;
    case "diffuse":
      return 0.1;
    case "induction":
      return key > 0 && tokens[key - 1]?.id === tokens[query]?.id ? 6 : key === 0 ? 2 : 0;
    case "local":
      return 3 * Math.exp((key - query) / 6);
    case "lineEnds":
      return tokens[key]?.text === "\n" ? 2 : key === query ? 1 : 0;
  }
}

/** Rows of all heads of a text. A layer's pattern decides what is computed. */
export function attentionRows(tokens: Scores["tokens"], patterns: readonly LayerPattern[], heads: number): HeadRow {
  return (layer, head, query) => {
    const kind = kinds[(layer * 7 + head * 5 + Math.floor(noise(layer, head) * 3)) % kinds.length] ?? "diffuse";
    const spread = 0.004 + 0.03 * noise(layer, head, heads);
    const row = new Float32Array(tokens.length).fill(Number.NaN);
    let sum = 0;
    for (let key = 0; key <= query; key++) {
      if (!sees(patterns[layer], query, key)) continue;
      const value =
        (weight(kind, query, key, tokens) + spread * noise(layer, head, query >> 1, key)) *
        (0.6 + 0.8 * noise(key, head, query));
      row[key] = value;
      sum += value;
    }
    return row.map((value) => value / sum);
  };
}

function sees(pattern: LayerPattern | undefined, query: number, key: number): boolean {
  if (!pattern || pattern.kind === "dense") return true;
  const near = query - key < pattern.k;
  return pattern.kind === "banded" ? near : near || (query - key) % pattern.k === 0;
}

/** Patterns of a model whose layers alternate, as GPT-3's do. */
export function alternating(layers: number, k: number): readonly LayerPattern[] {
  return Array.from({ length: layers }, (_, layer) =>
    layer % 2 === 0 ? { kind: "dense", k: 0 } : { kind: "banded", k },
  );
}

/** Every answer that the attention view asks for, about one text. All layers are dense, unless said otherwise. */
export function attentionAnswers(state: Scores, patterns?: readonly LayerPattern[]): Answers {
  const { tokens, model } = state;
  const [layers, heads, count] = [model.nLayer, model.nHead, tokens.length];
  const layerPatterns = patterns ?? Array.from({ length: layers }, (): LayerPattern => ({ kind: "dense", k: 0 }));
  const row = attentionRows(tokens, layerPatterns, heads);
  const answer = <T>(value: T): PanelAnswer<T> => ({ kind: "ready", value });
  return {
    "analysis/overview": (params) => {
      const { thumbnailSize, segments = [] } = params as { thumbnailSize: number; segments?: readonly Segment[] };
      return answer(overviewOf(state, layerPatterns, row, { size: thumbnailSize, segments }));
    },
    "analysis/matrix": (params) => {
      const { source, rows } = params as { source: MatrixSource; rows: readonly [number, number] };
      const data = new Float32Array((rows[1] - rows[0]) * count);
      for (let query = rows[0]; query < rows[1]; query++)
        data.set(sourceRow(source, query, row, layers, heads), (query - rows[0]) * count);
      return answer({ source, rows, columns: count, data, elapsedMs: 5 } satisfies AttentionMatrix);
    },
    "analysis/rows": (params) => {
      const { layer, query } = params as { layer: number; query: number };
      const data = new Float32Array(heads * count);
      for (let head = 0; head < heads; head++) data.set(row(layer, head, query), head * count);
      return answer({ data, heads } satisfies AttentionRows);
    },
    "analysis/flow": (params) => {
      const { layer, query } = params as { layer: number; query: number };
      const data = sourceRow({ kind: "rollout", layer }, query, row, layers, heads).map((p) =>
        Number.isNaN(p) ? 0 : p,
      );
      return answer({ data, elapsedMs: 5 } satisfies AttentionFlow);
    },
    "analysis/reach": (params) => {
      const { token } = params as { token: number };
      return answer({ data: reachOf(layerPatterns, token, count) } satisfies AttentionReach);
    },
  };
}

function sourceRow(source: MatrixSource, query: number, row: HeadRow, layers: number, heads: number): Float32Array {
  const all = (of: readonly number[]) =>
    of.flatMap((layer) => Array.from({ length: heads }, (_, head) => row(layer, head, query)));
  switch (source.kind) {
    case "head":
      return row(source.layer, source.head, query);
    case "layer":
      return combine(all([source.layer]), source.combine);
    case "all":
      return combine(all(Array.from({ length: layers }, (_, layer) => layer)), source.combine);
    case "rollout": {
      // Not rollout itself, but of its look: the residual is half.
      const mean = combine(all(Array.from({ length: source.layer + 1 }, (_, layer) => layer)), "mean");
      return mean.map((p, key) => 0.5 * p + (key === query ? 0.5 : 0));
    }
  }
}

function combine(rows: readonly Float32Array[], how: "mean" | "max"): Float32Array {
  const result = new Float32Array(rows[0]?.length ?? 0).fill(Number.NaN);
  for (const row of rows) {
    for (let key = 0; key < row.length; key++) {
      const [value, before] = [row[key] ?? Number.NaN, result[key] ?? Number.NaN];
      if (Number.isNaN(value)) continue;
      const part = how === "mean" ? value / rows.length : value;
      result[key] = Number.isNaN(before) ? part : how === "mean" ? before + part : Math.max(before, part);
    }
  }
  return result;
}

function overviewOf(
  { tokens, model }: Scores,
  patterns: readonly LayerPattern[],
  row: HeadRow,
  { size, segments }: { readonly size: number; readonly segments: readonly Segment[] },
): AttentionOverview {
  const [layers, heads, count] = [model.nLayer, model.nHead, tokens.length];
  const block = Math.ceil(count / size);
  const data = new Float32Array(layers * heads * size * size).fill(Number.NaN);
  const statistics = new Float32Array(layers * heads * 5);
  const width = segments.length + 1;
  const sums = new Float32Array(layers * heads * segments.length * width);
  for (let layer = 0; layer < layers; layer++) {
    for (let head = 0; head < heads; head++) {
      const index = layer * heads + head;
      const measured = new Measures(tokens);
      for (let query = 0; query < count; query++) {
        const values = row(layer, head, query);
        measured.add(query, values);
        const line = index * size * size + Math.floor(query / block) * size;
        const queries = Math.min(block, count - Math.floor(query / block) * block);
        const from = segments.findIndex(({ start, end }) => query >= start && query < end);
        for (let key = 0; key <= query; key++) {
          const p = values[key] ?? Number.NaN;
          if (Number.isNaN(p)) continue;
          const at = line + Math.floor(key / block);
          data[at] = (Number.isNaN(data[at] ?? 0) ? 0 : (data[at] ?? 0)) + p / queries;
          if (from < 0) continue;
          const found = segments.findIndex(({ start, end }) => key >= start && key < end);
          const segment = segments[from] ?? { start: 0, end: 1 };
          const to = (index * segments.length + from) * width + (found < 0 ? segments.length : found);
          sums[to] = (sums[to] ?? 0) + p / (segment.end - segment.start);
        }
      }
      statistics.set(measured.means(), index * 5);
    }
  }
  return {
    model,
    ...{ tokens: count, layers, heads, patterns, statistics },
    thumbnails: { size, block, data },
    segments: segments.length > 0 ? { names: segments.map(({ name }) => name), data: sums } : null,
    elapsedMs: 20,
  };
}

/** The five statistics of a head, as the protocol defines them. */
class Measures {
  readonly #sums = { entropy: 0, distance: 0, previous: 0, induction: 0, first: 0 };
  #queries = 0;
  #copies = 0;

  constructor(private readonly tokens: Scores["tokens"]) {}

  add(query: number, row: Float32Array): void {
    this.#queries++;
    let copied = 0;
    let copies = false;
    for (let key = 0; key <= query; key++) {
      const p = row[key] ?? Number.NaN;
      if (key > 0 && this.tokens[key - 1]?.id === this.tokens[query]?.id) {
        copies = true;
        copied += Number.isNaN(p) ? 0 : p;
      }
      if (Number.isNaN(p)) continue;
      if (p > 0) this.#sums.entropy -= p * Math.log2(p);
      this.#sums.distance += p * (query - key);
    }
    if (query > 0) {
      this.#sums.previous += row[query - 1] || 0;
      this.#sums.first += row[0] || 0;
    }
    if (!copies) return;
    this.#copies++;
    this.#sums.induction += copied;
  }

  means(): readonly number[] {
    const { entropy, distance, previous, induction, first } = this.#sums;
    const [n, later] = [this.#queries, this.#queries - 1];
    return [
      entropy / n,
      distance / n,
      previous / later,
      this.#copies ? induction / this.#copies : Number.NaN,
      first / later,
    ];
  }
}

function reachOf(patterns: readonly LayerPattern[], token: number, count: number): Uint8Array {
  const layers = patterns.length;
  const data = new Uint8Array((layers + 1) * count);
  data[layers * count + token] = 1;
  for (let layer = layers - 1; layer >= 0; layer--) {
    for (let query = 0; query <= token; query++) {
      if (!data[(layer + 1) * count + query]) continue;
      for (let key = 0; key <= query; key++) if (sees(patterns[layer], query, key)) data[layer * count + key] = 1;
    }
  }
  return data;
}
