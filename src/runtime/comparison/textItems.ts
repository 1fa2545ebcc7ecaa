/** The rows of a data file as items of texts that are written: every column is a field, and `answer` is the right text. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import * as l10n from "@vscode/l10n";
import { badRows, maxRows, skipHint } from "../dataset/dataset";
import type { RawRow } from "../dataset/rawRow";
import { streamRows } from "../dataset/streamRows";
import { CancelledError, invalidDataset } from "../errors";
import { pacer } from "../pacer";
import type { DataProblem } from "../promptProtocol";
import { normaliseText, textsKey } from "../training/duplicates";
import { columnsOf, readField } from "../training/itemFields";
import type { FileItem, ItemFile } from "../training/itemFile";

/** The field with the right text. */
export const answerField = "answer";
/** Bad rows that are kept. */
const maxProblems = 100;
/** Rows whose columns are looked at. */
const headRows = 100;

/** How to read a file of texts. */
export interface TextFileOptions {
  /** Field → column, columns joined by `|`, or a template. */
  readonly columns: Readonly<Record<string, string>>;
  readonly skipBadRows: boolean;
  /** What leaves bad rows out, for the remedy. */
  readonly skipOption: string;
  /** Fields by which items are told apart; all but the answer when absent, and for rows that have none of them. */
  readonly shown?: readonly string[];
  readonly signal: AbortSignal;
  /** Bytes of a piece that was read. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Reads a data file; the answer is among an item's fields. Throws `invalidDataset` for a file that cannot be read, and for bad rows unless they are
 * skipped; `CancelledError`.
 */
export async function readTextItems(path: string, options: TextFileOptions): Promise<ItemFile> {
  const name = basename(path);
  const hash = createHash("sha256");
  const onBytes = (bytes: Uint8Array) => {
    hash.update(bytes);
    options.onBytes?.(bytes.length);
  };
  const items: FileItem[] = [];
  const problems: DataProblem[] = [];
  const columns = new Set<string>();
  let [rows, problemCount] = [0, 0];
  const breathe = pacer();
  for await (const some of streamRows(path, name, { signal: options.signal, onBytes })) {
    for (const row of some) {
      await breathe();
      if (options.signal.aborted) throw new CancelledError("cancelled while reading");
      if (++rows > maxRows) break;
      if ("fields" in row && rows <= headRows) for (const column of Object.keys(row.fields)) columns.add(column);
      const item = textItem(row, options);
      if ("key" in item) items.push(item);
      else if (++problemCount <= maxProblems) problems.push({ file: name, line: row.line, message: item.problem });
    }
  }
  if (problemCount > 0 && (!options.skipBadRows || items.length === 0)) {
    throw badRows(name, problems, problemCount, skipHint(options.skipOption));
  }
  if (items.length === 0) throw invalidDataset(name, 0, l10n.t("The file has no rows."));
  const sha256 = hash.digest("hex");
  const cut = rows > maxRows;
  return { path, items, labels: [], choices: null, columns: [...columns], sha256, problems, problemCount, cut };
}

function textItem(row: RawRow, { columns, shown }: TextFileOptions): FileItem | { readonly problem: string } {
  if ("problem" in row) return row;
  // The columns that the answer is made of are no fields: a prompt would give it away.
  const hidden = columnsOf(columns[answerField] ?? answerField, (name) => Object.hasOwn(row.fields, name));
  const read = Object.entries(row.fields)
    .filter(([name]) => !hidden.includes(name))
    .map(([name, value]): [string, string | readonly string[]] => [name, Array.isArray(value) ? value : String(value)]);
  for (const [field, expression] of Object.entries({ [answerField]: answerField, ...columns })) {
    const text = readField(row.fields, expression, field);
    if (typeof text !== "string") return text;
    read.push([field, text]);
  }
  // Own properties, whatever the columns are called.
  const fields = Object.fromEntries(read);
  const told = shown?.filter((name) => Object.hasOwn(fields, name)) ?? [];
  const texts = (told.length > 0 ? told : others(fields)).flatMap((name) => fields[name] ?? []);
  // Several answers to the same texts are no contradiction, as several labels are: the first one stands.
  return { line: row.line, key: textsKey(texts.map(normaliseText)), answer: 0, label: 0, fields, measure: 0 };
}

function others(fields: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(fields)
    .filter((name) => name !== answerField)
    .sort((a, b) => (a < b ? -1 : 1));
}
