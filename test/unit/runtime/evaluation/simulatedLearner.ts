/** A learner whose accuracy at every number of labels is known: what learning curves are tested on. */
import { normalProbability, normalQuantile } from "../../../../src/runtime/evaluation/distributions";
import type { LearningRun } from "../../../../src/runtime/evaluation/learningCurve";
import type { Random } from "../../../../src/runtime/random";

/** Numbers of labels, as they are run in practice. */
export const sizes = [16, 32, 64, 128, 256, 512, 1024] as const;

/** How much runs have in common. */
export interface Learner {
  /** Accuracy over all items and seeds. */
  readonly accuracy: (labels: number) => number;
  /** Standard deviation of the accuracy over seeds. */
  readonly seedDeviation: number;
}

/** Difficulties of test items, which all arms share: standard normal. */
export function difficulties(count: number, random: Random): number[] {
  return Array.from({ length: count }, () => normal(random));
}

/**
 * Runs of a learner for every number of labels and seed. An item is right where a mixture of its difficulty and chance, normal again,
 * stays below the quantile of the accuracy: so the accuracy over all items is the learner's, and hard items are hard for every arm.
 */
export function simulatedRuns(
  learner: Learner,
  labels: readonly number[],
  seeds: number,
  hard: readonly number[],
  random: Random,
): LearningRun[] {
  const shared = 0.8;
  return Array.from({ length: seeds }, (_, seed) => {
    const shift = learner.seedDeviation * normal(random);
    return labels.map((n): LearningRun => {
      const rate = Math.min(0.999, Math.max(0.001, learner.accuracy(n) + shift));
      // P(mixture < limit) as a limit for the chance part: compared as a uniform number, which is cheaper than a normal one.
      const limit = normalQuantile(rate);
      const right = (difficulty: number) => (limit - shared * difficulty) / Math.sqrt(1 - shared ** 2);
      return { labels: n, seed, scores: hard.map((d) => (random() < normalProbability(right(d)) ? 1 : 0)) };
    });
  }).flat();
}

function normal(random: Random): number {
  return normalQuantile(Math.max(random(), 2 ** -33));
}
