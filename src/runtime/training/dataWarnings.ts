/** Sentences about what looks wrong with labelled data. */
import { basename } from "node:path";
import * as l10n from "@vscode/l10n";
import { maxRows } from "../dataset/dataset";
import type { SplitName, TrainingData } from "../trainingDataProtocol";
import type { IndexedItem } from "./duplicates";
import { brief } from "./itemFields";
import { type ItemFile, labelCount } from "./itemFile";
import type { ArrangedData } from "./trainingData";

/** Fewer items of a label than these are few. */
const fewItems = 8;
/** A larger share of one label is lopsided. */
const lopsided = 0.9;
/** How many labels or rows a sentence names. */
const named = 5;

/** Why these data cannot be trained on; null when they can. */
export function obstacle({ files, parts }: ArrangedData, data: TrainingData): string | null {
  if (data.task !== "multipleChoice" && files.train.labels.length < 2) {
    return l10n.t('All rows have the label "{0}": there is nothing to tell apart.', brief(files.train.labels[0] ?? ""));
  }
  return parts.train.length === 0 ? l10n.t("No row is left to train on.") : null;
}

/** What looks wrong, in sentences. */
export function dataWarnings(arranged: ArrangedData, data: TrainingData): string[] {
  return [
    ...Object.values(arranged.files).flatMap(fileWarnings),
    ...foundWarnings(arranged, data.keepDuplicates ?? false),
    ...heldWarnings(arranged),
    ...labelWarnings(arranged),
    ...sizeWarnings(arranged),
  ];
}

function fileWarnings({ path, problems, problemCount, cut }: ItemFile): string[] {
  const file = basename(path);
  const list = problems.slice(0, named).map(({ line, message }) => l10n.t("line {0}: {1}", line, message));
  return [
    ...(problemCount > 0 ? [l10n.t("{0}: rows left out: {1}. {2}", file, problemCount, list.join(" "))] : []),
    ...(cut ? [l10n.t("{0}: only the first {1} rows are read.", file, maxRows)] : []),
  ];
}

function foundWarnings({ duplicates, leaked, contradictions }: ArrangedData, kept: boolean): string[] {
  const found = [
    { count: duplicates.count, what: l10n.t("Items that stand on an earlier line too") },
    { count: leaked.count, what: l10n.t("Items to train on that dev or test hold too") },
    { count: contradictions.count, what: l10n.t("Items whose texts have another label elsewhere") },
  ];
  const fate = kept ? l10n.t("They are kept.") : l10n.t("They are left out.");
  return found.filter(({ count }) => count > 0).map(({ count, what }) => `${what}: ${count}. ${fate}`);
}

/** About development and test data of their own, of which nothing is left out. */
function heldWarnings({ files: { dev, test } }: ArrangedData): string[] {
  const keys = (file: ItemFile | undefined) => new Set(file?.items.map(({ key }) => key));
  const inTest = keys(test);
  const shared = dev?.items.filter(({ key }) => inTest.has(key)).length ?? 0;
  const repeated = [dev, test].flatMap((file) => {
    const count = file ? file.items.length - keys(file).size : 0;
    return file && count > 0
      ? [l10n.t("{0}: items that stand on an earlier line too: {1}. They are kept.", basename(file.path), count)]
      : [];
  });
  return [
    ...repeated,
    ...(shared > 0 ? [l10n.t("Items of dev that test holds too: {0}. They are kept.", shared)] : []),
  ];
}

function labelWarnings({ files: { train }, parts }: ArrangedData): string[] {
  const byLabel = countByLabel(parts.train, labelCount(train));
  const name = (label: number) => brief(train.labels[label] ?? String(label));
  const few = byLabel.flatMap((count, label) => (count < fewItems ? [`${name(label)} (${count})`] : []));
  const most = byLabel.indexOf(Math.max(...byLabel));
  const share = (byLabel[most] ?? 0) / parts.train.length;
  return [
    ...(few.length > 0 ? [l10n.t("Labels with few items to train on: {0}", listed(few))] : []),
    ...(share > lopsided && byLabel.length > 1
      ? [l10n.t("{0} % of the items to train on have the label {1}.", Math.round(share * 100), name(most))]
      : []),
  ];
}

function listed(names: readonly string[]): string {
  const more = names.length - named;
  return [...names.slice(0, named), ...(more > 0 ? [l10n.t("and {0} more", more)] : [])].join(", ");
}

function sizeWarnings(arranged: ArrangedData): string[] {
  const empty = (name: SplitName) => arranged.parts[name].length === 0;
  return [
    ...(empty("dev") ? [l10n.t("dev is empty: nothing tells which step is the best.")] : []),
    ...(empty("test") ? [l10n.t("test is empty: nothing tells how good the model is on new items.")] : []),
  ];
}

/** Items of each of `labels` labels. */
export function countByLabel(items: readonly IndexedItem[], labels: number): number[] {
  const counts = new Array<number>(labels).fill(0);
  for (const { label } of items) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}
