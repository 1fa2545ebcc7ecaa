/** CSV (RFC 4180) and TSV, with a header. */
import { pipeline, Readable } from "node:stream";
import * as l10n from "@vscode/l10n";
import { CsvError, type Options, parse } from "csv-parse";
import { parse as parseText, CsvError as TextError } from "csv-parse/sync";
import type { Item } from "../prompt/promptFile";
import { maxRowLength, type RawRow } from "./rawRow";

/** What stands between two fields. */
export type Delimiter = "," | "\t";

/** Most columns. */
const maxColumns = 1000;
/** Rows of a stream that are handed on together. */
const rowsAtOnce = 256;

interface ParsedRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Every record but the header, as a row or with what is wrong with it. Tabs know no quotes. */
export function* readDelimited(text: string, delimiter: Delimiter): Generator<RawRow> {
  const read = recordReader();
  try {
    for (const record of parseText(text, parserOptions(delimiter)) as unknown as ParsedRow[]) {
      const row = read(record);
      if (row) yield row;
      if (row && "fatal" in row) return;
    }
  } catch (error) {
    yield parserProblem(error);
  }
}

/** As `readDelimited`, from pieces of text as they come: some rows at a time. Throws what `pieces` throws. */
export async function* streamDelimited(
  pieces: AsyncIterable<string>,
  delimiter: Delimiter,
): AsyncGenerator<readonly RawRow[]> {
  const read = recordReader();
  const parser = parse(parserOptions(delimiter));
  // What goes wrong reaches the loop below.
  pipeline(Readable.from(pieces), parser, () => undefined);
  let rows: RawRow[] = [];
  try {
    for await (const record of parser as AsyncIterable<ParsedRow>) {
      const row = read(record);
      if (row) rows.push(row);
      if (row && "fatal" in row) break;
      if (rows.length === rowsAtOnce) {
        yield rows;
        rows = [];
      }
    }
  } catch (error) {
    rows.push(parserProblem(error));
  }
  yield rows;
}

/** Reads records in their order, the header first: a row for every other record, and null for the header. */
function recordReader(): (record: ParsedRow) => (RawRow & { readonly fatal?: true }) | null {
  let columns: readonly string[] | null = null;
  // Inside quotes csv-parse counts a CRLF as two lines, which shows in every later number.
  let excess = 0;
  return ({ record, info }) => {
    if (columns === null) {
      columns = record.map((name) => name.trim());
      const problem = headerProblem(columns);
      return problem === null ? null : { line: 1, problem, fatal: true };
    }
    const ends = count(record, /[\r\n]/g);
    // Blank lines before a record are not its own, those in its quotes are.
    const line = info.lines - excess - ends;
    excess += count(record, /\r\n/g);
    return readRecord(record, columns, line);
  };
}

function count(record: readonly string[], pattern: RegExp): number {
  return record.reduce((sum, value) => sum + (value.match(pattern)?.length ?? 0), 0);
}

function parserOptions(delimiter: Delimiter): Options {
  return {
    bom: true,
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: maxRowLength,
    quote: delimiter === "," ? '"' : null,
    record_delimiter: ["\r\n", "\n", "\r"],
  };
}

function parserProblem(error: unknown): RawRow {
  if (!(error instanceof CsvError || error instanceof TextError)) throw error;
  const lines: unknown = (error as { lines?: unknown }).lines;
  return { line: typeof lines === "number" ? lines : 1, problem: error.message };
}

function headerProblem(columns: readonly string[]): string | null {
  if (columns.length > maxColumns) return l10n.t("There are more than {0} columns.", maxColumns);
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) return l10n.t('The column "{0}" is there twice.', twice);
  return columns.includes("") ? l10n.t("A column has no name.") : null;
}

function readRecord(record: readonly string[], columns: readonly string[], line: number): RawRow {
  if (record.length !== columns.length) {
    return { line, problem: l10n.t("The row has {0} fields, the header {1}.", record.length, columns.length) };
  }
  const fields: Item = Object.fromEntries(columns.map((name, index) => [name, record[index] ?? ""]));
  return { line, fields };
}
