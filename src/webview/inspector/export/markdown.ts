/** A view as Markdown. Pure, but for the language of headings. */
import * as l10n from "@vscode/l10n";
import { inline, isNumericColumn, markdownCell, markdownRow } from "../../shared/markdown";
import type { ViewTable } from "../viewContext";
import type { Fact } from "./facts";

/** Rows of a table at most: a note says how many there were. */
export const markdownRows = 500;

/** Title, facts and table. */
export function viewMarkdown(title: string, facts: readonly Fact[], table: ViewTable): string {
  const shown = table.rows.slice(0, markdownRows);
  const more = table.rows.length - shown.length;
  const lines = [
    `# ${inline(title)}`,
    "",
    ...facts.map(({ name, value }) => `- ${inline(name)}: ${inline(value)}`),
    "",
    `## ${inline(table.title)}`,
    "",
    markdownRow(table.columns),
    markdownRow(table.columns.map((_, column) => (isNumericColumn(table.rows, column) ? "--:" : "---"))),
    ...shown.map((cells) => markdownRow(cells.map(markdownCell))),
    ...(more > 0 ? ["", l10n.t("{0} more rows are left out.", more)] : []),
  ];
  return `${lines.join("\n")}\n`;
}
