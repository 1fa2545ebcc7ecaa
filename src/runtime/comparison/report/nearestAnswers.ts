/** The nearest neighbour on the model's features, as a baseline of labels, of choices and of texts. */
import * as l10n from "@vscode/l10n";
import { nearestItems } from "../../evaluation/baselines";
import type { ComparisonItem } from "../comparisonInput";
import type { ReportInput } from "./reportInput";

/** Finds neighbours among some items of train: those of them that have features. */
export interface Nearest {
  /** For every item of test the nearest one. */
  readonly items: (train: readonly ComparisonItem[]) => readonly (ComparisonItem | undefined)[];
  /**
   * For every item of test the neighbour's label. For multiple choice: every choice with its item is a vector, and the choice is taken whose
   * nearest right one of train is nearest to it; of ones as near the first.
   */
  readonly labels: (train: readonly ComparisonItem[]) => readonly number[];
}

/** Finds neighbours among the items `learnt`, or says in a sentence why it cannot; and that it knows a sample of them, where that is so. */
export function nearestFinder(
  { data, features }: Pick<ReportInput, "data" | "features">,
  learnt: readonly ComparisonItem[],
): { readonly nearest: Nearest | null; readonly notes: readonly string[] } {
  const all = [...new Set(learnt)];
  const places = new Map(data.train.map((item, place) => [item, place]));
  const featuresOf = (item: ComparisonItem) => features?.train[places.get(item) ?? -1] ?? [];
  const known = all.filter((item) => featuresOf(item).length > 0);
  if (!features || features.test.length !== data.test.length || known.length === 0) {
    const note = l10n.t("The nearest neighbour is left out: the model's features of the items are not there.");
    return { nearest: null, notes: [note] };
  }
  const sampled = l10n.t("The nearest neighbour knows a sample of {0} of {1} items.", known.length, all.length);
  const { test } = features;
  const pool = (train: readonly ComparisonItem[]) => {
    const own = train.filter((item) => featuresOf(item).length > 0);
    return own.length > 0 ? own : known;
  };
  const items = (train: readonly ComparisonItem[]) => {
    const own = pool(train);
    const found = nearestItems(
      own.map((item) => featuresOf(item)[0] ?? []),
      test.map(([first]) => first ?? []),
    );
    return found.map(([place = -1]) => own[place]);
  };
  const labels = (train: readonly ComparisonItem[]) =>
    data.choices === null
      ? items(train).map((item) => item?.label ?? 0)
      : nearestChoices(
          pool(train).flatMap((item) => featuresOf(item)[item.label ?? -1] ?? []),
          test,
        );
  return { nearest: { items, labels }, notes: known.length < all.length ? [sampled] : [] };
}

/** Vectors have length 1: the larger the product, the nearer. */
function nearestChoices(right: readonly Float32Array[], test: readonly (readonly Float32Array[])[]): readonly number[] {
  return test.map((choices) => {
    const found = nearestItems(right, choices);
    const near = choices.map((choice, i) => product(choice, right[found[i]?.[0] ?? -1] ?? new Float32Array()));
    return near.reduce((best, value, i) => (value > (near[best] ?? Number.NEGATIVE_INFINITY) ? i : best), 0);
  });
}

function product(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
