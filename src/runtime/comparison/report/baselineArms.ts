/** What every arm must beat: answers that take no language model, or nothing of it but its features. */
import * as l10n from "@vscode/l10n";
import type { Prediction } from "../../comparisonRecord";
import { type BaselineAnswers, bagOfWordsBaseline, majorityBaseline, randomBaseline } from "../../evaluation/baselines";
import { argmax } from "../../evaluation/checkInputs";
import { longRandom } from "../../random";
import type { ComparisonItem } from "../comparisonInput";
import { choiceTexts, itemText } from "../itemText";
import type { ArmRun, ComparedArm } from "./comparedArms";
import { metricStatistic } from "./metricStatistics";
import { type Nearest, nearestFinder } from "./nearestAnswers";
import type { Turn } from "./reportCurves";
import { classCount, firstMetric, type ReportInput } from "./reportInput";

/** The baselines, and sentences about those that could not be had. */
export interface Baselines {
  readonly arms: readonly ComparedArm[];
  readonly notes: readonly string[];
}

/** Draws of the random baseline, whose mean is shown. */
const randomDraws = 5;

/**
 * All baselines that the task has: the most frequent answer, one at random, logistic regression on words, the nearest neighbour. They get as
 * many labels as the arm that gets most, the same ones with the same seed, and dev is nothing to them; but how frequent answers are is counted
 * in all of train, as budgets are drawn evenly over the labels. Those that the first metric cannot judge are left out.
 */
export async function baselineArms(input: ReportInput, turn: Turn): Promise<Baselines> {
  const draws = trainingDraws(input);
  if (draws.length === 0) return { arms: [], notes: [l10n.t("There is nothing to learn from: no baseline was made.")] };
  const metric = firstMetric(input);
  const classes = classCount(input);
  const found = nearestFinder(
    input,
    draws.flatMap(({ items }) => items),
  );
  const { nearest } = found;
  const context = { input, draws, nearest, turn };
  const arms = await (classes > 0 ? labelBaselines(context) : textBaselines(context));
  const judged = arms.filter(({ runs }) =>
    runs.every(({ predictions }) => metricStatistic(metric, { items: input.data.test, predictions, classes }) !== null),
  );
  if (judged.length > 0) return { arms: judged, notes: found.notes };
  return { arms: [], notes: [l10n.t("No baseline can be judged by {0}: none was made.", metric)] };
}

/** A draw of labelled items to learn from. */
interface TrainingDraw {
  readonly seed: number;
  readonly items: readonly ComparisonItem[];
}

/** As many draws as there are seeds of training; one where there is nothing to draw. */
function trainingDraws({ record, data, pool, file }: ReportInput): readonly TrainingDraw[] {
  const count = Math.min(data.train.length, Math.max(0, ...record.arms.map(({ labels }) => labels)));
  if (count === 0) return [];
  const trained = record.arms.find(({ kind }) => kind !== "prompt") ?? record.arms[0];
  const all = trained && trained.seeds.length > 0 ? trained.seeds : [file.seeds?.first ?? 0];
  const seeds = count < data.train.length ? all : all.slice(0, 1);
  return seeds.map((seed) => ({ seed, items: pool(count, seed) }));
}

/** What baselines are made from. */
interface BaselineContext {
  readonly input: ReportInput;
  readonly draws: readonly TrainingDraw[];
  readonly nearest: Nearest | null;
  readonly turn: Turn;
}

/** A run for each draw; others get their turn between. */
async function learntRuns(
  { draws, turn }: BaselineContext,
  answer: (draw: TrainingDraw) => readonly Prediction[],
): Promise<readonly ArmRun[]> {
  const runs: ArmRun[] = [];
  for (const draw of draws) {
    await turn();
    runs.push({ seed: draw.seed, predictions: answer(draw) });
  }
  return runs;
}

async function labelBaselines(context: BaselineContext): Promise<readonly ComparedArm[]> {
  const { input, draws, nearest } = context;
  const { train, test } = input.data;
  const classes = classCount(input);
  const labels = draws[0]?.items.length ?? 0;
  const learnt = async (name: string, answer: (train: readonly ComparisonItem[]) => BaselineAnswers) =>
    baseline(name, labels, await learntRuns(context, ({ items }) => predictionsOf(answer(items))));
  return [
    baseline(l10n.t("most frequent answer"), train.length, [
      { seed: 0, predictions: predictionsOf(majorityBaseline(train.map(labelOf), classes, test.length)) },
    ]),
    baseline(
      l10n.t("random answer"),
      0,
      randomRuns(input, (seed) => predictionsOf(randomBaseline(classes, test.length, seed))),
    ),
    await learnt(l10n.t("bag of words"), (items) =>
      input.data.choices === null ? wordAnswers(items, test, classes) : choiceAnswers(items, test),
    ),
    ...(nearest
      ? [await learnt(l10n.t("nearest neighbour"), (items) => neighbourAnswers(nearest.labels(items), classes))]
      : []),
  ];
}

