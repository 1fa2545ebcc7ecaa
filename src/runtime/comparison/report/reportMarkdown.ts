/** A comparison as Markdown: the verdict first, then the tables, the record and the file. */
import * as l10n from "@vscode/l10n";
import type { ComparisonReport } from "../../comparisonReport";
import { fenced, markdownTable, markdownText } from "../../prompt/reportTexts";
import {
  armTable,
  assertionTable,
  choiceTable,
  classTable,
  curveTable,
  overlapTable,
  pairTable,
  type ReportTable,
  recordRows,
  sliceTable,
  spreadTable,
  suspicionTable,
} from "./reportTables";

/** Rows of lists of items, at most. */
const most = 20;

/** The report. Items are not in it: JSON, JSON Lines and HTML have them. */
export function reportMarkdown(report: ComparisonReport): string {
  const { record, verdicts, crossovers } = report;
  const [first = "", ...others] = verdicts.map((words) => markdownText(words.trim()));
  return [
    `# ${markdownText(l10n.t("Comparison {0}", record.name))}`,
    "",
    ...(first === "" ? [] : [`**${first}**`, ""]),
    ...list(others),
    ...section(armTable(report)),
    ...section(assertionTable(report)),
    ...section(pairTable(report)),
    ...section(curveTable(report)),
    ...list(crossovers.map(({ words }) => markdownText(words))),
    ...section(spreadTable(report)),
    ...section(classTable(report)),
    ...section(sliceTable(report)),
    ...section(suspicionTable(report, most)),
    ...section(overlapTable(report, most)),
    ...section(choiceTable(report)),
    `## ${l10n.t("Record")}`,
    "",
    ...markdownTable(["", ""], recordRows(report)),
    "",
    `## ${l10n.t("Comparison file")}`,
    "",
    ...fenced(record.text),
    "",
  ].join("\n");
}

/** A table that has rows, under its caption. */
function section({ caption, head, rows }: ReportTable): readonly string[] {
  return rows.length === 0 ? [] : [`## ${markdownText(caption)}`, "", ...markdownTable(head, rows), ""];
}

function list(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [...lines.map((line) => `- ${line}`), ""];
}
