/** A comparison as a file to keep or to send. */
import type { BuiltReport } from "./buildReport";
import { reportHtml } from "./html/reportHtml";
import { predictionsJsonl, reportCsv, reportJson } from "./reportCsv";
import type { ReportInput } from "./reportInput";
import { reportItems } from "./reportItems";
import { reportMarkdown } from "./reportMarkdown";

/** The forms there are, by the ending of their files: page, Markdown, arms, everything, and every answer. */
export const comparisonForms = ["html", "md", "csv", "json", "jsonl"] as const;

/** One of them. */
export type ComparisonForm = (typeof comparisonForms)[number];

/** The text of a file, in pieces: every answer of every seed may be long. */
export function comparisonText(form: ComparisonForm, input: ReportInput, built: BuiltReport): Iterable<string> {
  const { report, arms } = built;
  const document = () => ({
    report,
    items: reportItems(input, arms, { from: 0, count: input.data.test.length }).items,
  });
  switch (form) {
    case "html":
      return [reportHtml(document())];
    case "md":
      return [reportMarkdown(report)];
    case "csv":
      return [reportCsv(report)];
    case "json":
      return [reportJson(document())];
    case "jsonl":
      return predictionsJsonl(input, arms);
    default:
      return form satisfies never;
  }
}
