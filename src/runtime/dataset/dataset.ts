/** Reads data sets: JSON Lines, CSV, TSV. Their content is not to be trusted: every size is bounded, every bad row is named. */
import { createHash } from "node:crypto";
import { readFile, realpath, stat } from "node:fs/promises";
import { extname, isAbsolute, relative, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { invalidDataset } from "../errors";
import type { DataSource, Item } from "../prompt/promptFile";
import type { DataProblem } from "../promptProtocol";
import { type Delimiter, readDelimited } from "./delimited";
import { readJsonLines } from "./jsonLines";
import type { RawRow } from "./rawRow";

/** A data set, read. */
export interface Dataset {
  readonly rows: readonly Item[];
  /** Line of each row in the file, from 1. */
  readonly lines: readonly number[];
  /** Rows that were left out, in order. */
  readonly problems: readonly DataProblem[];
  /** Of the whole file, hexadecimal. */
  readonly sha256: string;
}

/** How to read. */
export interface ReadOptions extends Pick<DataSource, "columns" | "limit"> {
  /** Fields that every row must have, and that must not be empty. */
  readonly required?: readonly string[];
  /** Leave bad rows out instead of failing. */
  readonly skipBadRows?: boolean;
}

/** Largest file, bytes. */
export const maxBytes = 512 * 1024 * 1024;
/** Most rows. */
export const maxRows = 1_000_000;
/** How many bad rows an error names. */
const named = 5;

/**
 * The absolute path of a data file: `file` relative to `folder`, and inside `root` once links are followed. Throws `invalidDataset` when it
 * is not there or leads outside.
 */
export async function dataPath(file: string, folder: string, root: string): Promise<string> {
  try {
    const [path, inside] = await Promise.all([realpath(resolve(folder, file)), realpath(root)]);
    const way = relative(inside, path);
    if (way !== "" && !way.startsWith("..") && !isAbsolute(way)) return path;
  } catch {
    throw invalidDataset(file, 0, l10n.t("There is no such file beside {0}.", folder));
  }
  const hint = l10n.t("Copy the data into the workspace.");
  throw invalidDataset(file, 0, l10n.t("The file lies outside of {0}.", root), hint);
}

/**
 * Reads the file at `path`, called `name` in messages. Throws `invalidDataset`: for a file that is too large, of another kind, not UTF-8 or
 * without rows, and for bad rows unless they are skipped.
 */
export async function readDataset(path: string, name: string, options: ReadOptions = {}): Promise<Dataset> {
  const bytes = await readBytes(path, name);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const text = decode(bytes, name);
  const rows: Item[] = [];
  const lines: number[] = [];
  const problems: DataProblem[] = [];
  for (const raw of rawRows(text, path, name)) {
    const row = "problem" in raw ? raw : checked(raw, options);
    if ("problem" in row) problems.push({ file: name, line: row.line, message: row.problem });
    else {
      rows.push(row.fields);
      lines.push(row.line);
    }
    if (rows.length >= (options.limit ?? maxRows)) break;
  }
  if (problems.length > 0 && (!options.skipBadRows || rows.length === 0)) throw badRows(name, problems);
  if (rows.length === 0) throw invalidDataset(name, 0, l10n.t("The file has no rows."));
  return { rows, lines, problems, sha256 };
}

function rawRows(text: string, path: string, name: string): Iterable<RawRow> {
  const kind = fileKind(path, name);
  return kind === "jsonLines" ? readJsonLines(text) : readDelimited(text, kind);
}

/** What a file holds, by the end of its name: JSON Lines, or what stands between fields. Throws `invalidDataset` for another kind. */
export function fileKind(path: string, name: string): "jsonLines" | Delimiter {
  switch (extname(path).toLowerCase()) {
    case ".jsonl":
    case ".ndjson":
      return "jsonLines";
    case ".csv":
      return ",";
    case ".tsv":
      return "\t";
    default:
      throw invalidDataset(name, 0, l10n.t("The file's name must end in .jsonl, .csv or .tsv."));
  }
}

async function readBytes(path: string, name: string): Promise<Buffer> {
  try {
    await fileSize(path, name);
    return await readFile(path);
  } catch (error) {
    throw unreadable(error, name);
  }
}

/** Size of a data file, bytes. Throws `invalidDataset` when it is too large, no file, or not to be read. */
export async function fileSize(path: string, name: string): Promise<number> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw invalidDataset(name, 0, l10n.t("The file is larger than {0} bytes.", maxBytes));
    return size;
  } catch (error) {
    throw unreadable(error, name);
  }
}

/** The failure of a system call on the file called `name` as `invalidDataset`; every other error as it is. */
export function unreadable(error: unknown, name: string): unknown {
  if (!(error instanceof Error && "syscall" in error)) return error;
  return invalidDataset(name, 0, l10n.t("The file cannot be read: {0}", error.message));
}

function decode(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw notUtf8(bytes, name);
  }
}

/** The error of a file whose bytes are not UTF-8. */
function notUtf8(bytes: Buffer, name: string): Error {
  const hint = l10n.t("Save the file with the encoding UTF-8.");
  return invalidDataset(name, firstBadLine(bytes), l10n.t("This is not UTF-8 text."), hint);
}

/** As `notUtf8`, of the file at `path`, which is read for it. */
export async function notUtf8File(path: string, name: string): Promise<Error> {
  return notUtf8(await readBytes(path, name), name);
}

/** The line, from 1, whose bytes are not UTF-8. No byte of a longer character is a line end. */
function firstBadLine(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(10, start);
    const next = end < 0 ? bytes.length : end + 1;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(start, next));
    } catch {
      return line;
    }
    start = next;
  }
  return 0;
}

/** The row with its columns as fields, if it has what it must have. */
function checked(raw: { readonly line: number; readonly fields: Item }, options: ReadOptions): RawRow {
  const fields: Record<string, Item[string]> = { ...raw.fields };
  for (const [field, column] of Object.entries(options.columns ?? {})) {
    const value = Object.hasOwn(raw.fields, column) ? raw.fields[column] : undefined;
    if (value === undefined) return { line: raw.line, problem: l10n.t('There is no column "{0}".', column) };
    fields[field] = value;
  }
  for (const name of options.required ?? []) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (value === undefined) return { line: raw.line, problem: l10n.t('There is no field "{0}".', name) };
    if (value === "") return { line: raw.line, problem: l10n.t('The field "{0}" is empty.', name) };
  }
  return { line: raw.line, fields };
}

/** The remedy for bad rows. @param option what leaves them out, as it is written where the user asked. */
export function skipHint(option: string): string {
  return l10n.t("Mend these rows, or run without them ({0}).", option);
}

/**
 * The error that names bad rows of the file called `name`: the first few, how many more, and the remedy.
 * @param total how many there are, where `problems` are not all.
 * @param hint another remedy than to mend them or to leave them out with the command line's option.
 */
export function badRows(
  name: string,
  problems: readonly DataProblem[],
  total = problems.length,
  hint = skipHint("--skip-bad-rows"),
): Error {
  const [first] = problems;
  const list = problems.slice(0, named).map(({ line, message }) => l10n.t("line {0}: {1}", line, message));
  const more = total - list.length;
  const all = [...list, ...(more > 0 ? [l10n.t("and {0} more", more)] : [])].join(" ");
  return invalidDataset(name, first?.line ?? 0, l10n.t("Rows that cannot be used: {0}. {1}", total, all), hint);
}
