/** Labelled data of a comparison: read, split, freed of what would make its numbers worthless, and cut to the size that was asked for. */
import type { ComparisonSource } from "../comparisonRecord";
import type { ComparisonFile } from "./comparisonFile";
import type { ComparisonData, ComparisonItem } from "./comparisonInput";

/** How to read. */
export interface ComparisonDataOptions {
  readonly signal: AbortSignal;
  /** Bytes read, and of all files. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Fields that prompts show, by which texts are told apart; all but the answer when absent. Of no meaning for labelled tasks. */
  readonly shown?: readonly string[];
}

/**
 * Reads and splits the data of a comparison file.
 * @throws RuntimeError `invalidDataset` naming file and line; `CancelledError`.
 */
export function loadComparisonData(
  _data: ComparisonFile["data"],
  _source: ComparisonSource,
  _options: ComparisonDataOptions,
): Promise<ComparisonData> {
  throw new Error("follows");
}

/**
 * The items of train that an arm with `count` labels may use, in the order of train: as even over the labels as there are, within the pool
 * of every larger count of the same seed. All of them when there are no more.
 */
export function poolOf(_data: ComparisonData, _count: number, _seed: number): readonly ComparisonItem[] {
  throw new Error("follows");
}
