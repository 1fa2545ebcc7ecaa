/** What is shown as a file: the rows that are left, in their order, and the summaries. Pure, but for the language of headings. */
import * as l10n from "@vscode/l10n";
import type { ExportedFile } from "../../runtime/analysisPanelProtocol";
import { type CsvTable, tableCsv } from "../shared/csv";
import { inline, isNumericColumn, markdownCell, markdownRow } from "../shared/markdown";
import type { CompareData, RunHeader } from "./data";

/** Formats that there are. */
export const exportFormats = ["csv", "json", "md"] as const;

/** One of them. */
export type ExportFormat = (typeof exportFormats)[number];

/** Rows of a Markdown table at most: a note says how many there were. */
const markdownRows = 500;

/** The shown rows as a file. */
export function exportedFile(
  format: ExportFormat,
  header: RunHeader,
  data: CompareData,
  rows: readonly number[],
): ExportedFile {
  const content = {
    csv: () => tableCsv(cellTable(data, header, rows)),
    json: () => `${JSON.stringify(exportedJson(header, data, rows), null, 2)}\n`,
    md: () => exportedMarkdown(header, data, rows),
  }[format]();
  return { name: header.title, format, content };
}

/** A row a cell: what is machine-read has one value a column. */
function cellTable(data: CompareData, header: RunHeader, rows: readonly number[]): CsvTable {
  const fields = fieldNames(data, rows);
  const columns = [
    "item",
    ...fields,
    "gold",
    "variant",
    "rule",
    "output",
    "correct",
    "share",
    "logprob",
    "tokens",
    "ms",
    "cached",
    "rating",
    "pinned",
    "note",
  ];
  const cells = rows.flatMap((item) =>
    data.row(item).flatMap((cell) => {
      const variant = cell && header.variants[cell.variant];
      if (!cell || !variant) return [];
      const input = fields.map((name) => data.items[item]?.fields[name] ?? null);
      const { rating, pinned, note } = data.markOf(cell.variant, item);
      const share = cell.shares[cell.answers?.indexOf(cell.output) ?? -1] ?? null;
      const { output, correct, gold, logprob, logprobTokens, ms, cached } = cell;
      const yes = (value: boolean | null) => (value === null ? null : String(value));
      return [
        [
          item,
          ...input,
          gold,
          variant.name,
          variant.rule,
          output,
          yes(correct),
          share,
          logprob,
          logprobTokens,
          ms,
          yes(cached),
          rating,
          yes(pinned),
          note,
        ],
      ];
    }),
  );
  return { columns, rows: cells };
}

function exportedJson(header: RunHeader, data: CompareData, rows: readonly number[]): unknown {
  const { title, models, task, startedAt, variants, summaries, status, elapsedMs } = header;
  return {
    ...{ title, models, task, startedAt, status: status.kind, elapsedMs, variants, summaries },
    rows: rows.map((item) => ({
      item,
      fields: data.items[item]?.fields ?? {},
      gold: data.items[item]?.gold ?? null,
      cells: data.row(item).flatMap((cell) => (cell ? [cell] : [])),
      marks: data.marksOf(item),
    })),
  };
}

function exportedMarkdown(header: RunHeader, data: CompareData, rows: readonly number[]): string {
  const { variants, summaries } = header;
  const fields = fieldNames(data, rows);
  const summary = summaries.map(({ name, rule, cells, accuracy, meanLogprob, ms }) => [
    ...[
      name,
      rule,
      cells,
      accuracy?.value ?? null,
      accuracy ? `${accuracy.low.toFixed(3)}–${accuracy.high.toFixed(3)}` : null,
    ],
    ...[meanLogprob, ms],
  ]);
  const shown = rows.slice(0, markdownRows).map((item) => [
    item + 1,
    ...fields.map((name) => data.items[item]?.fields[name] ?? null),
    data.items[item]?.gold ?? null,
    ...variants.map((_, variant) => {
      const cell = data.cell(variant, item);
      return cell ? `${cell.correct === null ? "" : cell.correct ? "✓ " : "✗ "}${cell.output}` : null;
    }),
  ]);
  const more = rows.length - shown.length;
  const summaryHead = [
    l10n.t("Variant"),
    l10n.t("Rule"),
    l10n.t("Cells"),
    l10n.t("Accuracy"),
    l10n.t("95 % interval"),
    l10n.t("ln p per token"),
    l10n.t("Milliseconds"),
  ];
  const head = ["#", ...fields, l10n.t("Right answer"), ...variants.map(({ name }) => name)];
  return `# ${inline(header.title)}\n\n${table(summaryHead, summary)}\n\n${table(head, shown)}\n${more > 0 ? `\n${l10n.t("{0} more rows are left out.", more)}\n` : ""}`;
}

function table(columns: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  return [
    markdownRow(columns.map(inline)),
    markdownRow(columns.map((_, column) => (isNumericColumn(rows, column) ? "--:" : "---"))),
    ...rows.map((cells) => markdownRow(cells.map(markdownCell))),
  ].join("\n");
}

function fieldNames(data: CompareData, rows: readonly number[]): readonly string[] {
  const names = new Set<string>();
  for (const item of rows) for (const name of Object.keys(data.items[item]?.fields ?? {})) names.add(name);
  return [...names];
}
