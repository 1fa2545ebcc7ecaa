/** Standard errors of a mean score: of plain items, of items that share a source, and of several seeds on the same items. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";

/**
 * Standard error of a mean by the central limit theorem: √(Σ (sᵢ − s̄)² / (n − 1) / n) (Miller 2024, arXiv 2411.00640, §2.1).
 * In the unit of the scores. Throws `invalidRequest` for fewer than two.
 */
export function standardError(scores: readonly number[]): number {
  return Math.sqrt(variance(scores) / scores.length);
}

/** Σ (sᵢ − s̄)² / (n − 1). Throws `invalidRequest` for fewer than two scores. */
export function variance(scores: ArrayLike<number>): number {
  if (scores.length < 2) throw invalidRequest(l10n.t("a spread takes two values at least"));
  const mean = average(scores);
  let squares = 0;
  for (let i = 0; i < scores.length; i++) squares += ((scores[i] ?? Number.NaN) - mean) ** 2;
  return squares / (scores.length - 1);
}

/** The mean; NaN of none. */
export function average(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? Number.NaN;
  return sum / values.length;
}

/**
 * Standard error of a mean where items of one cluster (questions on one passage, say) go together:
 * √(SE² + n⁻² Σ_c Σ_i Σ_{j ≠ i} (s_{i,c} − s̄)(s_{j,c} − s̄)) (Miller 2024, §2.2), with SE that of `standardError`. `clusters[i]`
 * names item i's. For a paired comparison the scores are the items' differences (§4). Few clusters make it too small. Throws
 * `invalidRequest`.
 */
export function clusteredStandardError(scores: readonly number[], clusters: readonly string[]): number {
  if (scores.length !== clusters.length) {
    throw invalidRequest(l10n.t("{0} items cannot be paired with {1}", scores.length, clusters.length));
  }
  const mean = average(scores);
  const sums = new Map<string, number>();
  for (const [i, score] of scores.entries()) {
    const cluster = clusters[i] ?? "";
    sums.set(cluster, (sums.get(cluster) ?? 0) + score - mean);
  }
  // The products of different items of a cluster: the square of its sum, less the squares of its items.
  const squares = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  const together = [...sums.values()].reduce((sum, value) => sum + value * value, 0) - squares;
  return Math.sqrt(Math.max(0, standardError(scores) ** 2 + together / scores.length ** 2));
}

/** The spread of one arm over seeds, beside what the choice of test items alone leaves open. All in the unit of the scores. */
export interface SeedSpread {
  /** Mean over items and seeds. */
  readonly mean: number;
  /** Mean of each seed, in the order given. */
  readonly seedMeans: readonly number[];
  readonly lowest: number;
  readonly highest: number;
  /** Standard deviation of the seeds' means; null for a single seed, which says nothing of others. */
  readonly seedDeviation: number | null;
  /** Standard error over items, of each item's mean over the seeds: these seeds, other items. */
  readonly itemError: number;
  /** Standard error of `mean` over other seeds on these items: `seedDeviation` / √S; null for a single seed. */
  readonly seedError: number | null;
  /** Standard error of `mean` over other items and other seeds at once; `itemError` for a single seed. */
  readonly totalError: number;
}

/**
 * Two-level spread of `scores[seed][item]`, every seed on the same items (two at least). With s_{ij} = μ + item_i + seed_j + e_{ij} the
 * mean's variance is σ²_item / n + σ²_seed / S + σ²_e / (n S). Item means give the first and third term (Miller 2024, §3.1: resampling
 * lessens σ²_e), seed means the second and third; the third, counted twice, is taken off once, by the mean squares of the two-way layout
 * (Searle, Casella and McCulloch 1992, ch. 4). Never less than either error alone. Throws `invalidRequest`.
 */
export function seedSpread(scores: readonly (readonly number[])[]): SeedSpread {
  const itemMeans = meansOfItems(scores);
  const seedMeans = scores.map(average);
  const itemError = standardError(itemMeans);
  const seedDeviation = scores.length < 2 ? null : Math.sqrt(variance(seedMeans));
  const seedError = seedDeviation === null ? null : seedDeviation / Math.sqrt(scores.length);
  const common = {
    ...{ mean: average(seedMeans), seedMeans, lowest: Math.min(...seedMeans), highest: Math.max(...seedMeans) },
    ...{ seedDeviation, itemError, seedError },
  };
  if (seedError === null) return { ...common, totalError: itemError };
  const shared = residualVariance(scores) / (scores.length * itemMeans.length);
  const both = Math.sqrt(Math.max(0, itemError ** 2 + seedError ** 2 - shared));
  return { ...common, totalError: Math.max(itemError, seedError, both) };
}

/** Each item's mean over the seeds. Throws `invalidRequest` where not every seed has the same number of items. */
export function meansOfItems(scores: readonly (readonly number[])[]): number[] {
  const [first] = scores;
  if (!first) throw invalidRequest(l10n.t("there is no item to compare on"));
  for (const of of scores) {
    if (of.length !== first.length) {
      throw invalidRequest(l10n.t("{0} items cannot be paired with {1}", of.length, first.length));
    }
  }
  return first.map((_, item) => average(scores.map((of) => of[item] ?? Number.NaN)));
}

/**
 * The mean square of what neither item nor seed explains of `scores[seed][item]`: the estimate of σ²_e. Takes two seeds and two items at
 * least, every seed on the same items.
 */
export function residualVariance(scores: readonly (readonly number[])[]): number {
  const itemMeans = meansOfItems(scores);
  const seedMeans = scores.map(average);
  const mean = average(seedMeans);
  let squares = 0;
  for (const [seed, of] of scores.entries()) {
    const shift = (seedMeans[seed] ?? Number.NaN) - mean;
    for (let item = 0; item < of.length; item++) {
      squares += ((of[item] ?? Number.NaN) - shift - (itemMeans[item] ?? Number.NaN)) ** 2;
    }
  }
  return squares / ((scores.length - 1) * (itemMeans.length - 1));
}
