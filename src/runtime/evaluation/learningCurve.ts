/** Learning curves: a score against the number of labels, from runs on nested subsets with several seeds, all on the same test items. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { pacer } from "../pacer";
import { longRandom, type Random } from "../random";
import { quantile } from "./bootstrap";
import { checkShare, defaultLevel, type Interval } from "./significance";
import { average, meansOfItems, residualVariance, variance } from "./spread";

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
 * The curve of runs, with bands over other items and other seeds at once, by the bootstrap: items and seeds are drawn independently (as in
 * the pigeonhole bootstrap, Owen 2007) and their effects added, so that its variance is that of `seedSpread` (and somewhat more where seeds
 * are few: `seedEffects`), while the pigeonhole's own counts the rest σ²_e thrice (Owen and Eckles 2012). Throws `invalidRequest` unless
 * every number of labels was run with the same seeds on the same items. Other work gets its turn between resamples.
 */
export async function learningCurve(runs: readonly LearningRun[], options: CurveOptions = {}): Promise<LearningCurve> {
  const { resamples, seed, level } = { ...curveDefaults, ...options };
  checkShare("level", level);
  const grid = runGrid(runs);
  const drawn = grid.sizes.map(() => new Float64Array(resamples));
  const random = longRandom(seed);
  const pace = pacer();
  for (let r = 0; r < resamples; r++) {
    await pace();
    const curve = resampledCurve(grid, drawItems(grid, random), random);
    for (const [size, value] of curve.entries()) drawn[size]?.fill(value, r, r + 1);
  }
  const tail = (1 - level) / 2;
  const points = grid.sizes.map((labels, size): CurvePoint => {
    const ascending = (drawn[size] ?? new Float64Array(0)).sort();
    const seedMeans = grid.seedMeans[size] ?? [];
    return {
      labels,
      mean: average(seedMeans),
      band: [quantile(ascending, tail), quantile(ascending, 1 - tail)],
      seedMeans,
    };
  });
  return { points, seeds: grid.seeds, items: grid.items, level };
}

/** Runs in order, and what resamples are made of. */
export interface RunGrid {
  /** Numbers of labels, ascending. */
  readonly sizes: readonly number[];
  readonly seeds: number;
  readonly items: number;
  /** Each item's mean over the seeds: [sizes, items] */
  readonly itemMeans: Float64Array;
  /** [sizes][seeds] */
  readonly seedMeans: readonly (readonly number[])[];
  /** What each seed's mean is above the mean, scaled (`seedEffects`): [sizes, seeds] */
  readonly seedEffects: Float64Array;
}

/** Puts runs in order. Throws `invalidRequest` unless every number of labels was run once with each seed, always on as many items. */
export function runGrid(runs: readonly LearningRun[]): RunGrid {
  const ascending = (values: Iterable<number>) => [...new Set(values)].sort((a, b) => a - b);
  const sizes = ascending(runs.map(({ labels }) => labels));
  const seeds = ascending(runs.map(({ seed }) => seed));
  const items = runs[0]?.scores.length ?? 0;
  if (items === 0) throw invalidRequest(l10n.t("there is no item to compare on"));
  const scores = sizes.map((labels) => seeds.map((seed) => theRun(runs, labels, seed, items)));
  return {
    ...{ sizes, seeds: seeds.length, items, itemMeans: Float64Array.from(scores.flatMap(meansOfItems)) },
    ...{ seedMeans: scores.map((of) => of.map(average)), seedEffects: seedEffects(scores) },
  };
}

/**
 * What each seed adds, for resamples: its mean less the mean, scaled from the variance between seeds' means to σ²_seed. Seeds' means differ
 * also by what is left over item by item (σ²_e / n), which resampled items bring with them: left in, it would count twice (see
 * `seedSpread`). The variance of few seeds is too small more often than too large: it is divided by its median. One factor for the whole
 * curve, as few seeds tell little of any one size. Zeros for a single seed or item.
 */
function seedEffects(scores: readonly (readonly (readonly number[])[])[]): Float64Array {
  const seedMeans = scores.map((of) => of.map(average));
  const [seeds = 0, items = 0] = [scores[0]?.length, scores[0]?.[0]?.length];
  if (seeds < 2 || items < 2) return new Float64Array(scores.length * seeds);
  const between = average(seedMeans.map(variance));
  const left = average(scores.map(residualVariance)) / items;
  const ofSeeds = Math.max(0, between / medianVariance(seeds - 1) - left);
  const factor = between > 0 ? Math.sqrt(ofSeeds / between) : 0;
  return Float64Array.from(seedMeans.flatMap((of) => of.map((mean) => factor * (mean - average(of)))));
}

/** The median of an estimated variance over the true one, for `freedom` degrees of freedom: χ²'s, by Wilson and Hilferty 1931. */
function medianVariance(freedom: number): number {
  return (1 - 2 / (9 * freedom)) ** 3;
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

/** One resample: how often each item was drawn, which all arms share. */
export function drawItems({ items }: RunGrid, random: Random): Float64Array {
  return drawWeights(items, items, random);
}

/** How often each of `count` things was drawn, in `draws` draws with replacement. */
function drawWeights(count: number, draws: number, random: Random): Float64Array {
  const weights = new Float64Array(count);
  for (let i = 0; i < draws; i++) {
    const drawn = Math.floor(random() * count);
    weights[drawn] = (weights[drawn] ?? 0) + 1;
  }
  return weights;
}

/**
 * The curve of a resample of items, with one of seeds, drawn here: the mean of every number of labels over the drawn items and all seeds,
 * plus what the drawn seeds add. One seed fewer is drawn than there are: as many would make the variance of their mean (S − 1) / S of what
 * it is, a third too small for three seeds (Rao and Wu 1988).
 */
export function resampledCurve(grid: RunGrid, itemWeights: Float64Array, random: Random): Float64Array {
  const { sizes, seeds, items, itemMeans, seedEffects: effects } = grid;
  const draws = Math.max(1, seeds - 1);
  const seedWeights = drawWeights(seeds, draws, random);
  const curve = new Float64Array(sizes.length);
  for (let size = 0; size < curve.length; size++) {
    const ofItems = dot(itemMeans, size * items, itemWeights) / items;
    curve[size] = ofItems + dot(effects, size * seeds, seedWeights) / draws;
  }
  return curve;
}

/** Four sums at once: one alone waits for itself. */
function dot(values: Float64Array, start: number, weights: Float64Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const end = weights.length - (weights.length % 4);
  for (let i = 0; i < end; i += 4) {
    a += (values[start + i] ?? 0) * (weights[i] ?? 0);
    b += (values[start + i + 1] ?? 0) * (weights[i + 1] ?? 0);
    c += (values[start + i + 2] ?? 0) * (weights[i + 2] ?? 0);
    d += (values[start + i + 3] ?? 0) * (weights[i + 3] ?? 0);
  }
  for (let i = end; i < weights.length; i++) a += (values[start + i] ?? 0) * (weights[i] ?? 0);
  return a + b + (c + d);
}
