/** A run's folder: its record, inputs and cells read, the user's notes written. Knows nothing of VS Code. */
import { basename, isAbsolute, join, relative } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { invalidRequest } from "../../runtime/errors";
import { promptCell, runItem } from "../../runtime/prompt/runForm";
import type { PromptCell, PromptSource, RunItem, RunRecord } from "../../runtime/promptProtocol";
import { notesSchema, type RunNotes, recordSchema, runLimits } from "./runSchemas";

/** Files of run folders. Paths are absolute folders and bare names. */
export interface RunFiles {
  /** Null when there is none. Throws when it is longer than `limit` bytes. */
  read(folder: string, name: string, limit: number): Promise<Uint8Array | null>;
  /** Replaces a file whole. */
  write(folder: string, name: string, text: string): Promise<void>;
}

/** A run, as its folder has it. */
export interface StoredRun {
  readonly folder: string;
  readonly record: RunRecord;
  readonly items: readonly RunItem[];
  readonly cells: readonly PromptCell[];
  readonly notes: RunNotes;
  /** Lines that could not be read; sentences. */
  readonly problems: readonly string[];
}

const megabyte = 1 << 20;
const limits = { record: 64 * megabyte, items: 512 * megabyte, cells: 1024 * megabyte, notes: 64 * megabyte };
/** Lines between two turns of the event loop: a large run must not freeze the window. */
const stride = 500;

/** Reads a run's folder. Throws `invalidRequest` for one that is none. */
export async function readRunFolder(files: RunFiles, folder: string): Promise<StoredRun> {
  const record = await readJson(files, folder, "run.json", recordSchema, limits.record);
  if (!record) throw notARun(folder, l10n.t("it has no run.json"));
  const items = await readLines(files, { folder, name: "items.jsonl", limit: limits.items }, runItem);
  const cells = await readLines(files, { folder, name: "predictions.jsonl", limit: limits.cells }, promptCell);
  const inGrid = cells.values.filter(({ variant, item }) => variant < record.variants.length && item < record.items);
  const notes = await readJson(files, folder, "notes.json", notesSchema, limits.notes);
  return {
    ...{ folder, record, cells: inGrid },
    items: Array.from({ length: record.items }, (_, i) => items.values[i] ?? { fields: {}, gold: null }),
    notes: notes ?? { version: 1, marks: [] },
    problems: [...items.problems, ...cells.problems],
  };
}

/** The prompt file of a stored run, with the text that it had. */
export function sourceOf({ folder, record, notes }: Pick<StoredRun, "folder" | "record" | "notes">): PromptSource {
  const { file, root } = notes;
  // <workspace>/.gpt-workbench/runs/<run>: a run without notes was most likely of a file of the workspace.
  const workspace = join(folder, "..", "..", "..");
  const at = (path: string) => (isAbsolute(path) ? path : join(folder, path));
  const path = file === undefined ? join(workspace, basename(record.file)) : at(file);
  return { path, text: record.text, ...(root === undefined ? {} : { root: at(root) }) };
}

/** How a prompt file is named in the notes of a run: relative where both lie on one drive, so that the folder may be moved. */
export function noteOfSource(folder: string, { path, root }: PromptSource): Pick<RunNotes, "file" | "root"> {
  const named = (to: string) => relative(folder, to) || ".";
  return { file: named(path), ...(root === undefined ? {} : { root: named(root) }) };
}

async function readJson<T>(
  files: RunFiles,
  folder: string,
  name: string,
  schema: z.ZodType<T>,
  limit: number,
): Promise<T | null> {
  const bytes = await files.read(folder, name, limit);
  if (!bytes) return null;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw notARun(folder, `${name}: ${error instanceof Error ? error.message : error}`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw notARun(folder, `${name}: ${z.prettifyError(parsed.error).split("\n").join(" ")}`);
  return parsed.data;
}

/** The lines that are whole: the last one of a run that was cut off may not be. */
async function readLines<T>(
  files: RunFiles,
  { folder, name, limit }: { readonly folder: string; readonly name: string; readonly limit: number },
  schema: z.ZodType<T>,
): Promise<{ readonly values: T[]; readonly problems: string[] }> {
  const bytes = await files.read(folder, name, limit);
  const values: T[] = [];
  const bad: number[] = [];
  const decoder = new TextDecoder();
  for (let from = 0, line = 1; bytes && from < bytes.length && values.length < runLimits.cells; line++) {
    const end = bytes.indexOf(0x0a, from);
    const to = end < 0 ? bytes.length : end;
    const text = decoder.decode(bytes.subarray(from, to)).trim();
    const value = parsedLine(text, schema);
    if (value !== null) values.push(value);
    else if (end >= 0 && text !== "") bad.push(line);
    from = to + 1;
    if (line % stride === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const first = bad.slice(0, 5).join(", ");
  return {
    values,
    problems: bad.length > 0 ? [l10n.t("{0}: {1} lines could not be read ({2}).", name, bad.length, first)] : [],
  };
}

function parsedLine<T>(line: string, schema: z.ZodType<T>): T | null {
  try {
    const parsed = schema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function notARun(folder: string, reason: string): Error {
  return invalidRequest(
    l10n.t("{0} is not the folder of a run: {1}", folder, reason),
    l10n.t("Choose a folder below .gpt-workbench/runs."),
  );
}
