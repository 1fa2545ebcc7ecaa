/** A run as Markdown: the summary and the record. */
import * as l10n from "@vscode/l10n";
import { biasHead, biasRows, type ReportedRun, recordRows, summaryHead, summaryRows } from "./reportTable";
import { fenced, markdownTable, markdownText } from "./reportTexts";

/** The report. Cells are not in it: JSON, CSV and HTML have them. */
export function markdownReport(run: ReportedRun): string {
  const { record } = run;
  const bias = biasRows(record);
  return [
    `# ${markdownText(l10n.t("Run of {0}", record.file))}`,
    "",
    ...markdownTable(summaryHead(), summaryRows(record)),
    "",
    ...(bias.length > 0 ? [`## ${l10n.t("Labels")}`, "", ...markdownTable(biasHead(), bias), ""] : []),
    `## ${l10n.t("Record")}`,
    "",
    ...markdownTable(["", ""], recordRows(run)),
    "",
    `## ${l10n.t("Prompt file")}`,
    "",
    ...fenced(record.text),
    "",
  ].join("\n");
}
