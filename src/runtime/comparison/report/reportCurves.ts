/** Learning curves: the first metric against the number of labels, and against the number of demonstrations; and where they cross. */
import type { UnitOutcome } from "../../comparisonRecord";
import type { ReportCrossover, ReportCurve, ReportPair } from "../../comparisonReport";
import { crossover, crossoverWords } from "../../evaluation/crossover";
import { itemScores } from "../../evaluation/jointBootstrap";
import { type LearningRun, learningCurve } from "../../evaluation/learningCurve";
import { lowerIsBetter } from "../comparisonFile";
import { answersOf, type ComparedArm, outcomesOf } from "./comparedArms";
import { metricRanges, metricStatistic } from "./metricStatistics";
import { drawSettings } from "./reportArms";
import { classCount, firstMetric, type ReportInput } from "./reportInput";

/** Resamples of a curve: its bands take no more, and there are many of them. */
const mostResamples = 2000;

/** Lets others have their turn between two curves. */
export type Turn = () => Promise<void>;

/** A curve of one of the arms. */
export interface ArmCurve extends ReportCurve {
  /** Of `learningCurve`: `labels` is what stands below, one more for demonstrations, of which there may be none. */
  readonly runs: readonly LearningRun[];
}

/**
 * The curves of the arms: of what was measured for them, with the arm's own test where it is another point. Points that lack a seed are
 * left out (see `complete`), and curves of a single point.
 */
export async function armCurves(
  input: ReportInput,
  arms: readonly ComparedArm[],
  turn: Turn,
): Promise<readonly ArmCurve[]> {
  const curves: ArmCurve[] = [];
  for (const [place, { arm }] of arms.entries()) {
    if (arm === null) continue;
    const overLabels = [...outcomesOf(input, arm, "labelCurve"), ...ownTest(input, arm)];
    curves.push(...(await armCurve(input, place, "labels", overLabels)));
    curves.push(...(await armCurve(input, place, "k", outcomesOf(input, arm, "kCurve"))));
    await turn();
  }
  return curves;
}

/** The arm's test belongs to its curve over labels where that has the same settings. */
function ownTest(input: ReportInput, arm: number): readonly UnitOutcome[] {
  const curve = outcomesOf(input, arm, "labelCurve");
  return curve.length === 0 ? [] : outcomesOf(input, arm, "test");
}

async function armCurve(
  input: ReportInput,
  arm: number,
  axis: ReportCurve["axis"],
  outcomes: readonly UnitOutcome[],
): Promise<readonly ArmCurve[]> {
  const isPrompt = outcomes[0]?.unit.choice.kind === "prompt";
  const runs = complete(curveRuns(input, axis, outcomes), isPrompt);
  if (new Set(runs.map(({ labels }) => labels)).size < 2) return [];
  const { level, seed, resamples } = drawSettings(input);
  const { points } = await learningCurve(runs, { level, seed, resamples: Math.min(resamples, mostResamples) });
  // What other seeds would add is normal, and knows no bounds.
  const [least, most] = metricRanges[firstMetric(input)];
  return [
    {
      ...{ arm, axis, runs },
      points: points.map(({ labels, mean, band: [low, high], seedMeans }) => ({
        at: axis === "k" ? labels - 1 : labels,
        ...{ mean, low: Math.max(least, low), high: Math.min(most, high), seeds: seedMeans },
      })),
    },
  ];
}

/** A run for each size and seed; of several the first. */
function curveRuns(
  input: ReportInput,
  axis: ReportCurve["axis"],
  outcomes: readonly UnitOutcome[],
): readonly LearningRun[] {
  const runs = new Map<string, LearningRun>();
  for (const outcome of outcomes) {
    const { unit } = outcome;
    const labels = axis === "labels" ? unit.labels : demonstrations(outcome) + 1;
    const key = `${labels} ${unit.seed}`;
    const scores = runs.has(key) ? null : runScores(input, outcome);
    if (scores) runs.set(key, { labels, seed: unit.seed, scores });
  }
  return [...runs.values()];
}

function demonstrations({ unit: { choice } }: UnitOutcome): number {
  return choice.kind === "prompt" ? choice.k : 0;
}

function runScores(input: ReportInput, outcome: UnitOutcome): readonly number[] | null {
  const items = input.data.test;
  const answered = { items, predictions: answersOf(input, outcome), classes: classCount(input) };
  const statistic = metricStatistic(firstMetric(input), answered);
  return statistic && itemScores(statistic, items.length);
}

