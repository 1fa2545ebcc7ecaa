/**
 * Training runs on disk, a folder each: `run.json` is the record, `metrics.jsonl` the events, appended to while the run goes on;
 * `checkpoint/`, `best/` and `model/` stand beside them. What is read is not trusted: sizes are bounded, every line is checked, no link is
 * followed.
 */
import { appendFile, mkdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
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
import type { TrainingEvent, TrainingRecord } from "../trainingProtocol";
import { trainingEvent, trainingRecord } from "./trainingForm";

/** Names of a run's files. */
export const trainingFiles = { record: "run.json", metrics: "metrics.jsonl", model: "model" } as const;

/** A run that was read. */
export interface StoredTraining {
  readonly folder: string;
  readonly record: TrainingRecord;
  /** In order of their steps; what was done twice because the run was interrupted is there once. */
  readonly events: readonly TrainingEvent[];
}

/** Most bytes that are read of each file, and written of the events. */
const maxBytes = { record: 16 << 20, metrics: 64 << 20 };
/** Events that wait, at most. */
const waitingEvents = 64;
/** Steps of a run that are kept: of a longer one every second, third and so on. */
export const keptSteps = 20_000;

/** A run that is being written. Methods throw `cannotWrite`. */
export class TrainingRunWriter {
  readonly folder: string;
  readonly id: string;
  #record: TrainingRecord;
  #waiting: string[] = [];
  #bytes: number;

  private constructor(folder: string, record: TrainingRecord, bytes: number) {
    this.folder = folder;
    this.id = basename(folder);
    this.#record = record;
    this.#bytes = bytes;
  }

  /** Makes the folder `<time>-<name>` in `runs`, with a number behind it where there is one already. */
  static async create(runs: string, record: Omit<TrainingRecord, "id">): Promise<TrainingRunWriter> {
    const wanted = join(resolve(runs), trainingRunId(new Date(record.startedAt), record.name));
    return writing(wanted, async () => {
      await mkdir(runs, { recursive: true });
      const folder = await makeRunFolder(wanted);
      const writer = new TrainingRunWriter(folder, { ...record, id: basename(folder) }, 0);
      await writer.update({});
      return writer;
    });
  }

  /** Goes on writing a run that was read. */
  static async reopen({ folder, record }: Pick<StoredTraining, "folder" | "record">): Promise<TrainingRunWriter> {
    const bytes = await stat(join(folder, trainingFiles.metrics)).then(
      ({ size }) => size,
      (error: unknown) => {
        if (isMissing(error)) return 0;
        throw error;
      },
    );
    return new TrainingRunWriter(folder, record, bytes);
  }

  get record(): TrainingRecord {
    return this.#record;
  }

  /** Changes the record, on disk too. */
  async update(changes: Partial<TrainingRecord>): Promise<TrainingRecord> {
    await this.flush();
    this.#record = { ...this.#record, ...changes };
    const file = join(this.folder, trainingFiles.record);
    await writeRunRecord(file, this.#record);
    return this.#record;
  }

  /** Keeps an event, now or with the next ones. Steps of long runs are thinned out; a full file takes no more. */
  async event(event: TrainingEvent): Promise<void> {
    if (event.kind === "begin" || event.kind === "stage" || !this.#isKept(event)) return;
    const line = `${JSON.stringify(event)}\n`;
    this.#bytes += Buffer.byteLength(line);
    if (this.#bytes > maxBytes.metrics) return;
    this.#waiting.push(line);
    if (event.kind !== "step" || this.#waiting.length >= waitingEvents) await this.flush();
  }

  #isKept(event: TrainingEvent): boolean {
    const { steps } = this.#record;
    return event.kind !== "step" || event.step === steps || event.step % Math.ceil(steps / keptSteps || 1) === 0;
  }

  /** Writes the events that wait. */
  async flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const lines = this.#waiting.join("");
    this.#waiting = [];
    const file = join(this.folder, trainingFiles.metrics);
    await writing(file, () => appendFile(file, lines));
  }
}

/** The name of a run's folder. */
export function trainingRunId(startedAt: Date, of: string): string {
  return runFolderName(startedAt, of, "training");
}

/** A run, read back. Throws `storeFailed` for a folder that is no training run. */
export async function readTraining(folder: string): Promise<StoredTraining> {
  const record = await readTrainingRecord(folder);
  return { folder, record, events: await readEvents(join(folder, trainingFiles.metrics)) };
}

/** The record of a run. Throws `storeFailed`, naming the file and the key. */
export function readTrainingRecord(folder: string): Promise<TrainingRecord> {
  const none = l10n.t("is no training run: {0} is missing", trainingFiles.record);
  return readRunRecord(join(folder, trainingFiles.record), trainingRecord, { most: maxBytes.record, none });
}

/** Torn lines are left out. A run that was interrupted did some steps twice: those of the later time are taken. */
async function readEvents(file: string): Promise<TrainingEvent[]> {
  const lines = ((await readPlain(file, 2 * maxBytes.metrics)) ?? "").split("\n");
  const kept: TrainingEvent[] = [];
  let before = Number.POSITIVE_INFINITY;
  for (const text of lines.reverse()) {
    const event = parsedLine(text, trainingEvent);
    if (event === undefined || ("step" in event && event.step >= before)) continue;
    if (event.kind === "step") before = event.step;
    kept.push(event);
  }
  return kept.reverse();
}
