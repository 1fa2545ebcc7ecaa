/**
 * Runs on disk, a folder each: `run.json` is the record, `items.jsonl` the inputs, `predictions.jsonl` the cells, appended to while the run
 * goes on. What is read is not trusted: sizes are bounded, every line is checked, no link is followed.
 */
import { appendFile, mkdir, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import * as l10n from "@vscode/l10n";
import writeFileAtomic from "write-file-atomic";
import type * as z from "zod";
import { RuntimeError } from "../errors";
import { pacer } from "../pacer";
import type { PromptCell, RunItem, RunRecord } from "../promptProtocol";
import {
  makeRunFolder,
  parsedLine,
  readPlain,
  readRunRecord,
  runFolderName,
  writeRunRecord,
  writing,
} from "../runFolder";
import { isMissing } from "../textFile";
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
      const writer = new RunWriter(await makeRunFolder(join(runs, id)));
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
    await writeRunRecord(file, record);
  }
}

/** The name of a run's folder, from that of its prompt file. */
export function runId(startedAt: Date, file: string): string {
  return runFolderName(startedAt, basename(file).replace(/\.prompt\.ya?ml$/i, ""), "prompt");
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
export function readRecord(folder: string): Promise<RunRecord> {
  const none = l10n.t("is no run: {0} is missing", runFiles.record);
  return readRunRecord(join(folder, runFiles.record), runRecord, { most: maxBytes.record, none });
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

function lines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}
