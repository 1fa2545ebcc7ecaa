/**
 * Runs on disk, a folder each: `run.json` is the record, `items.jsonl` the inputs, `predictions.jsonl` the cells, appended to while the run
 * goes on. What is read is not trusted: sizes are bounded, every line is checked, no link is followed.
 */
import { appendFile, lstat, mkdir, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import * as l10n from "@vscode/l10n";
import writeFileAtomic from "write-file-atomic";
import type * as z from "zod";
import { cannotWrite, RuntimeError, storeFailed } from "../errors";
import { pacer } from "../pacer";
import type { PromptCell, RunItem, RunRecord } from "../promptProtocol";
import { isMissing, readTextFile } from "../textFile";
import { promptCell, runItem, runRecord } from "./runForm";

/** Names of a run's files. */
export const runFiles = { record: "run.json", cells: "predictions.jsonl", items: "items.jsonl" } as const;

/** A run that was read. */
export interface StoredRun {
  readonly folder: string;
  readonly record: RunRecord;
  readonly items: readonly RunItem[];
  /** One for each variant and input, the last that was written. */
  readonly cells: readonly PromptCell[];
}

/** Most bytes that are read of each file: JavaScript's strings end there. */
const maxBytes = { record: 64 << 20, lines: 500 << 20 };
/** Runs that are listed. */
const mostListed = 1000;

/** A run that is being written. */
export class RunWriter {
  readonly folder: string;
  readonly id: string;
  readonly #cells = new Map<string, PromptCell>();

  private constructor(folder: string) {
    this.folder = folder;
    this.id = basename(folder);
  }

  /**
   * Makes the folder `<time>-<name>` in `runs`, with a number behind it where there is one already, and writes `items`. Throws
   * `cannotWrite`.
   */
  static async create(runs: string, startedAt: Date, name: string, items: readonly RunItem[]): Promise<RunWriter> {
    const id = runId(startedAt, name);
    return writing(join(runs, id), async () => {
      await mkdir(runs, { recursive: true });
      const writer = new RunWriter(await newFolder(join(runs, id)));
      await writeFileAtomic(join(writer.folder, runFiles.items), lines(items));
      await appendFile(join(writer.folder, runFiles.cells), "");
      return writer;
    });
  }

  /** Appends cells. Throws `cannotWrite`. */
  async append(cells: readonly PromptCell[]): Promise<void> {
    for (const cell of cells) this.#cells.set(`${cell.variant} ${cell.item}`, cell);
    const file = join(this.folder, runFiles.cells);
    await writing(file, () => appendFile(file, lines(cells)));
  }

  /** Writes the cells anew, these in place of those of the same variant and input. Throws `cannotWrite`. */
  async replace(cells: readonly PromptCell[]): Promise<void> {
    if (cells.length === 0) return;
    for (const cell of cells) this.#cells.set(`${cell.variant} ${cell.item}`, cell);
    const file = join(this.folder, runFiles.cells);
    await writing(file, () => writeFileAtomic(file, lines([...this.#cells.values()])));
  }

  /** Writes the record, in place of an earlier one. Throws `cannotWrite`. */
  async record(record: RunRecord): Promise<void> {
    const file = join(this.folder, runFiles.record);
    await writing(file, () => writeFileAtomic(file, `${JSON.stringify(record, null, 2)}\n`));
  }
}

/** `<time>-<name>`, with nothing in it that a file system does not like. */
export function runId(startedAt: Date, file: string): string {
  const time = startedAt.toISOString().slice(0, 19).replaceAll(":", "-");
  const name = basename(file)
    .replace(/\.prompt\.ya?ml$/i, "")
    .replace(/[^\p{L}\p{N}_-]+/gu, "-")
    .replace(/^-+|-+$/g, "");
  return `${time}-${[...name].slice(0, 60).join("") || "prompt"}`;
}

/** Records of the runs in a folder, newest first; folders that are no runs are left out. */
export async function listRuns(runs: string): Promise<{ readonly folder: string; readonly record: RunRecord }[]> {
  const entries = await readdir(runs, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const found: { folder: string; record: RunRecord }[] = [];
  for (const name of names.sort((a, b) => (a < b ? 1 : -1)).slice(0, mostListed)) {
    const folder = join(runs, name);
    try {
      found.push({ folder, record: await readRecord(folder) });
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
    }
  }
  return found.sort((a, b) => (a.record.startedAt < b.record.startedAt ? 1 : -1));
}

/** A run, read back. Lines that are torn or no cells are left out. Throws `storeFailed` for a folder that is no run. */
export async function readRun(folder: string): Promise<StoredRun> {
  const record = await readRecord(folder);
  const cells = new Map<string, PromptCell>();
  for (const cell of await readLines(join(folder, runFiles.cells), promptCell))
    if (cell.variant < record.variants.length && cell.item < record.items)
      cells.set(`${cell.variant} ${cell.item}`, cell);
  const items = await readLines(join(folder, runFiles.items), runItem);
  return { folder, record, items: items.slice(0, record.items), cells: [...cells.values()] };
}

/** The record of a run. Throws `storeFailed`, naming the file and the key. */
export async function readRecord(folder: string): Promise<RunRecord> {
  const file = join(folder, runFiles.record);
  const text = await readPlain(file, maxBytes.record);
  if (text === null) throw storeFailed(folder, l10n.t("is no run: {0} is missing", runFiles.record));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw storeFailed(file, l10n.t("is not JSON ({0})", error instanceof Error ? error.message : String(error)));
  }
  const parsed = runRecord.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw storeFailed(file, l10n.t('"{0}": {1}', issue?.path.join(".") ?? "", issue?.message ?? ""));
}

async function readLines<T>(file: string, form: z.ZodType<T>): Promise<T[]> {
  const breathe = pacer();
  const found: T[] = [];
  for (const text of ((await readPlain(file, maxBytes.lines)) ?? "").split("\n")) {
    await breathe();
    const value = parsedLine(text, form);
    if (value !== undefined) found.push(value);
  }
  return found;
}

function parsedLine<T>(text: string, form: z.ZodType<T>): T | undefined {
  if (text === "") return undefined;
  try {
    return form.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // torn
  }
}

/** The text of a file that is no link; null when it is not there. */
async function readPlain(file: string, most: number): Promise<string | null> {
  const info = await lstat(file).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (info?.isSymbolicLink()) throw storeFailed(file, l10n.t("is a link"));
  return info && readTextFile(file, most, (problem) => storeFailed(file, problem));
}

async function newFolder(wanted: string): Promise<string> {
  for (let n = 1; ; n++) {
    const folder = n === 1 ? wanted : `${wanted}-${n}`;
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST") || n > 1000) throw error;
    }
  }
}

async function writing<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RuntimeError) throw error;
    throw cannotWrite(file, error);
  }
}

function lines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}
