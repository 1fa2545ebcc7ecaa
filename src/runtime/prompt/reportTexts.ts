/** Texts of any report's forms: Markdown, HTML and CSV, in which no text of a file works as markup or formula. */

/** What stands in a cell: a text, or one that leads to an element of the same page. */
export type ReportCell = string | { readonly text: string; readonly to: string };

/** A table: every row is headed by its first cell. */
export function htmlTable(
  caption: string,
  head: readonly string[] | null,
  rows: readonly (readonly ReportCell[])[],
): string {
  const body = rows.map(([first = "", ...others]) => {
    const cells = others.map((cell) => `<td>${htmlCell(cell)}</td>`).join("");
    return `<tr><th scope="row">${htmlCell(first)}</th>${cells}</tr>`;
  });
  const headRow = head === null ? "" : `${htmlHead(head)}\n`;
  return `<table><caption>${htmlText(caption)}</caption>\n${headRow}<tbody>\n${body.join("\n")}\n</tbody></table>`;
}

/** What stands in a cell, as HTML. */
export function htmlCell(cell: ReportCell): string {
  return typeof cell === "string" ? htmlText(cell) : `<a href="#${htmlText(cell.to)}">${htmlText(cell.text)}</a>`;
}

/** The head of a table. */
export function htmlHead(names: readonly string[]): string {
  return `<thead><tr>${names.map((name) => `<th scope="col">${htmlText(name)}</th>`).join("")}</tr></thead>`;
}

/** A text as HTML, in an element or between quotes. */
export function htmlText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** A table. Its cells lead nowhere. */
export function markdownTable(head: readonly string[], rows: readonly (readonly ReportCell[])[]): string[] {
  const line = (cells: readonly ReportCell[]) => `| ${cells.map(cellText).map(markdownText).join(" | ")} |`;
  return [line(head), `|${head.map(() => " --- |").join("")}`, ...rows.map(line)];
}

function cellText(cell: ReportCell): string {
  return typeof cell === "string" ? cell : cell.text;
}

/** As text: no markup, no link, no line break of it works. */
export function markdownText(text: string): string {
  return text
    .replace(/[\r\n]+/g, " ")
    .replace(/[\\`*_{}[\]<>#|~!]/g, "\\$&")
    .replace(/&/g, "&amp;")
    .replace(/:\/\/|@|(?<=\bwww)\./g, "\\$&");
}

/** In a fence that is longer than any in the text. */
export function fenced(text: string): string[] {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}yaml`, text.replace(/\n$/, ""), fence];
}

/** What a cell of a CSV file holds. */
export type CsvValue = string | number | boolean | null;

/** RFC 4180. */
export function csvText(rows: readonly (readonly CsvValue[])[]): string {
  return rows.map((row) => `${row.map(csvField).join(",")}\r\n`).join("");
}

/**
 * A field, quoted where it must be. A text that a spreadsheet would take for a formula gets an apostrophe in front, as OWASP recommends;
 * numbers are left as they are.
 */
function csvField(value: CsvValue): string {
  if (typeof value !== "string") return String(value ?? "");
  const safe = /^[\s]*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) || safe.trim() !== safe ? `"${safe.replaceAll('"', '""')}"` : safe;
}
