/** Where the cells of CSV (RFC 4180) and TSV stand, as the runtime's parser reads them: tabs know no quotes. Pure. */

/** A cell's place, with its quotes. */
export interface CellPlace {
  readonly start: number;
  readonly end: number;
}

/** A row that is not blank. */
export interface PlacedRow {
  /** On which it begins, from 1. */
  readonly line: number;
  readonly cells: readonly CellPlace[];
}

/** Every row, the header first, in the order of the text. */
export function* delimitedRows(text: string, delimiter: "," | "\t"): Generator<PlacedRow> {
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const cells: CellPlace[] = [];
    const first = line;
    for (;;) {
      const end = cellEnd(text, at, delimiter);
      line += countLines(text, at, end);
      cells.push({ start: at, end });
      at = end + 1;
      if (text[end] !== delimiter) break;
    }
    const last = at - 1;
    if (text[last] === "\r" && text[last + 1] === "\n") at++;
    const isBlank = cells.length === 1 && cells[0]?.start === cells[0]?.end;
    if (!isBlank) yield { line: first, cells };
    line++;
  }
}

/** What a cell says. */
export function unquoted(text: string, { start, end }: CellPlace, delimiter: "," | "\t"): string {
  const raw = text.slice(start, end);
  return delimiter === "," && raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw;
}

/** The offset behind a cell: of a delimiter, a line end, or the text's end. */
function cellEnd(text: string, start: number, delimiter: string): number {
  let at = start;
  if (delimiter === "," && text[at] === '"') {
    for (at++; at < text.length; at++) {
      if (text[at] !== '"') continue;
      if (text[at + 1] !== '"') break;
      at++;
    }
  }
  while (at < text.length && text[at] !== delimiter && text[at] !== "\n" && text[at] !== "\r") at++;
  return at;
}

/** Line ends inside of a cell. */
function countLines(text: string, start: number, end: number): number {
  let lines = 0;
  for (let at = start; at < end; at++) if (text[at] === "\n" || (text[at] === "\r" && text[at + 1] !== "\n")) lines++;
  return lines;
}