/**
 * The runs of the sizes that have every seed that any size has. A prompt that nothing hangs on a seed for, as without demonstrations, was run
 * with one: it would have answered the same with all.
 */
function complete(runs: readonly LearningRun[], isPrompt: boolean): readonly LearningRun[] {
  const seeds = new Set(runs.map(({ seed }) => seed));
  const sizes = new Set(runs.map(({ labels }) => labels));
  return [...sizes].flatMap((size) => {
    const own = runs.filter(({ labels }) => labels === size);
    const [only] = own;
    if (own.length === seeds.size) return own;
    return isPrompt && only && own.length === 1 ? [...seeds].map((seed) => ({ ...only, seed })) : [];
  });
}

/**
 * Where each arm that trains overtakes each that prompts: the prompt's own curve over labels, or its test, which it holds for any number.
 * @param pairs of the same arms: what is not decisive of them on test is not of their curves.
 */
export async function reportCrossovers(
  input: ReportInput,
  arms: readonly ComparedArm[],
  curves: readonly ArmCurve[],
  { pairs, turn }: { readonly pairs: readonly ReportPair[]; readonly turn: Turn },
): Promise<readonly ReportCrossover[]> {
  const overLabels = curves.filter(({ axis }) => axis === "labels");
  const crossovers: ReportCrossover[] = [];
  for (const curve of overLabels.filter(({ arm }) => arms[arm]?.kind !== "prompt")) {
    for (const [second, other] of arms.entries()) {
      if (other.kind !== "prompt") continue;
      const runs = overLabels.find(({ arm }) => arm === second)?.runs ?? flatRuns(input, other);
      const pair = pairs.find((one) => isOf(one, curve.arm, second) || isOf(one, second, curve.arm));
      const isApart = pair?.verdict !== "notDecisive";
      crossovers.push(...(await crossing(input, arms, { curve, second, runs, isApart })));
      await turn();
    }
  }
  return crossovers;
}

function isOf(pair: ReportPair, first: number, second: number): boolean {
  return pair.first === first && pair.second === second;
}

/** The runs of an arm that takes no labels, as `crossover` has them: all at one number. */
function flatRuns(input: ReportInput, { runs }: ComparedArm): readonly LearningRun[] {
  const items = input.data.test;
  return runs.flatMap(({ seed, predictions }) => {
    const statistic = metricStatistic(firstMetric(input), { items, predictions, classes: classCount(input) });
    return statistic ? [{ labels: 1, seed, scores: itemScores(statistic, items.length) }] : [];
  });
}

/** A curve, what it may cross, and whether the two arms are decisively apart on test. */
interface Crossing {
  readonly curve: ArmCurve;
  readonly second: number;
  readonly runs: readonly LearningRun[];
  readonly isApart: boolean;
}

async function crossing(
  input: ReportInput,
  arms: readonly ComparedArm[],
  { curve, second, runs, isApart }: Crossing,
): Promise<readonly ReportCrossover[]> {
  if (
    !overlap(
      curve.runs.map(({ labels }) => labels),
      runs.map(({ labels }) => labels),
    )
  )
    return [];
  const { level, seed, resamples } = drawSettings(input);
  const options = { level, seed, resamples: Math.min(resamples, mostResamples) };
  const better = (of: readonly LearningRun[]) => (lowerIsBetter.has(firstMetric(input)) ? of.map(negated) : of);
  const found = await crossover(better(curve.runs), better(runs), options);
  const { estimate, interval } = found;
  const [low, high] = interval;
  const words = crossoverWords(found, arms[curve.arm]?.name ?? "", arms[second]?.name ?? "", isApart);
  return [{ first: curve.arm, second, words, estimate, low, high }];
}

/** Whether there is a stretch of labels to compare on: one number of labels stands for any. */
function overlap(first: readonly number[], second: readonly number[]): boolean {
  if (second.length === 0) return false;
  if (new Set(second).size === 1) return true;
  const from = Math.max(Math.min(...first), Math.min(...second));
  const to = Math.min(Math.max(...first), Math.max(...second));
  return new Set([...first, ...second].filter((labels) => labels >= from && labels <= to)).size > 1;
}

function negated(run: LearningRun): LearningRun {
  return { ...run, scores: run.scores.map((score) => 0 - score) };
}
