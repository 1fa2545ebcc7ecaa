/** A comparison as text for a terminal: what it would do, and what it found. */
import * as l10n from "@vscode/l10n";
import type { ComparisonMetric } from "../comparison/comparisonFile";
import type { ComparisonResult } from "../comparisonProtocol";
import type { ArmRecord, ComparisonPlan, ComparisonRecord } from "../comparisonRecord";
import type { ComparisonReport, Measured, ReportArm } from "../comparisonReport";
import { duration, formatBytes, table } from "./format";

/** A plan: its arms, and what all of it takes. */
export function planText(plan: ComparisonPlan): string {
  const { arms, items, units, estimate, fits, testReads, notes } = plan;
  const head = [l10n.t("ARM"), l10n.t("CHOICES"), l10n.t("UNITS"), l10n.t("TIME")];
  const rows = arms.map(({ name, choices, units, ms }) => [name, String(choices), String(units), duration(ms)]);
  const lines = [
    ...notes,
    itemsText(items),
    unitsText(units, estimate),
    ...(fits ? [] : [l10n.t("That is more memory than there is.")]),
    ...(testReads > 0 ? [l10n.t("This test set was read {0} times before.", testReads)] : []),
  ];
  return `${table([head, ...rows])}\n${lines.join("\n")}\n`;
}

/** What a comparison that begins is going to do, in one line. */
export function planOfRecord({ items, units, estimate }: ComparisonRecord): string {
  return `${itemsText(items)} ${unitsText(units.total, estimate)}`;
}

function itemsText({ train, dev, test }: ComparisonPlan["items"]): string {
  return l10n.t("{0} items to learn from, {1} to choose by, {2} to measure with.", train, dev, test);
}

function unitsText(units: number, { ms, peakBytes }: ComparisonPlan["estimate"]): string {
  return l10n.t("{0} units: about {1}, {2} of memory.", units, duration(ms), formatBytes(peakBytes));
}

/** What came of a comparison: the verdict first, then the arms, then where all of it is. */
export function resultText({ folder, record, report }: ComparisonResult): string {
  const { estimate, actual, units, state } = record;
  const took = l10n.t("{0} (planned {1})", duration(actual.ms), duration(estimate.ms));
  const memory = l10n.t("{0} (planned {1})", formatBytes(actual.peakBytes), formatBytes(estimate.peakBytes));
  const end = table([
    [l10n.t("run"), folder],
    [l10n.t("state"), `${state}, ${l10n.t("{0} of {1} units", units.done, units.total)}`],
    [l10n.t("time"), took],
    [l10n.t("memory"), memory],
  ]);
  if (report === null) return `${table([...chosenRows(record)])}\n${end}`;
  return `${report.verdicts.join("\n")}\n\n${table(reportRows(report))}\n${assertionLines(report)}${end}`;
}

/** What is known without a report: how arms did on dev. */
function chosenRows({ arms, metrics }: ComparisonRecord): readonly (readonly string[])[] {
  const dev = ({ tried, chosen }: ArmRecord) => (chosen === null ? null : (tried[chosen]?.dev ?? null));
  const head = [l10n.t("ARM"), l10n.t("DEV {0}", metrics[0] ?? "")];
  return [head, ...arms.map((arm) => [arm.name, dev(arm)?.toFixed(4) ?? "–"])];
}

function reportRows({ arms, record }: ComparisonReport): readonly (readonly string[])[] {
  const [first] = record.metrics;
  const others = record.metrics.slice(1, 4);
  const head = [
    l10n.t("ARM"),
    ...(first ? [first, l10n.t("INTERVAL")] : []),
    ...others,
    l10n.t("MS/ITEM"),
    l10n.t("TRAINING"),
    l10n.t("LABELS"),
  ];
  return [head, ...arms.map((arm) => armRow(arm, first, others))];
}

function armRow(
  { name, metrics, cost, labels }: ReportArm,
  first: ComparisonMetric | undefined,
  others: readonly ComparisonMetric[],
): readonly string[] {
  return [
    name,
    ...(first ? [valueText(metrics[first]), intervalText(metrics[first])] : []),
    ...others.map((metric) => valueText(metrics[metric])),
    cost === null ? "" : cost.itemMs.toFixed(1),
    cost?.trainMs === null || cost === null ? "" : duration(cost.trainMs),
    String(labels.train),
  ];
}

function valueText(measured: Measured | undefined): string {
  return measured?.value.toFixed(4) ?? "–";
}

function intervalText(measured: Measured | undefined): string {
  return measured ? `${measured.low.toFixed(4)}–${measured.high.toFixed(4)}` : "";
}

function assertionLines({ assertions }: ComparisonReport): string {
  const lines = assertions.map(({ passed, words }) => [passed ? l10n.t("holds") : l10n.t("fails"), words]);
  return lines.length > 0 ? `${table(lines)}\n` : "";
}
