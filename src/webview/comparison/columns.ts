/** Columns of the table of arms: their values, and texts with equal decimals. Pure, but for the language they are in. */
import * as l10n from "@vscode/l10n";
import type { ComparisonMetric } from "../../runtime/comparison/comparisonFile";
import { metricName, metricText, metricUnit } from "../../runtime/comparison/report/metricWords";
import { kindText } from "../../runtime/comparison/report/reportTables";
import type { ComparisonReport, Measured, ReportArm } from "../../runtime/comparisonReport";
import type { NumberFormats } from "../shared/format";
import type { ArmSort } from "./options";

/** A column. */
export interface ArmColumn {
  readonly id: string;
  readonly name: string;
  /** What is looked at when it is clicked first. */
  readonly first: "ascending" | "descending";
  /** Which value is marked; null where none is better than another. */
  readonly best: "highest" | "lowest" | null;
  /** What it is sorted by; null stands last. */
  value(arm: ReportArm): number | string | null;
  text(arm: ReportArm): string;
  /** Beside the text: an interval. */
  note?(arm: ReportArm): string;
  readonly metric?: ComparisonMetric;
}

/** What stands where there is nothing. */
export const none = "–";

const lowerIsBetter: ReadonlySet<ComparisonMetric> = new Set(["logLoss", "brier", "calibrationError", "perplexity"]);

/** All columns, the arm's name first. */
export function armColumns({ record, arms }: ComparisonReport, formats: NumberFormats): readonly ArmColumn[] {
  const count = (id: string, name: string, read: (arm: ReportArm) => number | null, best: ArmColumn["best"] = null) =>
    numberColumn(id, name, read, (value) => formats.count(value), best);
  return [
    {
      id: "name",
      name: l10n.t("Arm"),
      first: "ascending",
      best: null,
      value: ({ name }) => name,
      text: ({ name }) => name,
      note: kindText,
    },
    ...record.metrics.filter((metric) => arms.some(({ metrics }) => metrics[metric])).map(metricColumn),
    ...(arms.some(({ dev }) => dev !== null) ? [devColumn(record.metrics[0] ?? "accuracy")] : []),
    count("seeds", l10n.t("Seeds"), ({ spread }) => spread.seeds.length),
    {
      ...count("labels", l10n.t("Labels used"), ({ labels }) => labels.train),
      note: ({ labels: { dev } }) => (dev > 0 ? l10n.t("+ {0} of dev", formats.count(dev)) : ""),
    },
    costColumn("item", l10n.t("Time of an item"), arms, ({ cost }) => cost?.itemMs ?? null, times),
    costColumn("training", l10n.t("Training"), arms, ({ cost }) => cost?.trainMs ?? null, times),
    costColumn("memory", l10n.t("Memory"), arms, ({ cost }) => cost?.peakBytes ?? null, sizes),
    costColumn("added", l10n.t("Added"), arms, ({ cost }) => cost?.addedBytes || null, sizes),
    count("reads", l10n.t("Reads of test"), ({ arm, testReads }) => (arm === null ? null : testReads)),
  ];
}

function numberColumn(
  id: string,
  name: string,
  value: (arm: ReportArm) => number | null,
  text: (value: number) => string,
  best: ArmColumn["best"],
): ArmColumn {
  return {
    ...{ id, name, best, value, first: best === "highest" ? "descending" : "ascending" },
    text: (arm) => {
      const number = value(arm);
      return number === null ? none : text(number);
    },
  };
}

function metricColumn(metric: ComparisonMetric): ArmColumn {
  const best = lowerIsBetter.has(metric) ? "lowest" : "highest";
  const read = ({ metrics }: ReportArm) => metrics[metric]?.value ?? null;
  return {
    ...numberColumn(metric, metricName(metric), read, (value) => fixedMetric(metric, value), best),
    metric,
    note: ({ metrics }) => intervalText(metric, metrics[metric]),
  };
}

