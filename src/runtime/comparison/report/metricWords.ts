/** Metrics in words and their values as texts. */
import * as l10n from "@vscode/l10n";
import type { Measured } from "../../comparisonReport";
import type { ComparisonMetric } from "../comparisonFile";

/** What a metric is called. */
export function metricName(metric: ComparisonMetric): string {
  switch (metric) {
    case "accuracy":
      return l10n.t("accuracy");
    case "macroF1":
      return l10n.t("macro-F1");
    case "logLoss":
      return l10n.t("log-loss");
    case "brier":
      return l10n.t("Brier score");
    case "calibrationError":
      return l10n.t("calibration error");
    case "exactMatch":
      return l10n.t("exact match");
    case "tokenF1":
      return l10n.t("token F1");
    case "bleu":
      return l10n.t("BLEU");
    case "rougeL":
      return l10n.t("ROUGE-L");
    case "perplexity":
      return l10n.t("perplexity");
    default:
      return metric satisfies never;
  }
}

/** Metrics from 0 to 1, shown as percent, and their differences as points. */
const shares: ReadonlySet<ComparisonMetric> = new Set([
  "accuracy",
  "macroF1",
  "calibrationError",
  "exactMatch",
  "tokenF1",
  "rougeL",
]);

/** How a metric's differences are written: in points of a share, or as numbers. */
export function metricUnit(metric: ComparisonMetric): "share" | "number" {
  return shares.has(metric) ? "share" : "number";
}

/** A value of a metric: `81.3 %`, or three digits. */
export function metricText(metric: ComparisonMetric, value: number): string {
  if (shares.has(metric)) return l10n.t("{0} %", percent(value));
  return minus(metric === "bleu" ? value.toFixed(1) : value.toPrecision(3));
}

/** A value at an axis: whole percents without a point. */
export function tickText(metric: ComparisonMetric, value: number): string {
  if (!shares.has(metric)) return minus(String(value));
  return l10n.t("{0} %", minus(String(Number((100 * value).toPrecision(6)))));
}

/** A value with its interval: `81.3 % (77.0–85.1)`. */
export function measuredText(metric: ComparisonMetric, { value, low, high }: Measured): string {
  const bound = (number: number) => (shares.has(metric) ? percent(number) : metricText(metric, number));
  return `${metricText(metric, value)} (${bound(low)}–${bound(high)})`;
}

/** A difference of a metric with its sign, in points of a share: `+4.2`. */
export function differenceText(metric: ComparisonMetric, value: number): string {
  const text = shares.has(metric) ? percent(value) : minus(value.toPrecision(3));
  return value > 0 && !text.startsWith("+") ? `+${text}` : text;
}

/** A p-value: `p = 0.031`, `p < 0.001`. */
export function pText(p: number): string {
  return p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`;
}

/** `95`, of a level or a share, with one digit behind the point where there is one. */
export function levelText(level: number): string {
  return String(Math.round(1000 * level) / 10);
}

function percent(value: number): string {
  // Adding 0 makes −0 a 0.
  return minus((Math.round(1000 * value) / 10 + 0).toFixed(1));
}

function minus(text: string): string {
  return text.replace("-", "−");
}

/** A time: `3.2 ms`, `41.0 s`, `12.5 min`. */
export function timeText(ms: number): string {
  if (ms < 1000) return l10n.t("{0} ms", ms.toFixed(ms < 10 ? 1 : 0));
  if (ms < 120_000) return l10n.t("{0} s", (ms / 1000).toFixed(1));
  return l10n.t("{0} min", (ms / 60_000).toFixed(1));
}

/** Bytes: `512 KB`, `1.5 GB`, in powers of 1,000. */
export function sizeText(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} KB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
