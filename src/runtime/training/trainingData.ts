/** Labelled data for a run: files read, split, and freed of what would make its numbers worthless. */
import { basename, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { fileSize } from "../dataset/dataset";
import { invalidDataset, invalidRequest } from "../errors";
import type { SplitName, TrainingData } from "../trainingDataProtocol";
import { dataWarnings, obstacle } from "./dataWarnings";
import { type Findings, screenItems } from "./duplicates";
import type { LabelledItem } from "./inputTransforms";
import { type FileItem, type ItemFile, type ItemFileOptions, readItemFile } from "./itemFile";
import { limitItems, type Parts, splitItems } from "./split";

/** Labelled data, ready to train on. */
export interface LoadedTrainingData extends Findings {
  /** Names of the labels, in the order of the classifier's rows (see `labelOrder`); none for multiple choice. */
  readonly labels: readonly string[];
  /** Choices of every item; null but for multiple choice. */
  readonly choices: number | null;
  /** In the order of the file. */
  readonly splits: Readonly<Record<SplitName, readonly LabelledItem[]>>;
  /** Of the files, by path. */
  readonly sha256: Readonly<Record<string, string>>;
  /** Sentences about what was left out, and what looks wrong. */
  readonly warnings: readonly string[];
}

/** What goes on while data are read. */
export interface LoadOptions {
  readonly signal?: AbortSignal;
  /** Bytes read, and of all files. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The files of a data set, read. */
export type DataFiles = { readonly train: ItemFile } & Partial<Record<"dev" | "test", ItemFile>>;

/** Items of each part, and what was left out. */
export interface ArrangedData extends Findings {
  readonly files: DataFiles;
  readonly parts: Parts<FileItem>;
}

/**
 * Reads labelled data.
 * @throws RuntimeError `invalidDataset` naming file and line: a file that cannot be read, a row without what its task needs (unless bad rows are
 * skipped), nothing to train on, a single label; `invalidRequest` for shares that are none; CancelledError.
 */
export async function loadTrainingData(data: TrainingData, options: LoadOptions = {}): Promise<LoadedTrainingData> {
  const arranged = await arrangeData(data, { keepFields: true }, options);
  const problem = obstacle(arranged, data);
  if (problem !== null) throw invalidDataset(basename(data.path), 0, problem);
  const { files, parts, duplicates, leaked, contradictions } = arranged;
  const items = (name: SplitName): LabelledItem[] =>
    parts[name].map(({ line, fields, label }) => ({ line, fields: fields ?? {}, label }));
  return {
    labels: files.train.labels,
    choices: files.train.choices,
    splits: { train: items("train"), dev: items("dev"), test: items("test") },
    sha256: fileHashes(files),
    warnings: dataWarnings(arranged, data),
    ...{ duplicates, leaked, contradictions },
  };
}

/** Reads the files of a data set, leaves out what is not to be trained on, splits, and takes as many as asked for. Throws as `loadTrainingData`. */
export async function arrangeData(
  data: TrainingData,
  read: Pick<ItemFileOptions, "keepFields" | "measure" | "optionNames">,
  options: LoadOptions,
): Promise<ArrangedData> {
  checkSettings(data);
  return arrangeFiles(await readFiles(data, read, options), data, options.signal);
}

/** As `arrangeData`, of files that were read. */
export async function arrangeFiles(
  files: DataFiles,
  data: Pick<TrainingData, "keepDuplicates" | "devShare" | "testShare" | "seed" | "limit">,
  signal?: AbortSignal,
): Promise<ArrangedData> {
  const held = { dev: files.dev?.items ?? [], test: files.test?.items ?? [] };
  const { items, ...findings } = await screenItems(files.train.items, held, data.keepDuplicates ?? false, signal);
  const shares = { devShare: files.dev ? 0 : data.devShare, testShare: files.test ? 0 : data.testShare };
  const split = await splitItems(items, { ...shares, seed: data.seed }, signal);
  const parts = {
    train: data.limit === undefined ? split.train : await limitItems(split.train, data.limit, data.seed, signal),
    dev: files.dev?.items ?? split.dev,
    test: files.test?.items ?? split.test,
  };
  return { files, parts, ...findings };
}

/** SHA-256 of files by path. */
export function fileHashes(files: DataFiles): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.values(files).map(({ path, sha256 }) => [path, sha256]));
}

/** Throws `invalidRequest` for shares or a limit that are none, `invalidDataset` for a file that is named twice. */
export function checkSettings({
  path,
  dev,
  test,
  devShare,
  testShare,
  limit,
}: Pick<TrainingData, "path" | "dev" | "test" | "devShare" | "testShare" | "limit">): void {
  const isShare = (share: number) => share >= 0 && share < 1;
  if (!isShare(devShare) || !isShare(testShare) || !isShare(devShare + testShare)) {
    throw invalidRequest(l10n.t("devShare and testShare must be from 0, and together less than 1"));
  }
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0)) {
    throw invalidRequest(l10n.t("limit must be a whole number from 1"));
  }
  const paths = [path, dev, test].filter((file) => file !== undefined).map((file) => resolve(file));
  const twice = paths.find((file, i) => paths.indexOf(file) !== i);
  if (twice !== undefined) {
    const hint = l10n.t("Name the file once: dev and test are split off it.");
    throw invalidDataset(basename(twice), 0, l10n.t("The file is used for two parts."), hint);
  }
}

async function readFiles(
  data: TrainingData,
  read: Pick<ItemFileOptions, "keepFields" | "measure" | "optionNames">,
  { signal, onProgress }: LoadOptions,
): Promise<DataFiles> {
  const paths = [data.path, data.dev, data.test].filter((path) => path !== undefined);
  const sizes = await Promise.all(paths.map((path) => fileSize(path, basename(path))));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let done = 0;
  const onBytes = (bytes: number) => {
    done += bytes;
    onProgress?.(done, total);
  };
  const options = { ...read, ...(signal ? { signal } : {}), onBytes };
  const train = await readItemFile(data.path, data, options);
  const like = { ...options, like: train };
  const dev = data.dev === undefined ? {} : { dev: await readItemFile(data.dev, data, like) };
  const test = data.test === undefined ? {} : { test: await readItemFile(data.test, data, like) };
  return { train, ...dev, ...test };
}
