/**
 * Comparisons on disk, a folder each: `run.json` is the record, `units.jsonl` the outcomes, appended to while the comparison goes on,
 * `predictions/<id>.jsonl` what a unit answered; `train.jsonl`, `dev.jsonl` and `items.jsonl` (test) are the data as they are used. What is
 * read is not trusted: sizes are bounded, every line is checked, no link is followed.
 */
import type { ComparisonRecord, Prediction, UnitOutcome } from "../comparisonRecord";
import type { ComparisonData, ComparisonItem } from "./comparisonInput";

/** A comparison that was read. */
export interface StoredComparison {
  readonly folder: string;
  readonly record: ComparisonRecord;
  /** One for each arm, purpose and unit, the last that was written; those whose predictions are there. */
  readonly outcomes: readonly UnitOutcome[];
}

/** A comparison that is being written. Methods throw `cannotWrite`. */
export class ComparisonWriter {
  private constructor(
    readonly folder: string,
    readonly id: string,
  ) {}

  /** Makes the folder `<time>-<name>` in `runs`, with a number behind it where there is one already, and writes the data. */
  static create(
    _runs: string,
    _record: Omit<ComparisonRecord, "id">,
    _data: ComparisonData,
  ): Promise<ComparisonWriter> {
    throw new Error("follows");
  }

  /** Goes on writing a comparison that was read. */
  static reopen(_stored: StoredComparison): Promise<ComparisonWriter> {
    throw new Error("follows");
  }

  get record(): ComparisonRecord {
    throw new Error("follows");
  }

  /** Changes the record, on disk too. */
  update(_changes: Partial<ComparisonRecord>): Promise<ComparisonRecord> {
    throw new Error("follows");
  }

  /** Keeps what a unit gave: first its predictions (absent where another unit of the same id wrote them), then the outcome. */
  outcome(_outcome: UnitOutcome, _predictions?: readonly Prediction[]): Promise<void> {
    throw new Error("follows");
  }
}

/** Records of the comparisons in a folder, newest first; other folders are left out. */
export function listComparisons(_runs: string): Promise<Pick<StoredComparison, "folder" | "record">[]> {
  throw new Error("follows");
}

/** The record of a comparison. Throws `storeFailed`, naming the file and the key. */
export function readComparisonRecord(_folder: string): Promise<ComparisonRecord> {
  throw new Error("follows");
}

/** A comparison, read back. Lines that are torn are left out. Throws `storeFailed` for a folder that is no comparison. */
export function readComparison(_folder: string): Promise<StoredComparison> {
  throw new Error("follows");
}

/** What a unit answered, by the items' numbers. Throws `storeFailed` when it is not there or not whole. */
export function readPredictions(_folder: string, _id: string): Promise<readonly Prediction[]> {
  throw new Error("follows");
}

/** The items of test. Throws `storeFailed` when they are not those of the record. */
export function readTestItems(_folder: string, _record: ComparisonRecord): Promise<readonly ComparisonItem[]> {
  throw new Error("follows");
}

/** The data as they are used. Throws `storeFailed` when they are not those of the record. */
export function readComparisonData(_folder: string, _record: ComparisonRecord): Promise<ComparisonData> {
  throw new Error("follows");
}
