/** A run as Markdown: the summary and the record. */
import * as l10n from "@vscode/l10n";
import { biasHead, biasRows, type ReportedRun, recordRows, summaryHead, summaryRows } from "./reportTable";

/** The report. Cells are not in it: JSON, CSV and HTML have them. */
export function markdownReport(run: ReportedRun): string {
  const { record } = run;
  const bias = biasRows(record);
  return [
    `# ${escaped(l10n.t("Run of {0}", record.file))}`,
    "",
    ...table(summaryHead(), summaryRows(record)),
    "",
    ...(bias.length > 0 ? [`## ${l10n.t("Labels")}`, "", ...table(biasHead(), bias), ""] : []),
    `## ${l10n.t("Record")}`,
    "",
    ...table(["", ""], recordRows(run)),
    "",
    `## ${l10n.t("Prompt file")}`,
    "",
    ...fenced(record.text),
    "",
  ].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(" | ")} |`;
  return [line(head), `|${head.map(() => " --- |").join("")}`, ...rows.map(line)];
}

/** As text: no markup, no link, no line break of it works. */
function escaped(text: string): string {
  return text
    .replace(/[\r\n]+/g, " ")
    .replace(/[\\`*_{}[\]<>#|~!]/g, "\\$&")
    .replace(/&/g, "&amp;")
    .replace(/:\/\/|@|(?<=\bwww)\./g, "\\$&");
}

/** In a fence that is longer than any in the text. */
function fenced(text: string): string[] {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}yaml`, text.replace(/\n$/, ""), fence];
}
