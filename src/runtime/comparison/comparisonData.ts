/** Labelled data of a comparison: read, split, freed of what would make its numbers worthless, and cut to the size that was asked for. */
import { hash } from "node:crypto";
import { basename, dirname } from "node:path";
import * as l10n from "@vscode/l10n";
import type { ComparisonSource } from "../comparisonRecord";
import { dataPath, fileSize } from "../dataset/dataset";
import { invalidDataset } from "../errors";
import { nestedSubsets } from "../evaluation/nestedSubsets";
import { dataWarnings, obstacle } from "../training/dataWarnings";
import type { FileItem, ReadingOptionNames } from "../training/itemFile";
import { limitItems } from "../training/split";
import { randomStream, shuffled } from "../training/streams";
import { type ArrangedData, arrangeData, arrangeFiles, checkSettings, type DataFiles } from "../training/trainingData";
import type { SplitName, TrainingData } from "../trainingDataProtocol";
import { type ComparisonFile, comparisonDefaults } from "./comparisonFile";
import type { ComparisonData, ComparisonItem } from "./comparisonInput";
import { answerField, readTextItems } from "./textItems";

/** How to read. */
export interface ComparisonDataOptions {
  readonly signal: AbortSignal;
  /** Bytes read, and of all files. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Fields that prompts show, by which texts are told apart; all but the answer when absent. Of no meaning for labelled tasks. */
  readonly shown?: readonly string[];
  /** Where the file says what its data are, for remedies: `reviews.compare.yaml:3`; not told when absent. */
  readonly place?: string;
}

type FileData = ComparisonFile["data"];
/** The files, by what the comparison file says of each. */
type Paths = Pick<TrainingData, "path" | "dev" | "test">;

/**
 * Reads and splits the data of a comparison file. Items to learn from that stand in dev or test, more than once or under different labels
 * are left out, and items of dev that stand in test: notes tell how many. Of dev and test as many are taken as the file says, in their order.
 * @throws RuntimeError `invalidDataset` naming file and line: a file outside of the root or that cannot be read, rows that cannot be used,
 * a part that would be empty but dev; `CancelledError`.
 */
export async function loadComparisonData(
  data: FileData,
  source: ComparisonSource,
  options: ComparisonDataOptions,
): Promise<ComparisonData> {
  const paths = await filePaths(data, source);
  const { dev, test, seed } = { ...comparisonDefaults.split, ...data.split };
  const split = {
    ...{ devShare: data.dev === undefined ? dev : 0, testShare: data.test === undefined ? test : 0, seed },
    skipBadRows: data.skipBadRows ?? false,
  };
  checkSettings({ ...paths, ...split });
  const arranged = withoutShared(await arrange(data, paths, split, options));
  // Warnings know no texts: of the settings they ask for the task alone, to know labels from choices.
  const task = data.task === "generation" ? "multipleChoice" : data.task;
  const settings: TrainingData = { ...paths, ...split, task };
  checkParts(arranged, settings, data);
  const parts = await limited(arranged.parts, data, seed, options.signal);
  const named = (name: SplitName) => {
    const file = (name === "train" ? undefined : data[name]) ?? data.file;
    return parts[name].map((item) => comparisonItem(item, file, data, arranged.files.train.labels));
  };
  const items = { train: named("train"), dev: named("dev"), test: named("test") };
  return {
    task: data.task,
    labels: data.task === "multipleChoice" ? [] : arranged.files.train.labels,
    choices: arranged.files.train.choices,
    ...items,
    sha256: hashes(arranged.files, data),
    testSha256: itemsSha256(items.test),
    notes: [...sharedNote(arranged), ...dataWarnings(arranged, settings)],
  };
}

/** SHA-256 over what items say, in their order: not over where they stand. */
export function itemsSha256(items: readonly ComparisonItem[]): string {
  return hash("sha256", items.map(itemSha256).join("\n"), "hex");
}

const knownHashes = new WeakMap<ComparisonItem, string>();

function itemSha256(item: ComparisonItem): string {
  const known = knownHashes.get(item);
  if (known !== undefined) return known;
  const fields = Object.entries(item.fields).sort(([a], [b]) => (a < b ? -1 : 1));
  const found = hash("sha256", JSON.stringify([fields, item.gold]), "hex");
  knownHashes.set(item, found);
  return found;
}

/** By seed, the items of train in the order in which budgets take them. */
const knownOrders = new WeakMap<ComparisonData, Map<number, readonly number[]>>();

/**
 * The items of train that an arm with `count` labels may use, in the order of train: as even over the labels as there are, within the pool
 * of every larger count of the same seed. All of them when there are no more.
 */
export function poolOf(data: ComparisonData, count: number, seed: number): readonly ComparisonItem[] {
  const { train } = data;
  if (count >= train.length) return train;
  const orders = knownOrders.get(data) ?? new Map<number, readonly number[]>();
  knownOrders.set(data, orders);
  const labels = train.map(({ label }) => String(label));
  const order = orders.get(seed) ?? nestedSubsets(labels, [train.length], seed, { even: true })[0] ?? [];
  orders.set(seed, order);
  const places = order.slice(0, count).sort((a, b) => a - b);
  return places.flatMap((place) => train[place] ?? []);
}

