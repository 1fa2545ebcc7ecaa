/** One cell of a data file: where it stands in the text, and how another value is written there. Pure. Offsets count UTF-16 code units. */
import { delimitedRows, unquoted } from "./delimitedCells";
import { type JsonMember, jsonMembers } from "./jsonCells";

/** How a data file is written, by the end of its name. */
export type DataKind = "jsonLines" | "," | "\t";

/** A row, with one of its cells. */
export interface FoundCell {
  /** Of the row, without its line end. */
  readonly row: { readonly start: number; readonly end: number };
  /** Of the cell, with its quotes. */
  readonly start: number;
  readonly end: number;
  /** What it says, as the runtime reads it. */
  readonly value: string;
  /** What the row's other columns say. */
  readonly others: readonly string[];
}

/** The kind of a file; null for one that holds no rows. */
export function dataKind(path: string): DataKind | null {
  const extension = /\.[^.\\/]*$/.exec(path)?.[0].toLowerCase();
  if (extension === ".jsonl" || extension === ".ndjson") return "jsonLines";
  return extension === ".csv" ? "," : extension === ".tsv" ? "\t" : null;
}

/** The cell of a column in the row that begins on a line, from 1; null where there is none. */
export function findCell(text: string, kind: DataKind, line: number, column: string): FoundCell | null {
  return kind === "jsonLines" ? jsonCell(text, line, column) : delimitedCell(text, kind, line, column);
}

/**
 * The text to put in place of a cell so that it says `value`; null where that cannot be written: tabs in a TSV file. A number stays a number
 * and what was in quotes stays in quotes.
 */
export function writeCell(
  text: string,
  kind: DataKind,
  { start, end }: Pick<FoundCell, "start" | "end">,
  value: string,
): string | null {
  const written = text.slice(start, end);
  if (kind === "\t") return /[\t\r\n]/.test(value) ? null : value;
  if (kind === ",")
    return written.startsWith('"') || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  return !written.startsWith('"') && isLiteral(value) ? value : JSON.stringify(value);
}

/** Whether JSON's own number or truth value says the same as the text. */
function isLiteral(value: string): boolean {
  if (value === "true" || value === "false") return true;
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(value) && String(Number(value)) === value;
}

function jsonCell(text: string, line: number, column: string): FoundCell | null {
  let start = text.startsWith("\uFEFF") ? 1 : 0;
  for (let number = 1; number < line; number++) {
    const end = text.indexOf("\n", start);
    if (end < 0) return null;
    start = end + 1;
  }
  const stop = text.indexOf("\n", start);
  const raw = text.slice(start, stop < 0 ? text.length : stop);
  const members = jsonMembers(raw);
  // Of keys that are there twice the last one counts.
  const found = members?.findLast(({ key }) => key === column);
  const value = found && textOf(found);
  if (!members || !found || value === undefined) return null;
  const row = { start, end: start + raw.trimEnd().length };
  const others = members.filter(({ key }) => key !== column).flatMap((member) => textOf(member) ?? []);
  return { row, start: start + found.start, end: start + found.end, value: value.trim(), others };
}

/** Lists and objects are no labels. */
function textOf({ value }: JsonMember): string | undefined {
  return typeof value === "object" ? undefined : String(value);
}

function delimitedCell(text: string, kind: "," | "\t", line: number, column: string): FoundCell | null {
  let place: number | null = null;
  for (const { line: first, cells } of delimitedRows(text, kind)) {
    if (place === null) {
      place = cells.findIndex((cell) => unquoted(text, cell, kind).trim() === column);
      if (place < 0) return null;
    } else if (first === line) {
      const cell = cells[place];
      const [begin, last] = [cells[0], cells.at(-1)];
      if (!cell || !begin || !last) return null;
      const at = place;
      const others = cells.filter((_, i) => i !== at).map((other) => unquoted(text, other, kind));
      return { row: { start: begin.start, end: last.end }, ...cell, value: unquoted(text, cell, kind).trim(), others };
    } else if (first > line) return null;
  }
  return null;
}
