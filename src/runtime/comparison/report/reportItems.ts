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
import type { ReportSharing } from "./sharedReport";

/** Which items. `differ` and the answers are by the arms' numbers in the report. */
export type ItemsQuery = Omit<ComparisonItemsParams, "folder">;

/** The items asked for, in their order, and how many there are in all. */
export function reportItems(
  input: ReportInput,
  arms: readonly ComparedArm[],
  query: ItemsQuery,
  sharing: ReportSharing = {},
): ComparisonItems {
  const wanted = wantedItems(input, arms, query);
  const shown = wanted.slice(query.from, query.from + query.count);
  return { items: shown.flatMap((item) => reportItem(input, arms, item, sharing) ?? []), total: wanted.length };
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

function reportItem(
  input: ReportInput,
  arms: readonly ComparedArm[],
  number: number,
  { withoutTexts = false }: ReportSharing,
): ReportItem | null {
  const item = input.data.test[number];
  if (!item) return null;
  const names = withoutTexts ? tellableNames(input) : answerNames(input, item);
  const fields = Object.entries(withoutTexts ? {} : item.fields);
  return {
    ...{ item: number, file: item.file, line: item.line },
    fields: Object.fromEntries(
      fields.map(([name, value]) => [name, typeof value === "string" ? value : value.join("\n")]),
    ),
    gold: goldText(item, names, withoutTexts),
    names,
    answers: arms.map(({ runs }) => {
      const answers = runs.flatMap(({ seed, predictions }) => {
        const prediction = predictions[number];
        return prediction ? [{ seed, prediction }] : [];
      });
      return itemAnswer(item, (prediction) => answerText(prediction, names, withoutTexts), answers);
    }),
  };
}

function itemAnswer(
  item: ComparisonItem,
  textOf: (prediction: Prediction) => string,
  answers: readonly { readonly seed: number; readonly prediction: Prediction }[],
): ReportItem["answers"][number] {
  const predictions = answers.map(({ prediction }) => prediction);
  const bySeed = answers.map(({ seed, prediction }) => ({
    ...{ seed, answer: textOf(prediction), right: isRight(item, prediction) },
    probabilities: prediction.probabilities,
  }));
  const [first] = predictions;
  return {
    answer: first ? textOf({ ...first, label: majorityLabel(predictions) }) : "",
    right: bySeed.filter(({ right }) => right).length,
    seeds: answers.length,
    probabilities: meanProbabilities(predictions),
    bySeed,
  };
}

/** An answer as a text: the label's name, the choice, or what was written; nothing instead of that where texts are left out. */
export function answerText({ label, text }: Prediction, names: readonly string[], withoutTexts = false): string {
  if (label !== null) return names[label] ?? String(label);
  return withoutTexts ? "" : (text ?? "");
}

/** The right answer, in the same way. */
export function goldText({ label, gold }: ComparisonItem, names: readonly string[], withoutTexts = false): string {
  if (label !== null) return names[label] ?? String(label);
  return withoutTexts ? "" : gold;
}

/** Labels are told where the data's texts are not; choices, which are texts, are numbers then. */
export function tellableNames({ record, data }: ReportInput): readonly string[] {
  return data.choices === null ? record.labels : [];
}

function meanProbabilities(predictions: readonly Prediction[]): readonly number[] | null {
  const rows = predictions.flatMap(({ probabilities }) => (probabilities ? [probabilities] : []));
  const [first] = rows;
  if (!first || rows.length < predictions.length) return null;
  return first.map((_, k) => average(rows.map((row) => row[k] ?? Number.NaN)));
}
