/** A view as Markdown. Pure, but for the language of headings. */
import * as l10n from "@vscode/l10n";
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
    row(table.columns),
    row(table.columns.map((_, column) => (isNumeric(table, column) ? "--:" : "---"))),
    ...shown.map((cells) => row(cells.map(cell))),
    ...(more > 0 ? ["", l10n.t("{0} more rows are left out.", more)] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function cell(value: string | number | null): string {
  if (value === null) return "";
  return typeof value === "number" ? shortNumber(value) : inline(value);
}

function isNumeric({ rows }: ViewTable, column: number): boolean {
  return rows.some((cells) => typeof cells[column] === "number");
}

/** Text that no Markdown reader takes for markup, on one line. */
function inline(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\`*_{}[\]<>()#+!|~&-]/g, (character) => (character === "<" ? "&lt;" : `\\${character}`));
}

/** Four significant digits, enough to read. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return "";
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
