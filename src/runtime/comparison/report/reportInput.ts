/** What a report is made from: a comparison as it was kept, and what was read beside it. */
import type { ComparisonRecord, Prediction, UnitOutcome } from "../../comparisonRecord";
import type { PoolText } from "../../evaluation/contamination";
import type { ComparisonFile, ComparisonMetric } from "../comparisonFile";
import type { ComparisonData, ComparisonItem } from "../comparisonInput";

/** Everything that a report is made from. Nothing else is looked at, so that the same input gives the same report. */
export interface ReportInput {
  readonly record: ComparisonRecord;
  /** What the record's text says. */
  readonly file: ComparisonFile;
  readonly data: Pick<ComparisonData, "train" | "dev" | "test" | "choices">;
  /** Of this run: one for each arm, purpose and unit. */
  readonly outcomes: readonly UnitOutcome[];
  /** What the units of test answered, by the units' ids, in the order of the items. */
  readonly predictions: ReadonlyMap<string, readonly Prediction[]>;
  /** Items of train that an arm with so many labels may use, by a seed: `poolOf`. */
  readonly pool: (count: number, seed: number) => readonly ComparisonItem[];
  /** For the nearest neighbour; it is left out, with a note, when absent. */
  readonly features?: ComparisonFeatures;
  /** Texts beside train that arms were shown: demonstrations that stand in prompt files. */
  readonly demonstrations?: readonly PoolText[];
  /** Texts that the models were pre-trained on, where they are known: read once, from the first to the last. */
  readonly pretraining?: AsyncIterable<PoolText>;
}

/**
 * The first model's features of the items: mean last hidden states (`embedTexts`) of `itemText`, in the items' order. The runner computes
 * them when the run ends, and keeps them in the run's folder.
 */
export interface ComparisonFeatures {
  /** Name of the model. */
  readonly model: string;
  readonly train: readonly ArrayLike<number>[];
  readonly test: readonly ArrayLike<number>[];
}

/** An item's texts, one after the other: what words, features and overlaps are of. */
export function itemText({ fields }: Pick<ComparisonItem, "fields">): string {
  return Object.values(fields).flat().join("\n");
}

/** Names of the answers that an item may get: labels, or its choices; none for texts. */
export function answerNames({ record, data }: ReportInput, item: ComparisonItem | undefined): readonly string[] {
  if (data.choices === null) return record.labels;
  const { choices } = item?.fields ?? {};
  return Array.isArray(choices) ? choices : Array.from({ length: data.choices }, (_, i) => String(i));
}

/** How many answers there are to choose from; 0 for texts. */
export function classCount({ record, data }: Pick<ReportInput, "record" | "data">): number {
  return data.choices ?? record.labels.length;
}

/** What arms are chosen and compared by. */
export function firstMetric({ record }: Pick<ReportInput, "record">): ComparisonMetric {
  return record.metrics[0] ?? "accuracy";
}