async function filePaths({ file, dev, test }: FileData, { path, root }: ComparisonSource): Promise<Paths> {
  const folder = dirname(path);
  const absolute = (name: string) => dataPath(name, folder, root ?? folder);
  return {
    path: await absolute(file),
    ...(dev !== undefined && { dev: await absolute(dev) }),
    ...(test !== undefined && { test: await absolute(test) }),
  };
}

type Split = Pick<TrainingData, "devShare" | "testShare" | "seed"> & { readonly skipBadRows: boolean };

async function arrange(
  data: FileData,
  paths: Paths,
  split: Split,
  options: ComparisonDataOptions,
): Promise<ArrangedData> {
  const { task, columns = {}, labels = {} } = data;
  if (task === "generation")
    return arrangeFiles(await readTexts(paths, { columns, ...split }, options), split, options.signal);
  const read = { keepFields: true, optionNames: optionNames(options) };
  return arrangeData({ ...paths, ...split, task, columns, labels }, read, options);
}

/** Keys of the comparison file, with the place of the data in it. */
function optionNames({ place }: ComparisonDataOptions): ReadingOptionNames {
  const at = place === undefined ? "" : `${place}: `;
  return { skipBadRows: `${at}data.skipBadRows: true`, columns: `${at}data.columns` };
}

async function readTexts(
  paths: Paths,
  { columns, skipBadRows }: { readonly columns: Readonly<Record<string, string>>; readonly skipBadRows: boolean },
  options: ComparisonDataOptions,
): Promise<DataFiles> {
  const { signal, onProgress, shown } = options;
  const { skipBadRows: skipOption } = optionNames(options);
  const files = Object.values(paths);
  const sizes = await Promise.all(files.map((path) => fileSize(path, basename(path))));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let done = 0;
  const onBytes = (bytes: number) => {
    done += bytes;
    onProgress?.(done, total);
  };
  const read = (path: string) =>
    readTextItems(path, { columns, skipBadRows, skipOption, signal, onBytes, ...(shown && { shown }) });
  return {
    train: await read(paths.path),
    ...(paths.dev !== undefined && { dev: await read(paths.dev) }),
    ...(paths.test !== undefined && { test: await read(paths.test) }),
  };
}

/** What is chosen by must not be what is measured with. */
function withoutShared(arranged: ArrangedData): ArrangedData & { readonly shared: number } {
  const { files, parts } = arranged;
  const inTest = new Set(parts.test.map(({ key }) => key));
  const dev = parts.dev.filter(({ key }) => !inTest.has(key));
  const shared = parts.dev.length - dev.length;
  return {
    ...arranged,
    files: { ...files, ...(files.dev && { dev: { ...files.dev, items: dev } }) },
    parts: { ...parts, dev },
    shared,
  };
}

function sharedNote({ shared }: { readonly shared: number }): string[] {
  return shared > 0 ? [l10n.t("Items of dev that test holds too: {0}. They are left out of dev.", shared)] : [];
}

function checkParts(arranged: ArrangedData, settings: TrainingData, data: FileData): void {
  const problem = obstacle(arranged, settings);
  if (problem !== null) throw invalidDataset(data.file, 0, problem);
  if (arranged.parts.test.length > 0) return;
  const hint = l10n.t("Name a larger file, or a larger share in split.test.");
  throw invalidDataset(data.test ?? data.file, 0, l10n.t("No item is left to measure with."), hint);
}

/** Dev evenly over its labels; test as it falls, so that it stays like what it was taken from. */
async function limited(
  { train, dev, test }: ArrangedData["parts"],
  { devItems = Number.POSITIVE_INFINITY, testItems = Number.POSITIVE_INFINITY }: FileData,
  seed: number,
  signal: AbortSignal,
): Promise<ArrangedData["parts"]> {
  return { train, dev: await limitItems(dev, devItems, seed, signal), test: sample(test, testItems, seed) };
}

/** Items at random, without repetition, in their order; within those of every larger count. */
function sample<T>(items: readonly T[], count: number, seed: number): readonly T[] {
  if (items.length <= count) return items;
  const places = shuffled(items.length, randomStream(seed, "testItems")).slice(0, count);
  return places.sort((a, b) => a - b).flatMap((place) => items[place] ?? []);
}

function comparisonItem(
  { line, fields, label }: FileItem,
  file: string,
  { task }: FileData,
  labels: readonly string[],
): ComparisonItem {
  if (task !== "generation") {
    const gold = task === "multipleChoice" ? String(label) : (labels[label] ?? "");
    return { file, line, fields: fields ?? {}, label, gold };
  }
  const { [answerField]: gold, ...others } = fields ?? {};
  return { file, line, fields: others, label: null, gold: typeof gold === "string" ? gold : "" };
}

function hashes(files: DataFiles, data: FileData): Readonly<Record<string, string>> {
  const named = { train: data.file, dev: data.dev, test: data.test };
  return Object.fromEntries(
    (["train", "dev", "test"] as const).flatMap((name) => {
      const [path, file] = [named[name], files[name]];
      return path !== undefined && file ? [[path, file.sha256]] : [];
    }),
  );
}
