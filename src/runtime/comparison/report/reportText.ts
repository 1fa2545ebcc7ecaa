/** A report as the text of a file. */
import type { ComparisonReportForm } from "../../comparisonProtocol";
import type { BuiltReport } from "./buildReport";
import { reportHtml } from "./html/reportHtml";
import { predictionsJsonl, reportCsv, reportJson } from "./reportCsv";
import type { ReportInput } from "./reportInput";
import { reportItems } from "./reportItems";
import { reportJunit } from "./reportJunit";
import { reportMarkdown } from "./reportMarkdown";
import { type ReportSharing, sharedItems, sharedReport } from "./sharedReport";

/** What a file is made from. */
export interface ReportedComparison extends BuiltReport {
  readonly input: ReportInput;
}

/** The text of a file of the form: there is no absolute path in it, and no text of the data where that is not wanted. */
export function reportText(
  form: ComparisonReportForm,
  reported: ReportedComparison,
  sharing: ReportSharing = {},
): string {
  const { input, arms } = reported;
  const report = sharedReport(reported.report, input, sharing);
  const query = { from: 0, count: input.data.test.length };
  const items = () => sharedItems(input.record, reportItems(input, arms, query, sharing).items);
  switch (form) {
    case "html":
      return reportHtml({ report, items: items() });
    case "md":
      return reportMarkdown(report);
    case "csv":
      return reportCsv(report);
    case "json":
      return reportJson({ report, items: items() });
    case "jsonl":
      return [...predictionsJsonl(input, arms, sharing)].join("");
    case "junit":
      return reportJunit(report);
    default:
      return form satisfies never;
  }
}
