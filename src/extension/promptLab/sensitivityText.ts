/** How sensitive a prompt is, as a Markdown document. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { Sensitivity, SensitivityArm, SensitivityAxis } from "../../runtime/promptProtocol";
import { visibleName } from "../views/modelTexts";

/** A measurement, and what it was made of. */
export interface SensitivityReport {
  /** Name of the prompt file. */
  readonly file: string;
  /** Null where all variants were compared. */
  readonly variant: string | null;
  /** Name of the model. */
  readonly model: string;
  readonly result: Sensitivity;
}

/** Rows that are shown of the beginning of a long table, and as many of its end. */
const shownRows = 100;
/** Longest text in a cell, UTF-16 code units. */
const longest = 200;
/** Characters of the longest bar. */
const barWidth = 20;

/** The whole document. Everything that comes from files is escaped: nothing of it is formatted, links, or loads. */
export function sensitivityDocument(report: SensitivityReport): string {
  const parts = [
    `# ${l10n.t("Sensitivity of {0}", escapeMarkdown(report.file))}`,
    whatWasMeasured(report),
    spread(report.result),
    `## ${l10n.t("Arrangements")}`,
    armsTable(report.result),
    `## ${l10n.t("Influence of demonstrations")}`,
    influenceMeaning(report.result.axis),
    influenceTable(report.result),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** What varies on an axis, in a word or two, and in a sentence. */
export function axisTexts(axis: SensitivityAxis): { readonly label: string; readonly detail: string } {
  switch (axis) {
    case "order":
      return {
        label: l10n.t("Order of demonstrations"),
        detail: l10n.t("The same demonstrations in different orders."),
      };
    case "demonstrations":
      return {
        label: l10n.t("Choice of demonstrations"),
        detail: l10n.t("Different demonstrations of those that the variant draws from."),
      };
    case "labelWords":
      return {
        label: l10n.t("Label words"),
        detail: l10n.t("The label words one by one, and in each other's places."),
      };
    case "template":
      return { label: l10n.t("Template"), detail: l10n.t("Every variant of the file, as it stands.") };
    default:
      return axis satisfies never;
  }
}

/** Punctuation that means something in Markdown, its HTML, its autolinks, or in extensions of it. */
const special = /[\\`*_{}[\]<>()#|~&!:@$^=]/g;

/** A text in one line of Markdown, wherever it stands in that line but at its beginning: shown as it is, cut when it is long. */
export function escapeMarkdown(text: string): string {
  const cut = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  const line = visibleName(cut.replace(/\r\n|[\n\r\u2028\u2029]/g, "↵").replaceAll("\t", " "));
  // A pipe would end a table's cell even where it is escaped in another way; "www." makes a link in some readers.
  const escaped = line.replace(special, (character) => (character === "|" ? "&#124;" : `\\${character}`));
  return escaped.replace(/www\./gi, (begin) => begin.replace(".", "\\."));
}

/** `share` of the longest bar, in block characters to an eighth of one; empty for 0. */
export function bar(share: number): string {
  const eighths = Number.isFinite(share) ? Math.round(Math.min(1, Math.max(0, share)) * barWidth * 8) : 0;
  const rest = eighths % 8;
  // U+258F is one eighth, U+2588 the whole block.
  return "█".repeat(Math.floor(eighths / 8)) + (rest === 0 ? "" : String.fromCodePoint(0x2590 - rest));
}

function whatWasMeasured({ variant, model, result }: SensitivityReport): string {
  const { axis, items, arms, exhaustive, metric, elapsedMs } = result;
  const { label, detail } = axisTexts(axis);
  const tried = exhaustive ? l10n.t("{0}: all that there are", arms.length) : l10n.t("{0} of more", arms.length);
  const measure =
    metric === "accuracy"
      ? l10n.t("accuracy: the share of inputs answered right")
      : l10n.t("mean log-probability of the answer, nats per token: no right answers are known");
  const facts = [
    ...(variant === null ? [] : [[l10n.t("Variant"), escapeMarkdown(variant)]]),
    [l10n.t("What varies"), `${label}. ${detail}`],
    [l10n.t("Model"), escapeMarkdown(model)],
    [l10n.t("Inputs"), `${items}`],
    [l10n.t("Arrangements tried"), tried],
    [l10n.t("Measure"), measure],
    [l10n.t("Time"), l10n.t("{0} s", (elapsedMs / 1000).toFixed(1))],
  ];
  return facts.map(([name, value]) => `- **${name}:** ${value}`).join("\n");
}

function spread({ best, worst, mean, sd, metric }: Sensitivity): string {
  const header = [l10n.t("Best"), l10n.t("Worst"), l10n.t("Mean"), l10n.t("Standard deviation")];
  return table(header, [[...[best, worst, mean].map((value) => valueText(value, metric)), differenceText(sd, metric)]]);
}

function armsTable({ arms, metric, best, axis }: Sensitivity): string {
  const numbers = axis === "order" || axis === "demonstrations";
  const header = [
    l10n.t("Rank"),
    numbers ? l10n.t("Demonstrations, by their numbers") : axisTexts(axis).label,
    metric === "accuracy" ? l10n.t("Accuracy") : l10n.t("Nats per token"),
    metric === "accuracy" ? l10n.t("From 0 to 100 %") : l10n.t("Probability per token, against the best"),
  ];
  const share = ({ value }: SensitivityArm) => (metric === "accuracy" ? value : Math.exp(value - best));
  const sorted = arms.toSorted((a, b) => b.value - a.value);
  const rows = sorted.map((arm, i) => {
    return [`${i + 1}`, escapeMarkdown(arm.name), valueText(arm.value, metric), bar(share(arm))];
  });
  return longTable(header, rows, [0, 2]);
}

/** What the numbers of the influence table mean, in one sentence. */
function influenceMeaning(axis: SensitivityAxis): string {
  switch (axis) {
    case "order":
      return l10n.t(
        "Influence is the mean of the orders in which a demonstration comes first less the mean of those in which it comes last, next to the query: above 0 it helps more at the beginning.",
      );
    case "demonstrations":
      return l10n.t(
        "Influence is the mean of the arrangements that have a demonstration less the mean of those without it: above 0 it helps, below 0 it harms.",
      );
    case "labelWords":
      return l10n.t("Only the label words vary here, so that no influence of single demonstrations can be told.");
    case "template":
      return l10n.t("Whole variants are compared here, so that no influence of single demonstrations can be told.");
    default:
      return axis satisfies never;
  }
}

function influenceTable({ axis, influence, metric }: Sensitivity): string {
  if (axis === "labelWords" || axis === "template") return "";
  if (influence.length === 0) {
    return l10n.t("Too few arrangements were tried for it: none has arrangements of both kinds.");
  }
  const unit = metric === "accuracy" ? l10n.t("percentage points") : l10n.t("nats per token");
  const header = [l10n.t("Number"), l10n.t("Influence ({0})", unit), l10n.t("Demonstration")];
  const sorted = influence.toSorted((a, b) => b.effect - a.effect);
  const rows = sorted.map(({ demonstration, effect, text }) => {
    return [
      `${demonstration + 1}`,
      signed(metric === "accuracy" ? 100 * effect : effect, metric),
      escapeMarkdown(text),
    ];
  });
  return longTable(header, rows, [0, 1]);
}

/** A table of which only the beginning and the end are shown when it is long, with a sentence that says so. */
function longTable(header: readonly string[], rows: readonly (readonly string[])[], right: readonly number[]): string {
  const hidden = rows.length - 2 * shownRows;
  if (hidden <= 0) return table(header, rows, right);
  const gap = header.map(() => "…");
  const some = [...rows.slice(0, shownRows), gap, ...rows.slice(-shownRows)];
  return `${table(header, some, right)}\n\n${l10n.t("Rows in the middle that are not shown: {0}.", hidden)}`;
}

/** The columns named in `right` hold numbers. */
function table(header: readonly string[], rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = header.map((_, i) => (right.includes(i) ? "---:" : "---"));
  return [line(header), line(rule), ...rows.map(line)].join("\n");
}

function valueText(value: number, metric: Sensitivity["metric"]): string {
  return metric === "accuracy" ? `${(100 * value).toFixed(1)} %` : minus(value.toFixed(3));
}

function differenceText(value: number, metric: Sensitivity["metric"]): string {
  return metric === "accuracy" ? l10n.t("{0} percentage points", (100 * value).toFixed(1)) : value.toFixed(3);
}

function signed(value: number, metric: Sensitivity["metric"]): string {
  const text = Math.abs(value).toFixed(metric === "accuracy" ? 1 : 3);
  if (Number(text) === 0) return text;
  return value > 0 ? `+${text}` : minus(`-${text}`);
}

/** A sign that is as wide as the plus, and that starts no list. */
function minus(number: string): string {
  return number.replace(/^-/, "−");
}
