/** Parts of Markdown that no reader takes for other markup. Pure. */

/** A row of a table. */
export function markdownRow(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** A value as a cell of a table. */
export function markdownCell(value: string | number | null): string {
  if (value === null) return "";
  return typeof value === "number" ? shortNumber(value) : inline(value);
}

/** Whether a column has numbers, which stand to the right. */
export function isNumericColumn(rows: readonly (readonly (string | number | null)[])[], column: number): boolean {
  return rows.some((cells) => typeof cells[column] === "number");
}

/** Text that no Markdown reader takes for markup, on one line. */
export function inline(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\`*_{}[\]<>()#+!|~&-]/g, (character) => (character === "<" ? "&lt;" : `\\${character}`));
}

/** Four significant digits, enough to read. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return "";
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
