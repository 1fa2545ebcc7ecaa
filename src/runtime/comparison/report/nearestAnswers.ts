/** The nearest neighbour on the model's features, as a baseline of labels and of texts. */
import * as l10n from "@vscode/l10n";
import { nearestItems } from "../../evaluation/baselines";
import type { ComparisonItem } from "../comparisonInput";
import type { ReportInput } from "./reportInput";

/** For every item of test the nearest of some items of train. */
export type Nearest = (train: readonly ComparisonItem[]) => readonly (ComparisonItem | undefined)[];

/** Finds neighbours among any of the items `learnt`, or says in a sentence why it cannot. */
export function nearestFinder(
  { data, features }: Pick<ReportInput, "data" | "features">,
  learnt: readonly ComparisonItem[],
): { readonly nearest: Nearest } | { readonly note: string } {
  if (data.choices !== null) {
    return { note: l10n.t("The nearest neighbour is left out: it has no answer among choices.") };
  }
  const places = new Map(data.train.map((item, place) => [item, place]));
  const featureOf = (item: ComparisonItem) => features?.train[places.get(item) ?? -1] ?? [];
  const width = features?.test[0]?.length ?? 0;
  // Items that no arm could learn from have no features.
  const isThere = width > 0 && learnt.every((item) => featureOf(item).length === width);
  if (!features || features.test.length !== data.test.length || !isThere) {
    return { note: l10n.t("The nearest neighbour is left out: the model's features of the items are not there.") };
  }
  return {
    nearest: (train) => nearestItems(train.map(featureOf), features.test).map(([place = -1]) => train[place]),
  };
}
