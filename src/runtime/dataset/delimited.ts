/** CSV (RFC 4180) and TSV, with a header. */
import * as l10n from "@vscode/l10n";
import { CsvError, parse } from "csv-parse/sync";
import type { Item } from "../prompt/promptFile";
import { maxRowLength, type RawRow } from "./rawRow";

/** Most columns. */
const maxColumns = 1000;

interface ParsedRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Every record but the header, as a row or with what is wrong with it. Tabs know no quotes. */
export function* readDelimited(text: string, delimiter: "," | "\t"): Generator<RawRow> {
  const parsed = records(text, delimiter);
  if ("problem" in parsed) {
    yield parsed;
    return;
  }
  const [header, ...rows] = parsed.rows;
  if (!header) return;
  const columns = header.record.map((name) => name.trim());
  const wrong = headerProblem(columns);
  if (wrong) {
    yield { line: 1, problem: wrong };
    return;
  }
  // Inside quotes csv-parse counts a CRLF as two lines, which shows in every later number.
  let excess = 0;
  for (const { record, info } of rows) {
    const ends = count(record, /[\r\n]/g);
    // Blank lines before a record are not its own, those in its quotes are.
    yield readRecord(record, columns, info.lines - excess - ends);
    excess += count(record, /\r\n/g);
  }
}

function count(record: readonly string[], pattern: RegExp): number {
  return record.reduce((sum, value) => sum + (value.match(pattern)?.length ?? 0), 0);
}

function records(text: string, delimiter: "," | "\t"): { rows: ParsedRow[] } | { line: number; problem: string } {
  try {
    const rows = parse(text, {
      bom: true,
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: maxRowLength,
      quote: delimiter === "," ? '"' : null,
      record_delimiter: ["\r\n", "\n", "\r"],
    }) as unknown as ParsedRow[];
    return { rows };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const lines: unknown = (error as { lines?: unknown }).lines;
    return { line: typeof lines === "number" ? lines : 1, problem: error.message };
  }
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
