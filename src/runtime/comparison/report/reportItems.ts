/** Items of test with what every arm answered. */
import type { ComparisonItems, ComparisonItemsParams } from "../../comparisonProtocol";
import type { Prediction } from "../../comparisonRecord";
import type { ReportItem } from "../../comparisonReport";
import { average } from "../../evaluation/spread";
import type { ComparisonItem } from "../comparisonInput";
import type { ComparedArm } from "./comparedArms";
import { isRight, majorityLabel } from "./metricStatistics";
import { answerNames, type ReportInput } from "./reportInput";
import { rightItems } from "./reportSlices";

/** Which items. `differ` and the answers are by the arms' numbers in the report. */
export type ItemsQuery = Omit<ComparisonItemsParams, "folder">;

/** The items asked for, in their order, and how many there are in all. */
export function reportItems(input: ReportInput, arms: readonly ComparedArm[], query: ItemsQuery): ComparisonItems {
  const wanted = wantedItems(input, arms, query);
  const shown = wanted.slice(query.from, query.from + query.count);
  return { items: shown.flatMap((item) => reportItem(input, arms, item) ?? []), total: wanted.length };
}

function wantedItems(
  input: ReportInput,
  arms: readonly ComparedArm[],
  { differ, only, wrong, cell, bin }: ItemsQuery,
): readonly number[] {
  const chosen = only && new Set(only);
  const isRightFor = (arm: number | undefined) => {
    const found = arm === undefined ? undefined : arms[arm];
    return found && rightItems(input, found);
  };
  const [first, second, missed] = [differ?.right, differ?.wrong, wrong].map(isRightFor);
  return input.data.test.flatMap((_, item) => {
    if (chosen && !chosen.has(item)) return [];
    if (differ && !(first?.[item] && second?.[item] === false)) return [];
    if (wrong !== undefined && missed?.[item] !== false) return [];
    if (cell && !isInCell(input, arms[cell.arm], item, cell)) return [];
    if (bin && !isInBin(arms[bin.arm], item, bin)) return [];
    return [item];
  });
}

/** As the confusion counts: with any seed. */
function isInCell(
  { data }: ReportInput,
  arm: ComparedArm | undefined,
  item: number,
  { label, answer }: NonNullable<ItemsQuery["cell"]>,
): boolean {
  return (
    data.test[item]?.label === label && (arm?.runs.some((run) => run.predictions[item]?.label === answer) ?? false)
  );
}

/** As the reliability counts: bins hold their lower edge, the last one both. */
function isInBin(arm: ComparedArm | undefined, item: number, { from, to }: NonNullable<ItemsQuery["bin"]>): boolean {
  const isInside = (confidence: number) => confidence >= from && (confidence < to || (to >= 1 && confidence <= to));
  return (
    arm?.runs.some((run) => isInside(Math.max(...(run.predictions[item]?.probabilities ?? [Number.NaN])))) ?? false
  );
}

function reportItem(input: ReportInput, arms: readonly ComparedArm[], number: number): ReportItem | null {
  const item = input.data.test[number];
  if (!item) return null;
  const names = answerNames(input, item);
  return {
    ...{ item: number, file: item.file, line: item.line },
    fields: Object.fromEntries(
      Object.entries(item.fields).map(([name, value]) => [name, typeof value === "string" ? value : value.join("\n")]),
    ),
    gold: item.label === null ? item.gold : (names[item.label] ?? item.gold),
    names,
    answers: arms.map(({ runs }) => {
      const answers = runs.flatMap(({ seed, predictions }) => {
        const prediction = predictions[number];
        return prediction ? [{ seed, prediction }] : [];
      });
      return itemAnswer(item, names, answers);
    }),
  };
}

function itemAnswer(
  item: ComparisonItem,
  names: readonly string[],
  answers: readonly { readonly seed: number; readonly prediction: Prediction }[],
): ReportItem["answers"][number] {
  const predictions = answers.map(({ prediction }) => prediction);
  const bySeed = answers.map(({ seed, prediction }) => ({
    ...{ seed, answer: answerText(prediction, names) },
    ...{ right: isRight(item, prediction), probabilities: prediction.probabilities },
  }));
  const label = majorityLabel(predictions);
  return {
    answer: label === null ? (predictions[0]?.text ?? "") : (names[label] ?? String(label)),
    right: bySeed.filter(({ right }) => right).length,
    seeds: answers.length,
    probabilities: meanProbabilities(predictions),
    bySeed,
  };
}

/** An answer as a text: the label's name, the choice, or what was written. */
export function answerText({ label, text }: Prediction, names: readonly string[]): string {
  return label === null ? (text ?? "") : (names[label] ?? String(label));
}

function meanProbabilities(predictions: readonly Prediction[]): readonly number[] | null {
  const rows = predictions.flatMap(({ probabilities }) => (probabilities ? [probabilities] : []));
  const [first] = rows;
  if (!first || rows.length < predictions.length) return null;
  return first.map((_, k) => average(rows.map((row) => row[k] ?? Number.NaN)));
}
