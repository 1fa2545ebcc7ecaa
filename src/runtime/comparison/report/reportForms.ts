/** A comparison as a file to keep or to send. */
import type { ComparisonReportForm } from "../../comparisonProtocol";
import type { BuiltReport } from "./buildReport";
import { reportHtml } from "./html/reportHtml";
import { predictionsJsonl, reportCsv, reportJson } from "./reportCsv";
import type { ReportInput } from "./reportInput";
import { reportItems } from "./reportItems";
import { reportMarkdown } from "./reportMarkdown";

/** The text of a file, in pieces: every answer of every seed may be long. */
export function comparisonText(form: ComparisonReportForm, input: ReportInput, built: BuiltReport): Iterable<string> {
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
