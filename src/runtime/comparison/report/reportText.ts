/** A report as the text of a file. */
import type { ComparisonReportForm } from "../../comparisonProtocol";
import type { BuiltReport } from "./buildReport";
import { reportHtml } from "./html/reportHtml";
import { predictionsJsonl, reportCsv, reportJson } from "./reportCsv";
import type { ReportInput } from "./reportInput";
import { reportItems } from "./reportItems";
import { reportJunit } from "./reportJunit";
import { reportMarkdown } from "./reportMarkdown";

/** What a file is made from. */
export interface ReportedComparison extends BuiltReport {
  readonly input: ReportInput;
}

/** The text of a file of the form. */
export function reportText(form: ComparisonReportForm, { input, arms, report }: ReportedComparison): string {
  const items = () => reportItems(input, arms, { from: 0, count: input.data.test.length }).items;
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
      return [...predictionsJsonl(input, arms)].join("");
    case "junit":
      return reportJunit(report);
    default:
      return form satisfies never;
  }
}
