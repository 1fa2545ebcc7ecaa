/** Learning curves: a score against the number of labels, from runs on nested subsets with several seeds, all on the same test items. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { longRandom, type Random } from "../random";
import { quantile } from "./bootstrap";
import { checkShare, defaultLevel, type Interval } from "./significance";

/** One run: so many labels, drawn with this seed, and the score of every test item (0 or 1 for accuracies), in the same order always. */
export interface LearningRun {
  /** 1 or more. */
  readonly labels: number;
  readonly seed: number;
  readonly scores: readonly number[];
}

/** How a curve's uncertainty is found. */
export interface CurveOptions {
  /** Resamples drawn. Default 2,000. */
  readonly resamples?: number;
  /** Seed of the draws. Default 0. */
  readonly seed?: number;
  /** How sure bands and intervals are, between 0 and 1. Default 0.95. */
  readonly level?: number;
}

/** A learning curve, from few labels to many. */
export interface LearningCurve {
  readonly points: readonly CurvePoint[];
  readonly seeds: number;
  readonly items: number;
  readonly level: number;
}

/** A curve at one number of labels. */
export interface CurvePoint {
  readonly labels: number;
  /** Mean over seeds and items. */
  readonly mean: number;
  /** Percentile interval of `mean`, at this number of labels alone. */
  readonly band: Interval;
  /** Mean of each seed, by ascending seed. */
  readonly seedMeans: readonly number[];
}

/** The defaults of `CurveOptions`. */
export const curveDefaults = { resamples: 2000, seed: 0, level: defaultLevel } as const;

/**
 * The curve of runs, with bands over other items and other seeds at once: the pigeonhole bootstrap, which draws both independently (Owen
 * 2007; Owen and Eckles 2012). Throws `invalidRequest` unless every number of labels was run with the same seeds on the same items.
 */
export function learningCurve(runs: readonly LearningRun[], options: CurveOptions = {}): LearningCurve {
  const { resamples, seed, level } = { ...curveDefaults, ...options };
  checkShare("level", level);
  const grid = runGrid(runs);
  const drawn = grid.sizes.map(() => new Float64Array(resamples));
  const random = longRandom(seed);
  for (let r = 0; r < resamples; r++) {
    const curve = meanCurve(grid, drawSeeds(grid, random), drawWeights(grid.items, grid.items, random));
    for (const [size, value] of curve.entries()) drawn[size]?.fill(value, r, r + 1);
  }
  const tail = (1 - level) / 2;
  const points = grid.sizes.map((labels, size): CurvePoint => {
    const ascending = (drawn[size] ?? new Float64Array(0)).sort();
    const seedMeans = grid.seedMeans[size] ?? [];
    const mean = seedMeans.reduce((sum, value) => sum + value, 0) / grid.seeds;
    return { labels, mean, band: [quantile(ascending, tail), quantile(ascending, 1 - tail)], seedMeans };
  });
  return { points, seeds: grid.seeds, items: grid.items, level };
}

/** Runs in order: by number of labels, seed and item. */
export interface RunGrid {
  /** Numbers of labels, ascending. */
  readonly sizes: readonly number[];
  readonly seeds: number;
  readonly items: number;
  /** [sizes, seeds, items] */
  readonly scores: Float64Array;
  /** [sizes][seeds] */
  readonly seedMeans: readonly (readonly number[])[];
}

/** Puts runs in order. Throws `invalidRequest` unless every number of labels was run once with each seed, always on as many items. */
export function runGrid(runs: readonly LearningRun[]): RunGrid {
  const ascending = (values: Iterable<number>) => [...new Set(values)].sort((a, b) => a - b);
  const sizes = ascending(runs.map(({ labels }) => labels));
  const seeds = ascending(runs.map(({ seed }) => seed));
  const items = runs[0]?.scores.length ?? 0;
  if (items === 0) throw invalidRequest(l10n.t("there is no item to compare on"));
  const ordered = sizes.map((labels) => seeds.map((seed) => theRun(runs, labels, seed, items)));
  return {
    ...{ sizes, seeds: seeds.length, items, scores: Float64Array.from(ordered.flat(2)) },
    seedMeans: ordered.map((ofSize) => ofSize.map((scores) => scores.reduce((sum, score) => sum + score, 0) / items)),
  };
}

function theRun(runs: readonly LearningRun[], labels: number, seed: number, items: number): readonly number[] {
  if (!(labels >= 1)) throw invalidRequest(l10n.t('"{0}" is {1}; it must be 1 or more', "labels", labels));
  const found = runs.filter((run) => run.labels === labels && run.seed === seed);
  const [run] = found;
  if (!run || found.length > 1) {
    throw invalidRequest(
      l10n.t("there are {0} runs with {1} labels and seed {2}; there must be 1", found.length, labels, seed),
    );
  }
  if (run.scores.length !== items) {
    throw invalidRequest(l10n.t("{0} items cannot be paired with {1}", run.scores.length, items));
  }
  return run.scores;
}

/** How often each of `count` things was drawn, in `draws` draws with replacement. */
export function drawWeights(count: number, draws: number, random: Random): Float64Array {
  const weights = new Float64Array(count);
  for (let i = 0; i < draws; i++) {
    const drawn = Math.floor(random() * count);
    weights[drawn] = (weights[drawn] ?? 0) + 1;
  }
  return weights;
}

/**
 * How often each seed was drawn. One draw fewer than there are seeds: as many would make the variance of their mean (S − 1) / S of what it
 * is, a third too small for three seeds (Rao and Wu 1988). A single seed stays as it is.
 */
export function drawSeeds({ seeds }: RunGrid, random: Random): Float64Array {
  return drawWeights(seeds, Math.max(1, seeds - 1), random);
}

/** The mean of every number of labels, by weights of seeds and items, which must not all be 0. */
export function meanCurve(grid: RunGrid, seedWeights: Float64Array, itemWeights: Float64Array): Float64Array {
  const { sizes, seeds, items, scores } = grid;
  const curve = new Float64Array(sizes.length);
  const total = sum(seedWeights) * sum(itemWeights);
  for (let size = 0; size < sizes.length; size++) {
    let weighted = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const weight = seedWeights[seed] ?? 0;
      if (weight > 0) weighted += weight * dot(scores, (size * seeds + seed) * items, itemWeights);
    }
    curve[size] = weighted / total;
  }
  return curve;
}

function dot(scores: Float64Array, start: number, weights: Float64Array): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += (scores[start + i] ?? 0) * (weights[i] ?? 0);
  return total;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
