/** A table as CSV (RFC 4180). Pure. */

/** A table of texts and numbers, as views give it away. */
export interface CsvTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/**
 * The table, with a line of headings. A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers are as
 * JavaScript writes them, and what was not computed is empty.
 */
export function tableCsv({ columns, rows }: CsvTable): string {
  return [columns, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

function field(value: string | number | null): string {
  if (value === null || (typeof value === "number" && !Number.isFinite(value))) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) || text.trim() !== text ? `"${text.replaceAll('"', '""')}"` : text;
}
