/** Where arms are wrong: items of some length, with some label or word. */
import * as l10n from "@vscode/l10n";
import type { ReportSlice } from "../../comparisonReport";
import { wilsonInterval } from "../../evaluation/significance";
import { type ErrorSlice, errorSlices, type SliceKey } from "../../evaluation/slices";
import { itemText } from "../itemText";
import type { ComparedArm } from "./comparedArms";
import { isRight, majorityLabel } from "./metricStatistics";
import { drawSettings } from "./reportArms";
import type { Turn } from "./reportCurves";
import type { ReportInput } from "./reportInput";

/** Slices that are shown of an arm, at most. */
const mostSlices = 8;

/**
 * The slices on which each arm that is no baseline is worse than on all other items, by its majority answers: those whose interval lies above
 * the rate of the others, the worst first. Many are looked at, and some are so by chance.
 */
export async function reportSlices(
  input: ReportInput,
  arms: readonly ComparedArm[],
  turn: Turn,
): Promise<readonly ReportSlice[]> {
  const slices: ReportSlice[] = [];
  for (const [number, arm] of arms.entries()) {
    if (arm.kind === "baseline") continue;
    slices.push(...armSlices(input, arm, number));
    await turn();
  }
  return slices;
}

function armSlices(input: ReportInput, arm: ComparedArm, number: number): readonly ReportSlice[] {
  const right = rightItems(input, arm);
  const items = input.data.test.map((item, i) => ({
    text: itemText(item),
    label: input.record.labels[item.label ?? -1] ?? "",
    correct: right[i] ?? false,
  }));
  const { level } = drawSettings(input);
  const { lengths, labels, words } = errorSlices(items, (errors, of) => wilsonInterval(errors, of, level));
  const named = input.record.labels.length > 0 ? labels : [];
  return [...lengths, ...named, ...words]
    .filter(isWorse)
    .sort((a, b) => b.interval[0] - a.interval[0])
    .slice(0, mostSlices)
    .map((slice) => reportSlice(slice, number));
}

/** Whether each item's majority answer is right, or the first seed's text. */
export function rightItems({ data }: Pick<ReportInput, "data">, { runs }: ComparedArm): readonly boolean[] {
  return data.test.map((item, i) => {
    const answers = runs.flatMap(({ predictions }) => predictions[i] ?? []);
    const [first] = answers;
    return first !== undefined && isRight(item, { ...first, label: majorityLabel(answers) });
  });
}

function isWorse({ interval: [low], otherErrorRate }: ErrorSlice): boolean {
  return otherErrorRate !== null && low > otherErrorRate;
}

function reportSlice({ key, items, errors, errorRate, interval }: ErrorSlice, arm: number): ReportSlice {
  const [low, high] = interval;
  return {
    ...{ arm, name: sliceName(key), items: items.length, wrong: errors },
    ...(key.kind === "word" && { word: key.word }),
    rate: { value: errorRate, low, high },
    only: items,
  };
}

function sliceName(key: SliceKey): string {
  switch (key.kind) {
    case "length":
      return key.shortest === key.longest
        ? l10n.t("{0} words long", key.shortest)
        : l10n.t("{0} to {1} words long", key.shortest, key.longest);
    case "label":
      return l10n.t("label {0}", key.label);
    case "word":
      return l10n.t("with the word “{0}”", key.word);
    default:
      return key satisfies never;
  }
}
