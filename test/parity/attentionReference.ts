/** What the inspector tells about attention, in plain TypeScript from full matrices in which what is not computed is 0. */
import type { Segment } from "../../src/runtime/analysisProtocol";
import { seesDistance } from "../../src/runtime/model/attentionPattern";
import type { GPTConfig } from "../../src/runtime/model/config";

/** The numbers, with 0 where there is none. */
export function withoutNaN(values: Float32Array | Float64Array): Float64Array {
  return Float64Array.from(values, (value) => (Number.isNaN(value) ? 0 : value));
}

/** Sums over one text's matrices, [L] of [H, T, T]. */
export class AttentionReference {
  constructor(
    readonly ids: readonly number[],
    private readonly layers: readonly Float32Array[],
    private readonly config: GPTConfig,
  ) {}

  /** [T, T] */
  head(layer: number, head: number): Float64Array {
    const size = this.ids.length ** 2;
    return Float64Array.from(this.layers[layer]?.subarray(head * size, (head + 1) * size) ?? []);
  }

  layer(layer: number, combine: "mean" | "max"): Float64Array {
    return combined(this.#heads(layer), combine);
  }

  all(combine: "mean" | "max"): Float64Array {
    return combined(
      this.layers.map((_, layer) => this.layer(layer, combine)),
      combine,
    );
  }

  /** Abnar & Zuidema 2020 §3, from the first layer upwards. */
  rollout(last: number): Float64Array {
    const n = this.ids.length;
    let rolled: Float64Array = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
    for (let layer = 0; layer <= last; layer++) {
      const mean = this.layer(layer, "mean");
      const next = new Float64Array(n * n);
      for (let i = 0; i < n; i++)
        for (let m = 0; m < n; m++) {
          const weight = ((mean[i * n + m] ?? 0) + (i === m ? 1 : 0)) / 2;
          if (weight > 0)
            for (let j = 0; j <= m; j++) next[i * n + j] = (next[i * n + j] ?? 0) + weight * (rolled[m * n + j] ?? 0);
        }
      rolled = next;
    }
    return rolled;
  }

  /** [L, H, S, S] with blocks of `block` tokens. */
  thumbnails(block: number): Float64Array {
    const size = Math.ceil(this.ids.length / block);
    return this.#perHead((matrix, layer) => {
      const pattern = this.config.attentionPatterns[layer] ?? { kind: "dense" };
      const data = new Float64Array(size * size).fill(Number.NaN);
      for (const [query, row] of this.#rows(matrix).entries()) {
        const r = Math.floor(query / block);
        const queries = Math.min(block, this.ids.length - r * block);
        for (const [key, p] of row.entries()) {
          const at = r * size + Math.floor(key / block);
          if (seesDistance(pattern, query - key)) data[at] = (data[at] || 0) + p / queries;
        }
      }
      return data;
    });
  }

  /** [L, H, 5] as `headStatistics` says. */
  statistics(): Float64Array {
    const { ids } = this;
    return this.#perHead((matrix) => {
      const rows = this.#rows(matrix);
      const later = rows.slice(1);
      const behind = (query: number) =>
        [...ids.keys()].filter((j) => j >= 1 && j <= query && ids[j - 1] === ids[query]);
      const induced = rows.flatMap((row, i) => (behind(i).length > 0 ? [sum(behind(i).map((j) => row[j] ?? 0))] : []));
      return [
        average(rows.map((row) => sum(Array.from(row, (p) => (p > 0 ? -p * Math.log2(p) : 0))))),
        average(rows.map((row, i) => sum(Array.from(row, (p, j) => p * (i - j))))),
        average(later.map((row, i) => row[i] ?? 0)),
        average(induced),
        average(later.map((row) => row[0] ?? 0)),
      ];
    });
  }

  /** [L, H, G, G + 1] */
  segments(segments: readonly Segment[]): Float64Array {
    return this.#perHead((matrix) => {
      const rows = this.#rows(matrix);
      return segments.flatMap(({ start, end }) => {
        const inside = segments.map((to) =>
          average(rows.slice(start, end).map((row) => sum(row.slice(to.start, to.end)))),
        );
        return [...inside, 1 - sum(inside)];
      });
    });
  }

  #perHead(make: (matrix: Float64Array, layer: number) => Iterable<number>): Float64Array {
    const all = this.layers.flatMap((_, layer) => this.#heads(layer).map((matrix) => Array.from(make(matrix, layer))));
    return Float64Array.from(all.flat());
  }

  #heads(layer: number): Float64Array[] {
    return Array.from({ length: this.config.nHead }, (_, head) => this.head(layer, head));
  }

  #rows(matrix: Float64Array): Float64Array[] {
    const n = this.ids.length;
    return this.ids.map((_, i) => matrix.subarray(i * n, (i + 1) * n));
  }
}

function combined(matrices: readonly Float64Array[], combine: "mean" | "max"): Float64Array {
  return Float64Array.from(matrices[0] ?? [], (_, i) => {
    const values = matrices.map((matrix) => matrix[i] ?? 0);
    return combine === "mean" ? average(values) : Math.max(...values);
  });
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function average(values: readonly number[]): number {
  return sum(values) / values.length;
}
