/** What a report is made from: a comparison as it was kept, and what was read beside it. */
import type { ComparisonRecord, Prediction, UnitOutcome } from "../../comparisonRecord";
import type { PoolText } from "../../evaluation/contamination";
import type { ItemFeatures } from "../comparisonFeatures";
import type { ComparisonFile, ComparisonMetric } from "../comparisonFile";
import type { ComparisonData, ComparisonItem } from "../comparisonInput";
import type { PretrainingOverlap } from "../pretrainingOverlap";

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
  /** The first model's, for the nearest neighbour, which is left out, with a note, where they are absent. */
  readonly features?: Pick<ItemFeatures, "train" | "test">;
  /** Texts beside train that arms were shown: instructions and templates, in which there may be demonstrations. */
  readonly prompts?: readonly PoolText[];
  /** What test shares with texts that the models were pre-trained on, where those are known. */
  readonly pretraining?: PretrainingOverlap;
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
