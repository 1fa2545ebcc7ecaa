/** Labels of the data that look wrong. */
import * as l10n from "@vscode/l10n";
import type { ReportSuspicion } from "../../comparisonReport";
import { bagOfWordsBaseline } from "../../evaluation/baselines";
import type { Probabilities } from "../../evaluation/checkInputs";
import { type LabelSuspicion, rankLabelErrors, stratifiedFolds } from "../../evaluation/labelErrors";
import type { ComparisonItem } from "../comparisonInput";
import { itemText } from "../itemText";
import { drawSettings } from "./reportArms";
import type { ReportInput } from "./reportInput";

/** Suspicions that are told, and items that are looked at, at most. */
const bounds = { told: 100, items: 20_000, folds: 5 } as const;

/** The suspicions, the most suspect first, and sentences about what was not looked at. */
export interface Suspicions {
  readonly found: readonly ReportSuspicion[];
  readonly notes: readonly string[];
}

/**
 * Items of train and dev whose label a bag of words that never saw them confidently contradicts (confident learning). None for choices and
 * texts, and where there are too few items to learn from. `turn` lets others have theirs between two folds. Items of test are left alone: who mends them chooses the result.
 */
export async function reportSuspicions(input: ReportInput, turn: () => Promise<void>): Promise<Suspicions> {
  const { record, data } = input;
  const all = [...data.train, ...data.dev].filter(({ label }) => label !== null);
  const items = all.slice(0, bounds.items);
  const labels = items.map(({ label }) => label ?? -1);
  const isClassification = data.choices === null && record.labels.length > 1;
  if (!isClassification || items.length < bounds.folds || new Set(labels).size < 2) return { found: [], notes: [] };
  const probabilities = await heldOutProbabilities(input, items, labels, turn);
  const suspected = rankLabelErrors(labels, probabilities).filter((suspicion) => suspicion.suspected);
  return {
    found: suspected.slice(0, bounds.told).flatMap((suspicion) => {
      const item = items[suspicion.item];
      return item ? [reportSuspicion(input, suspicion, item, probabilities[suspicion.item] ?? [])] : [];
    }),
    notes:
      all.length > items.length
        ? [l10n.t("Labels were checked of the first {0} of {1} items.", items.length, all.length)]
        : [],
  };
}

/** As `crossValidatedProbabilities` has them, fold by fold. */
async function heldOutProbabilities(
  input: ReportInput,
  items: readonly ComparisonItem[],
  labels: readonly number[],
  turn: () => Promise<void>,
): Promise<readonly Probabilities[]> {
  const texts = items.map(itemText);
  const classes = input.record.labels.length;
  const folds = stratifiedFolds(labels, classes, { folds: bounds.folds, seed: drawSettings(input).seed });
  const found = new Array<Probabilities>(items.length).fill([]);
  for (let fold = 0; fold < bounds.folds; fold++) {
    const known = <T>(values: readonly T[]) => values.filter((_, item) => folds[item] !== fold);
    const held = folds.flatMap((of, item) => (of === fold ? [item] : []));
    const asked = held.map((item) => texts[item] ?? "");
    const { probabilities } = bagOfWordsBaseline({ texts: known(texts), labels: known(labels) }, classes, asked);
    for (const [place, item] of held.entries()) found[item] = probabilities[place] ?? [];
    await turn();
  }
  return found;
}

function reportSuspicion(
  { record, file }: ReportInput,
  { label, suggested, selfConfidence }: LabelSuspicion,
  item: ComparisonItem,
  probabilities: Probabilities,
): ReportSuspicion {
  const name = record.labels[suggested] ?? String(suggested);
  const [value = name] = Object.entries(file.data.labels ?? {}).find(([, of]) => of === name) ?? [];
  return {
    ...{ file: item.file, line: item.line, text: itemText(item) },
    ...{ label: record.labels[label] ?? String(label), suggested: name },
    ...{ labelProbability: selfConfidence, suggestedProbability: probabilities[suggested] ?? Number.NaN },
    ...{ column: file.data.columns?.label ?? "label", value },
  };
}
