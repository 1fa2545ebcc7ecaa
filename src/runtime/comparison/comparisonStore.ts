/**
 * Comparisons on disk, a folder each: `run.json` is the record, `units.jsonl` the outcomes, appended to while the comparison goes on,
 * `predictions/<id>.jsonl` what a unit answered; `train.jsonl`, `dev.jsonl` and `items.jsonl` (test) are the data as they are used. What is
 * read is not trusted: sizes are bounded, every line is checked, no link is followed.
 */
import { appendFile, mkdir, readdir, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import writeFileAtomic from "write-file-atomic";
import type { ComparisonRecord, Prediction, UnitOutcome } from "../comparisonRecord";
import { storeFailed } from "../errors";
import { pacer } from "../pacer";
import {
  isLeftOf,
  lines,
  listRecords,
  makeRunFolder,
  parsedLine,
  readLines,
  readPlain,
  readRunRecord,
  refuseLink,
  runFolderName,
  writeRunRecord,
  writing,
} from "../runFolder";
import { isMissing } from "../textFile";
import { itemsSha256 } from "./comparisonData";
import { comparisonItem, comparisonRecord, prediction, unitOutcome } from "./comparisonForm";
import type { ComparisonData, ComparisonItem } from "./comparisonInput";

/** Names of a comparison's files. */
export const comparisonFiles = {
  record: "run.json",
  units: "units.jsonl",
  predictions: "predictions",
  train: "train.jsonl",
  dev: "dev.jsonl",
  test: "items.jsonl",
} as const;

/** A comparison that was read. */
export interface StoredComparison {
  readonly folder: string;
  readonly record: ComparisonRecord;
  /** One for each arm, purpose and unit, the last that was written; those whose predictions are there. */
  readonly outcomes: readonly UnitOutcome[];
}

/** Most bytes that are read of each file: JavaScript's strings end there. */
const maxBytes = { record: 64 << 20, lines: 500 << 20 };
const parts = ["train", "dev", "test"] as const;

/** A comparison that is being written. Methods throw `cannotWrite`. */
export class ComparisonWriter {
  readonly folder: string;
  readonly id: string;
  #record: ComparisonRecord;

  private constructor(folder: string, record: ComparisonRecord) {
    this.folder = folder;
    this.id = basename(folder);
    this.#record = record;
  }

  /** Makes the folder `<time>-<name>` in `runs`, with a number behind it where there is one already, and writes the data. */
  static async create(
    runs: string,
    record: Omit<ComparisonRecord, "id">,
    data: Pick<ComparisonData, "train" | "dev" | "test">,
  ): Promise<ComparisonWriter> {
    const wanted = join(resolve(runs), runFolderName(new Date(record.startedAt), record.name, "comparison"));
    return writing(wanted, async () => {
      await mkdir(runs, { recursive: true });
      const folder = await makeRunFolder(wanted);
      try {
        await mkdir(join(folder, comparisonFiles.predictions));
        for (const part of parts) await writeFileAtomic(join(folder, comparisonFiles[part]), lines(data[part]));
        await appendFile(join(folder, comparisonFiles.units), "");
        const writer = new ComparisonWriter(folder, { ...record, id: basename(folder) });
        // Last: what has a record is a comparison.
        await writer.update({});
        return writer;
      } catch (error) {
        await rm(folder, { recursive: true, force: true });
        throw error;
      }
    });
  }

  /** Goes on writing a comparison that was read. */
  static async reopen({ folder, record }: StoredComparison): Promise<ComparisonWriter> {
    const units = join(folder, comparisonFiles.units);
    const text = await readPlain(units, maxBytes.lines);
    // A line that a crash tore stays by itself.
    if (text && !text.endsWith("\n")) await writing(units, () => appendFile(units, "\n"));
    return new ComparisonWriter(folder, record);
  }

  get record(): ComparisonRecord {
    return this.#record;
  }

  /** Changes the record, on disk too. */
  async update(changes: Partial<ComparisonRecord>): Promise<ComparisonRecord> {
    this.#record = { ...this.#record, ...changes };
    await writeRunRecord(join(this.folder, comparisonFiles.record), this.#record);
    return this.#record;
  }

  /** Keeps what a unit gave: first its predictions (absent where another unit of the same id wrote them), then the outcome. */
  async outcome(outcome: UnitOutcome, predictions?: readonly Prediction[]): Promise<void> {
    if (predictions) {
      const file = predictionsFile(this.folder, outcome.unit.id);
      await writing(file, () => writeFileAtomic(file, lines(predictions)));
    }
    const units = join(this.folder, comparisonFiles.units);
    await writing(units, () => appendFile(units, lines([outcome])));
  }
}

/** Removes what was being written when the comparison's process was killed. Follows no link. */
export async function removeComparisonLeftovers(folder: string): Promise<void> {
  const answers = join(folder, comparisonFiles.predictions);
  await refuseLink(answers);
  for (const parent of [folder, answers])
    for (const entry of await readdir(parent, { withFileTypes: true }).catch(noneWhenMissing))
      if (entry.isFile() && isLeftover(entry.name)) await rm(join(parent, entry.name), { force: true });
}

function isLeftover(name: string): boolean {
  if (/^features\.safetensors\.[\da-f-]{36}\.part$/.test(name)) return true;
  const written = name.replace(/\.\d+$/, "");
  const isOurs =
    /^([\da-f]{64}\.jsonl|pretraining\.json)$/.test(written) ||
    Object.values<string>(comparisonFiles).includes(written);
  return isOurs && isLeftOf(written, name);
}

function noneWhenMissing(error: unknown): [] {
  if (isMissing(error)) return [];
  throw error;
}

/** Records of the comparisons in a folder, newest first; other folders are left out. */
export function listComparisons(runs: string): Promise<Pick<StoredComparison, "folder" | "record">[]> {
  return listRecords(runs, readComparisonRecord);
}

/** The record of a comparison. Throws `storeFailed`, naming the file and the key. */
export function readComparisonRecord(folder: string): Promise<ComparisonRecord> {
  const none = l10n.t("is no comparison: {0} is missing", comparisonFiles.record);
  return readRunRecord(join(folder, comparisonFiles.record), comparisonRecord, { most: maxBytes.record, none });
}

/** A comparison, read back. Lines that are torn are left out. Throws `storeFailed` for a folder that is no comparison. */
export async function readComparison(folder: string): Promise<StoredComparison> {
  const record = await readComparisonRecord(folder);
  const answered = await predictionFiles(folder);
  const outcomes = new Map<string, UnitOutcome>();
  for (const outcome of await readLines(join(folder, comparisonFiles.units), unitOutcome, maxBytes.lines)) {
    const { arm, purpose, id } = outcome.unit;
    if (arm < record.arms.length && answered.has(`${id}.jsonl`)) outcomes.set(`${arm} ${purpose} ${id}`, outcome);
  }
  return { folder, record, outcomes: [...outcomes.values()] };
}

/** What a unit answered, by the items' numbers. Throws `storeFailed` when it is not there or not whole. */
export async function readPredictions(folder: string, id: string): Promise<readonly Prediction[]> {
  await refuseLink(join(folder, comparisonFiles.predictions));
  return everyLine(predictionsFile(folder, id), prediction);
}

/** The items of test. Throws `storeFailed` when they are not those of the record. */
export async function readTestItems(folder: string, record: ComparisonRecord): Promise<readonly ComparisonItem[]> {
  const items = await readPart(folder, record, "test");
  if (itemsSha256(items) !== record.testSha256)
    throw storeFailed(join(folder, comparisonFiles.test), l10n.t("does not hold the items that the record names"));
  return items;
}

/** The data as they are used. Throws `storeFailed` when they are not those of the record. */
export async function readComparisonData(folder: string, record: ComparisonRecord): Promise<ComparisonData> {
  const { task, labels, data, testSha256, notes } = record;
  const test = await readTestItems(folder, record);
  const choices = test[0]?.fields.choices;
  return {
    ...{ task, labels, test, testSha256, notes },
    choices: task === "multipleChoice" && Array.isArray(choices) ? choices.length : null,
    train: await readPart(folder, record, "train"),
    dev: await readPart(folder, record, "dev"),
    sha256: data,
  };
}

async function readPart(
  folder: string,
  { items }: ComparisonRecord,
  part: (typeof parts)[number],
): Promise<readonly ComparisonItem[]> {
  const file = join(folder, comparisonFiles[part]);
  const found = await everyLine(file, comparisonItem);
  if (found.length === items[part]) return found;
  throw storeFailed(file, l10n.t("has {0} items, and the record says {1}", found.length, items[part]));
}

/** What a file's lines say, every one of them. */
async function everyLine<T>(file: string, form: Parameters<typeof parsedLine<T>>[1]): Promise<readonly T[]> {
  const text = await readPlain(file, maxBytes.lines);
  if (text === null) throw storeFailed(file, l10n.t("is missing"));
  const breathe = pacer();
  const found: T[] = [];
  for (const [number, line] of text.split("\n").entries()) {
    await breathe();
    const value = parsedLine(line, form);
    if (value !== undefined) found.push(value);
    else if (line !== "") throw storeFailed(file, l10n.t("line {0} cannot be read", number + 1));
  }
  return found;
}

function predictionsFile(folder: string, id: string): string {
  if (!/^[0-9a-f]{64}$/.test(id)) throw storeFailed(folder, l10n.t('has no unit "{0}"', id.slice(0, 100)));
  return join(folder, comparisonFiles.predictions, `${id}.jsonl`);
}

async function predictionFiles(folder: string): Promise<ReadonlySet<string>> {
  const path = join(folder, comparisonFiles.predictions);
  await refuseLink(path);
  const entries = await readdir(path, { withFileTypes: true }).catch(noneWhenMissing);
  return new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
}
