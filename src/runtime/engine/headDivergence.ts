/** How differently a head attends in two texts. */

/** A range of tokens: the first, and one past the last. */
export type TokenRange = readonly [number, number];

/** Tokens of two texts that stand for each other, or of one of them alone; together all of both, in order. */
export interface AlignedRange {
  /** Whether they are the same. */
  readonly same: boolean;
  readonly a: TokenRange;
  readonly b: TokenRange;
}

/** A head's attention in both texts: [T, T] each, T its tokens; NaN where nothing is computed. */
export interface TwoAttentions {
  readonly a: Float32Array;
  readonly b: Float32Array;
}

/** Queries and keys of two texts that are compared with each other. */
export class AlignedTokenPairs {
  /** Queries of tokens that are the same: of a range, one by one if there are as many of both, else the last. */
  readonly queries: readonly (readonly [number, number])[];
  readonly #keys: readonly AlignedRange[];
  readonly #tokensA: number;
  readonly #tokensB: number;

  constructor(alignment: readonly AlignedRange[]) {
    this.#keys = alignment.flatMap((range) => (count(range.a) === count(range.b) ? oneByOne(range) : [range]));
    this.queries = this.#keys
      .filter(({ same, a, b }) => same && count(a) > 0 && count(b) > 0)
      .map(({ a, b }) => [a[1] - 1, b[1] - 1]);
    this.#tokensA = alignment.at(-1)?.a[1] ?? 0;
    this.#tokensB = alignment.at(-1)?.b[1] ?? 0;
  }

  /**
   * Mean over the queries of the Jensen–Shannon divergence (Lin 1991) between two distributions over keys, bits, from 0 to 1. Keys that are
   * aligned stand for each other; of all others, which one text has alone, each has half its probability for its part. NaN without queries.
   */
  divergence({ a, b }: TwoAttentions): number {
    let sum = 0;
    for (const [i, j] of this.queries) {
      const rowA = a.subarray(i * this.#tokensA, (i + 1) * this.#tokensA);
      const rowB = b.subarray(j * this.#tokensB, (j + 1) * this.#tokensB);
      sum += this.#queryDivergence(rowA, rowB);
    }
    return Math.min(1, Math.max(0, sum / this.queries.length));
  }

  #queryDivergence(rowA: Float32Array, rowB: Float32Array): number {
    let divergence = 0;
    for (const { a, b } of this.#keys) {
      const [p, q] = [mass(rowA, a), mass(rowB, b)];
      if (p > 0) divergence += (p * Math.log2((2 * p) / (p + q))) / 2;
      if (q > 0) divergence += (q * Math.log2((2 * q) / (p + q))) / 2;
    }
    return divergence;
  }
}

function count([start, end]: TokenRange): number {
  return end - start;
}

function oneByOne({ same, a, b }: AlignedRange): AlignedRange[] {
  return Array.from({ length: count(a) }, (_, i) => ({
    same,
    a: [a[0] + i, a[0] + i + 1],
    b: [b[0] + i, b[0] + i + 1],
  }));
}

/** What is not computed is not attended to. */
function mass(row: Float32Array, [start, end]: TokenRange): number {
  let sum = 0;
  for (let key = start; key < end; key++) sum += row[key] || 0;
  return sum;
}