function devColumn(metric: ComparisonMetric): ArmColumn {
  const name = l10n.t("On dev, {0}", metricName(metric));
  return numberColumn(
    "dev",
    name,
    ({ dev }) => dev,
    (value) => fixedMetric(metric, value),
    null,
  );
}

/** A value of a metric with as many decimals as every other one: those of one column stand below each other. */
export function fixedMetric(metric: ComparisonMetric, value: number): string {
  if (metricUnit(metric) === "share" || metric === "bleu") return metricText(metric, value);
  const decimals = metric === "perplexity" ? 2 : 3;
  return value.toFixed(decimals).replace("-", "−");
}

/** `77.0–85.1`, in the decimals of the value. */
export function intervalText(metric: ComparisonMetric, measured: Measured | undefined): string {
  if (!measured) return "";
  const bound = (value: number) => fixedMetric(metric, value).replace(/\s*%$/, "");
  return `${bound(measured.low)}–${bound(measured.high)}`;
}

interface Unit {
  readonly name: string;
  readonly size: number;
  readonly decimals: number;
}

/** Milliseconds, the largest unit first. */
const times: readonly Unit[] = [
  { name: "min", size: 60_000, decimals: 1 },
  { name: "s", size: 1000, decimals: 1 },
  { name: "ms", size: 1, decimals: 1 },
];

/** Bytes, in powers of 1,000. */
const sizes: readonly Unit[] = [
  { name: "GB", size: 1e9, decimals: 2 },
  { name: "MB", size: 1e6, decimals: 1 },
  { name: "KB", size: 1e3, decimals: 1 },
];

/** Costs in one unit, the largest in which the least of them is not next to nothing; the less, the better. */
function costColumn(
  id: string,
  name: string,
  arms: readonly ReportArm[],
  read: (arm: ReportArm) => number | null,
  units: readonly Unit[],
): ArmColumn {
  const values = arms.flatMap((arm) => read(arm) ?? []).filter((value) => value > 0);
  const least = Math.min(...values);
  const last = units.at(-1) ?? { name: "", size: 1, decimals: 0 };
  const unit = values.length === 0 ? last : (units.find(({ size }) => least / size >= 1) ?? last);
  const format = new Intl.NumberFormat("en", {
    minimumFractionDigits: unit.decimals,
    maximumFractionDigits: unit.decimals,
  });
  const heading = `${name}, ${unit.name}`;
  return numberColumn(id, heading, read, (value) => format.format(value / unit.size), null);
}

/** Numbers of the arms in the order of a column; in their own where there is none. What has no value stands last. */
export function sortedArms(
  arms: readonly ReportArm[],
  columns: readonly ArmColumn[],
  sort: ArmSort | null,
): readonly number[] {
  const places = arms.map((_, place) => place);
  const column = columns.find(({ id }) => id === sort?.column);
  if (!sort || !column) return places;
  const value = (place: number) => {
    const arm = arms[place];
    return arm ? column.value(arm) : null;
  };
  return places.sort((a, b) => compare(value(a), value(b), sort.descending) || a - b);
}

function compare(a: number | string | null, b: number | string | null, descending: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  return descending ? -order : order;
}

/** The order after a click on a column's heading: its first one, the other one, and the file's again. */
export function nextSort(sort: ArmSort | null, { id, first }: Pick<ArmColumn, "id" | "first">): ArmSort | null {
  const descending = first === "descending";
  if (sort?.column !== id) return { column: id, descending };
  return sort.descending === descending ? { column: id, descending: !descending } : null;
}

/** Numbers of the arms with the best value of a column: all that are equal as they are written. */
export function bestArms(arms: readonly ReportArm[], column: ArmColumn): ReadonlySet<number> {
  if (column.best === null) return new Set();
  const values = arms.map((arm) => column.value(arm)).filter((value) => typeof value === "number");
  if (values.length < 2) return new Set();
  const best = column.best === "highest" ? Math.max(...values) : Math.min(...values);
  const text = arms.find((arm) => column.value(arm) === best);
  const written = text && column.text(text);
  return new Set(arms.flatMap((arm, place) => (written !== undefined && column.text(arm) === written ? [place] : [])));
}