function randomRuns({ file }: ReportInput, answer: (seed: number) => readonly Prediction[]): readonly ArmRun[] {
  const first = file.seeds?.first ?? 0;
  return Array.from({ length: randomDraws }, (_, i) => ({ seed: first + i, predictions: answer(first + i) }));
}

function wordAnswers(
  train: readonly ComparisonItem[],
  test: readonly ComparisonItem[],
  classes: number,
): BaselineAnswers {
  const known = { texts: train.map(itemText), labels: train.map(labelOf) };
  return bagOfWordsBaseline(known, classes, test.map(itemText));
}

/** For every choice how probable it is to be right, by the item's words with it; the probabilities are the odds' shares. */
function choiceAnswers(train: readonly ComparisonItem[], test: readonly ComparisonItem[]): BaselineAnswers {
  const known = train.flatMap((item) =>
    choiceTexts(item).map((text, choice) => ({ text, label: Number(choice === item.label) })),
  );
  const asked = test.map(choiceTexts);
  const { probabilities } = bagOfWordsBaseline(
    { texts: known.map(({ text }) => text), labels: known.map(({ label }) => label) },
    2,
    asked.flat(),
  );
  let at = 0;
  const shares = asked.map((texts) => {
    const odds = texts.map(() => {
      const [wrong = 1, right = 0] = Array.from(probabilities[at++] ?? []);
      return right / Math.max(wrong, Number.EPSILON);
    });
    const total = odds.reduce((sum, value) => sum + value, 0);
    return odds.map((value) => value / total);
  });
  return { predicted: shares.map(argmax), probabilities: shares };
}

/** Certain of the neighbour's label. */
function neighbourAnswers(predicted: readonly number[], classes: number): BaselineAnswers {
  return {
    predicted,
    probabilities: predicted.map((label) => Array.from({ length: classes }, (_, k) => Number(k === label))),
  };
}

/** For texts: the most frequent one, a random one, and that of the nearest item. */
async function textBaselines(context: BaselineContext): Promise<readonly ComparedArm[]> {
  const { input, draws, nearest } = context;
  const { data } = input;
  const labels = draws[0]?.items.length ?? 0;
  const learnt = async (name: string, answer: (train: readonly ComparisonItem[]) => readonly string[]) =>
    baseline(name, labels, await learntRuns(context, ({ items }) => textPredictions(answer(items))));
  const all = draws[0]?.items ?? [];
  const frequent = mostFrequent(data.train);
  return [
    baseline(l10n.t("most frequent answer"), data.train.length, [
      { seed: 0, predictions: textPredictions(data.test.map(() => frequent)) },
    ]),
    baseline(
      l10n.t("random answer"),
      labels,
      randomRuns(input, (seed) => textPredictions(randomTexts(all, data.test.length, seed))),
    ),
    ...(nearest
      ? [await learnt(l10n.t("nearest neighbour"), (train) => nearest.items(train).map((item) => item?.gold ?? ""))]
      : []),
  ];
}

function mostFrequent(train: readonly ComparisonItem[]): string {
  const counts = new Map<string, number>();
  for (const { gold } of train) counts.set(gold, (counts.get(gold) ?? 0) + 1);
  const [first = ["", 0]] = [...counts].sort(([, a], [, b]) => b - a);
  return first[0];
}

function randomTexts(train: readonly ComparisonItem[], count: number, seed: number): readonly string[] {
  const random = longRandom(seed);
  return Array.from({ length: count }, () => train[Math.floor(random() * train.length)]?.gold ?? "");
}

function baseline(name: string, labels: number, runs: readonly ArmRun[]): ComparedArm {
  return {
    ...{ name, kind: "baseline", arm: null, choice: null, dev: null, runs, costs: [], cut: 0 },
    ...{ labels: { train: labels, dev: 0 }, testReads: 1 },
  };
}

function predictionsOf({ predicted, probabilities }: BaselineAnswers): readonly Prediction[] {
  return predicted.map((label, item) => ({
    ...{ item, label, probabilities: Array.from(probabilities[item] ?? []) },
    ...{ text: null, logprob: null, tokens: null, ms: 0 },
  }));
}

function textPredictions(texts: readonly string[]): readonly Prediction[] {
  return texts.map((text, item) => ({
    ...{ item, label: null, probabilities: null, text, logprob: null, tokens: null, ms: 0 },
  }));
}

function labelOf({ label }: ComparisonItem): number {
  return label ?? -1;
}
