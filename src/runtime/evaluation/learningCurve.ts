/** Learning curves: a score against the number of labels, from runs on nested subsets with several seeds, all on the same test items. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { pacer } from "../pacer";
import { longRandom, type Random } from "../random";
import { quantile } from "./bootstrap";
import { normal, pooledEvidence, seedDeviations, seedEvidence } from "./seedEffects";
import { checkShare, defaultLevel, type Interval } from "./significance";
import { average, meansOfItems } from "./spread";

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
 * The curve of runs, with bands over other items and other seeds at once: items are drawn again, and what seeds add is drawn by its variance,
 * as in `armInterval`. Throws `invalidRequest` unless every number of labels was run with the same seeds on the same items. Other work gets
 * its turn between resamples.
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
  /** What each seed's mean is above the mean, in units of their pooled deviation: [sizes, seeds] */
  readonly seedEffects: Float64Array;
  /** σ_seed by the share of its posterior that is not over it; null where seeds make no difference. */
  readonly seedDeviation: ((share: number) => number) | null;
}

/** Puts runs in order. Throws `invalidRequest` unless every number of labels was run once with each seed, always on as many items. */
export function runGrid(runs: readonly LearningRun[]): RunGrid {
  const ascending = (values: Iterable<number>) => [...new Set(values)].sort((a, b) => a - b);
  const sizes = ascending(runs.map(({ labels }) => labels));
  const seeds = ascending(runs.map(({ seed }) => seed));
  const items = runs[0]?.scores.length ?? 0;
  if (items === 0) throw invalidRequest(l10n.t("there is no item to compare on"));
  const scores = sizes.map((labels) => seeds.map((seed) => theRun(runs, labels, seed, items)));
  const seedMeans = scores.map((of) => of.map(average));
  const evidence = pooledEvidence(scores.map(seedEvidence));
  return {
    ...{ sizes, seeds: seeds.length, items, itemMeans: Float64Array.from(scores.flatMap(meansOfItems)), seedMeans },
    seedEffects: seedEffects(seedMeans, Math.sqrt(evidence?.between ?? 0)),
    seedDeviation: evidence && seedDeviations(evidence),
  };
}

/** Where seeds' means never differ and only single items do, what other seeds might add is taken to be the same at every size. */
function seedEffects(seedMeans: readonly (readonly number[])[], deviation: number): Float64Array {
  const same = (seeds: number) => Math.sqrt((seeds - 1) / seeds);
  return Float64Array.from(
    seedMeans.flatMap((of) => of.map((mean) => (deviation > 0 ? (mean - average(of)) / deviation : same(of.length)))),
  );
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
  const weights = new Float64Array(items);
  for (let i = 0; i < items; i++) {
    const drawn = Math.floor(random() * items);
    weights[drawn] = (weights[drawn] ?? 0) + 1;
  }
  return weights;
}

/**
 * The curve of a resample of items: the mean of every number of labels over the drawn items and all seeds, plus what other seeds would add. That
 * is normal, its deviation drawn from the posterior of all sizes together; from size to size it goes together as the seeds' own means do.
 */
export function resampledCurve(grid: RunGrid, itemWeights: Float64Array, random: Random): Float64Array {
  const { sizes, seeds, items, itemMeans, seedEffects: effects, seedDeviation } = grid;
  const seedWeights = new Float64Array(seeds);
  if (seedDeviation) {
    const scale = seedDeviation(random()) / Math.sqrt(seeds * (seeds - 1));
    for (let seed = 0; seed < seeds; seed++) seedWeights[seed] = scale * normal(random);
  }
  const curve = new Float64Array(sizes.length);
  for (let size = 0; size < curve.length; size++)
    curve[size] = dot(itemMeans, size * items, itemWeights) / items + dot(effects, size * seeds, seedWeights);
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
