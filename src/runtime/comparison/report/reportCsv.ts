/** A comparison for other programs: the arms as CSV, every answer as JSON Lines, all of it as JSON. */
import type { ComparisonReport, Measured, ReportArm } from "../../comparisonReport";
import { type CsvValue, csvText } from "../../prompt/reportTexts";
import type { ComparedArm } from "./comparedArms";
import { isRight } from "./metricStatistics";
import { answerNames, type ReportInput } from "./reportInput";
import { answerText, goldText, tellableNames } from "./reportItems";
import { choiceText, type ReportDocument } from "./reportTables";
import { type ReportSharing, withoutPaths } from "./sharedReport";

/** RFC 4180, a row for each arm and baseline. Metrics are in their own units, times in milliseconds. */
export function reportCsv({ record, arms }: ComparisonReport): string {
  const head = [
    ...["arm", "kind", "model", "settings", "dev"],
    ...record.metrics.flatMap((metric) => [metric, `${metric}Low`, `${metric}High`]),
    ...["seeds", "seedDeviation", "itemError", "totalError", "trainLabels", "devLabels", "testReads"],
    ...["trainMs", "itemMs", "peakBytes", "addedBytes", "itemTokens", "cut"],
  ];
  const rows = arms.map((arm): CsvValue[] => [
    ...[arm.name, arm.kind, modelName(arm, record), arm.choice && choiceText(arm.choice), arm.dev],
    ...record.metrics.flatMap((metric) => measured(arm.metrics[metric])),
    ...[arm.spread.seeds.length, arm.spread.seedDeviation, arm.spread.itemError, arm.spread.totalError],
    ...[arm.labels.train, arm.labels.dev, arm.testReads],
    ...costs(arm),
    arm.cut,
  ]);
  return csvText([head, ...rows]);
}

function modelName({ arm }: ReportArm, record: ComparisonReport["record"]): string | null {
  const model = arm === null ? undefined : record.arms[arm]?.model;
  return model === undefined ? null : (record.models[model]?.name ?? null);
}

function measured(of: Measured | undefined): readonly (number | null)[] {
  return of ? [of.value, of.low, of.high] : [null, null, null];
}

function costs({ cost }: ReportArm): readonly (number | null)[] {
  return cost
    ? [cost.trainMs, cost.itemMs, cost.peakBytes, cost.addedBytes, cost.itemTokens]
    : [null, null, null, null, null];
}

/** Everything: the report, and the items with their answers, one on a line: indented, they are more blanks than answers. */
export function reportJson({ report, items }: ReportDocument): string {
  const lines = items.map((item) => `\n    ${JSON.stringify(item)}`).join(",");
  return `{\n  "report": ${JSON.stringify(report, null, 2).replaceAll("\n", "\n  ")},\n  "items": [${lines}\n  ]\n}\n`;
}

/**
 * Every answer on a line of its own, by arm, seed and item: `id` is the item's file and line; `probabilities` are by label, or in the order of
 * the choices; `correct` is by the label, or by exact match of the text.
 */
export function* predictionsJsonl(
  input: ReportInput,
  arms: readonly ComparedArm[],
  { withoutTexts = false }: ReportSharing = {},
): Generator<string, void> {
  const shown = withoutPaths(input.record);
  for (const { name, kind, runs } of arms) {
    for (const { seed, predictions } of runs) {
      for (const [place, prediction] of predictions.entries()) {
        const item = input.data.test[place];
        if (!item) continue;
        const names = withoutTexts ? tellableNames(input) : answerNames(input, item);
        const { probabilities } = prediction;
        const isByLabel = input.data.choices === null && probabilities !== null;
        const line = {
          ...{ id: `${shown(item.file)}:${item.line}`, arm: name, kind, seed },
          gold: goldText(item, names, withoutTexts),
          answer: answerText(prediction, names, withoutTexts),
          correct: isRight(item, prediction),
          probabilities: isByLabel
            ? Object.fromEntries(probabilities.map((p, k) => [names[k] ?? String(k), p]))
            : probabilities,
          ...{ logprob: prediction.logprob, tokens: prediction.tokens },
        };
        yield `${JSON.stringify(line)}\n`;
      }
    }
  }
}
