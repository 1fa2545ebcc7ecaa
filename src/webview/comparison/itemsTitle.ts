/** What leads to items, in words. Pure, but for the language they are in. */
import * as l10n from "@vscode/l10n";
import type { ComparisonReport } from "../../runtime/comparisonReport";
import type { ItemsView } from "./options";

/** Which items are shown. */
export function itemsTitle(view: ItemsView, { arms, record, slices }: ComparisonReport): string {
  const name = (arm: number) => arms[arm]?.name ?? "";
  const label = (number: number) => record.labels[number] ?? String(number);
  switch (view.kind) {
    case "all":
      return l10n.t("All items, as {0} answers them", name(view.arm));
    case "wrong":
      return l10n.t("{0} is wrong", name(view.arm));
    case "differ":
      return l10n.t("{0} is right and {1} wrong", name(view.right), name(view.wrong));
    case "cell":
      return l10n.t("{0} says {1} where {2} is right", name(view.arm), label(view.answer), label(view.label));
    case "bin":
      return l10n.t("{0} is {1} to {2} sure", name(view.arm), view.from.toFixed(2), view.to.toFixed(2));
    case "slice": {
      const slice = slices[view.slice];
      return l10n.t("{0} is wrong: {1}", name(slice?.arm ?? -1), slice?.name ?? "");
    }
    case "item":
      return l10n.t("Item {0}", view.item);
    default:
      return view satisfies never;
  }
}

/** A view of a report that there may be another of by now; null for one that names what is not there. */
export function checkedView(view: ItemsView | null, { arms, slices }: ComparisonReport): ItemsView | null {
  if (!view) return null;
  const isArm = (...numbers: readonly number[]) => numbers.every((number) => number < arms.length);
  switch (view.kind) {
    case "slice":
      return view.slice < slices.length ? view : null;
    case "differ":
      return isArm(view.right, view.wrong) ? view : null;
    case "item":
      return view;
    default:
      return isArm(view.arm) ? view : null;
  }
}

/** What the list begins with: the best prompt on dev against the best training, or the first pair, or what the first arm gets wrong. */
export function firstView({ arms, pairs, record }: ComparisonReport): ItemsView {
  const sign = ["logLoss", "brier", "calibrationError", "perplexity"].includes(record.metrics[0] ?? "") ? -1 : 1;
  const best = (isOne: (kind: string) => boolean) =>
    arms
      .map((arm, place) => ({ ...arm, place }))
      .filter(({ kind, dev }) => isOne(kind) && dev !== null)
      .sort((a, b) => sign * ((b.dev ?? 0) - (a.dev ?? 0)))[0]?.place;
  const [prompt, trained] = [
    best((kind) => kind === "prompt"),
    best((kind) => kind !== "prompt" && kind !== "baseline"),
  ];
  if (prompt !== undefined && trained !== undefined) return { kind: "differ", right: prompt, wrong: trained };
  const [pair] = pairs;
  return pair ? { kind: "differ", right: pair.first, wrong: pair.second } : { kind: "wrong", arm: 0 };
}
