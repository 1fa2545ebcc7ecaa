/** A run as a file to keep or to send: JSON, JSON Lines, CSV, Markdown or HTML. */
import type { PromptCell, RunRecord } from "../promptProtocol";
import { htmlReport } from "./reportHtml";
import { markdownReport } from "./reportMarkdown";
import { samplesReport } from "./reportSamples";
import { chosenProbability, type ReportedRun } from "./reportTable";
import { type CsvValue, csvText } from "./reportTexts";

/** The forms there are. */
export const reportForms = ["json", "jsonl", "csv", "md", "html"] as const;

/** One of them; also the ending of its files. */
export type ReportForm = (typeof reportForms)[number];

/** The whole text of a report. */
export function report(form: ReportForm, run: ReportedRun): string {
  const sorted = { ...run, cells: [...run.cells].sort((a, b) => a.item - b.item || a.variant - b.variant) };
  switch (form) {
    case "json":
      return `${JSON.stringify(sorted, null, 2)}\n`;
    case "jsonl":
      return samplesReport(sorted);
    case "csv":
      return csvReport(sorted);
    case "md":
      return markdownReport(sorted);
    case "html":
      return htmlReport(sorted);
    default:
      return form satisfies never;
  }
}

/** RFC 4180, a row for each cell. */
function csvReport({ record, items, cells }: ReportedRun): string {
  const fields = [...new Set(items.flatMap((item) => Object.keys(item.fields)))];
  const head = [...columns.map(([name]) => name), ...fields.map((field) => `input.${field}`)];
  const rows = cells.map((cell) => [
    ...columns.map(([, value]) => value(cell, record)),
    ...fields.map((field) => items[cell.item]?.fields[field] ?? null),
  ]);
  return csvText([head, ...rows]);
}

const columns: readonly (readonly [name: string, value: (cell: PromptCell, record: RunRecord) => CsvValue])[] = [
  ["item", ({ item }) => item],
  ["variant", ({ variant }, { variants }) => variants[variant]?.name ?? String(variant)],
  ["rule", ({ variant }, { variants }) => variants[variant]?.rule ?? ""],
  ["output", ({ output }) => output],
  ["gold", ({ gold }) => gold],
  ["correct", ({ correct }) => correct],
  ["probability", chosenProbability],
  ["logprob", ({ logprob }) => logprob],
  ["logprobTokens", ({ logprobTokens }) => logprobTokens],
  ["promptTokens", ({ promptTokens }) => promptTokens],
  ["shots", ({ shots }) => shots],
  ["dropped", ({ dropped }) => dropped],
  ["truncated", ({ truncated }) => truncated],
  ["ms", ({ ms }) => ms],
  ["cached", ({ cached }) => cached],
  ["scores", ({ candidates }) => candidates && JSON.stringify(candidates.map(({ answer, score }) => [answer, score]))],
];
