/** The items of one data file, with what tells them apart; their texts only on demand, so that a large file takes little memory. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import * as l10n from "@vscode/l10n";
import { badRows, maxRows, skipHint } from "../dataset/dataset";
import type { RawRow } from "../dataset/rawRow";
import { streamRows } from "../dataset/streamRows";
import { CancelledError, invalidDataset } from "../errors";
import { pacer } from "../pacer";
import type { DataProblem } from "../promptProtocol";
import { type TrainingData, taskFields } from "../trainingDataProtocol";
import { contentKey, type IndexedItem } from "./duplicates";
import type { LabelledItem } from "./inputTransforms";
import { brief, type ItemFields, itemReader, type NamedItem } from "./itemFields";

/** An item of a file. */
export interface FileItem extends IndexedItem {
  /** Null when they were not to be kept. */
  readonly fields: ItemFields | null;
  /** What `measure` gave. */
  readonly measure: number;
}

/** A data file, read. */
export interface ItemFile {
  readonly path: string;
  readonly items: readonly FileItem[];
  /** Names of labels, in the order of `labelOrder`; none for multiple choice. */
  readonly labels: readonly string[];
  /** Choices of every item; null but for multiple choice. */
  readonly choices: number | null;
  /** In the order of the file; of its first rows when they differ. */
  readonly columns: readonly string[];
  readonly sha256: string;
  /** The first of the rows that were left out, and how many there are. */
  readonly problems: readonly DataProblem[];
  readonly problemCount: number;
  /** Whether there are more rows than are read. */
  readonly cut: boolean;
}

/** What leaves bad rows out, and what names the columns of fields, as both are written where the user asks. */
export interface ReadingOptionNames {
  readonly skipBadRows: string;
  readonly columns: string;
}

/** The command line's. */
const commandLineNames: ReadingOptionNames = { skipBadRows: "--skip-bad-rows", columns: "--column FIELD=COLUMN" };

/** How to read a file. */
export interface ItemFileOptions {
  /** For remedies; the command line's when absent. */
  readonly optionNames?: ReadingOptionNames;
  readonly keepFields: boolean;
  /** The file to train on: another one may have no other labels, and as many choices. */
  readonly like?: ItemFile;
  /** A number to keep of every item; 0 when absent. */
  readonly measure?: (item: LabelledItem) => number;
  readonly signal?: AbortSignal;
  /** Bytes of a piece that was read. */
  readonly onBytes?: (bytes: number) => void;
}

/** Most labels. More are a column of something else. */
export const maxLabels = 1000;
/** Rows whose columns are looked at. */
const headRows = 100;
/** Columns that a message names. */
const namedColumns = 20;
/** Bad rows that are kept. */
const maxProblems = 100;

/**
 * Reads a data file. Throws `invalidDataset` for a file that cannot be read, for bad rows unless they are skipped, and when there are too many
 * labels; `CancelledError`.
 */
export async function readItemFile(path: string, data: TrainingData, options: ItemFileOptions): Promise<ItemFile> {
  const name = basename(path);
  const hash = createHash("sha256");
  const onBytes = (bytes: Uint8Array) => {
    hash.update(bytes);
    options.onBytes?.(bytes.length);
  };
  const builder = new FileBuilder(name, data, options);
  const pause = pacer();
  for await (const rows of streamRows(path, name, { ...signalOf(options), onBytes })) {
    for (const row of rows) {
      builder.add(row);
      await pause();
      if (options.signal?.aborted) throw new CancelledError("cancelled");
    }
  }
  return builder.file(path, data.skipBadRows ?? false, hash.digest("hex"));
}

function signalOf({ signal }: ItemFileOptions): { readonly signal?: AbortSignal } {
  return signal ? { signal } : {};
}

/** Takes rows, gives the file. */
class FileBuilder {
  readonly #read: ReturnType<typeof itemReader>;
  readonly #items: { -readonly [K in keyof FileItem]: FileItem[K] }[] = [];
  readonly #columns = new Set<string>();
  readonly #problems: DataProblem[] = [];
  readonly #labels: Map<string, number>;
  #choices: number | null;
  #problemCount = 0;
  #rows = 0;

  constructor(
    private readonly name: string,
    private readonly data: TrainingData,
    private readonly options: ItemFileOptions,
  ) {
    this.#read = itemReader(data);
    this.#labels = new Map(options.like?.labels.map((label, id) => [label, id]));
    this.#choices = options.like?.choices ?? null;
  }

  add(row: RawRow): void {
    this.#rows++;
    if (this.#rows > maxRows) return;
    const item = this.#item(row);
    if ("label" in item) this.#items.push(item);
    else {
      this.#problemCount++;
      if (this.#problems.length < maxProblems) this.#problems.push({ file: this.name, line: row.line, ...item });
    }
  }

  file(path: string, skipBadRows: boolean, sha256: string): ItemFile {
    if (this.#problemCount > 0 && (!skipBadRows || this.#items.length === 0)) {
      const names = this.options.optionNames ?? commandLineNames;
      const hint = this.#items.length === 0 ? this.#columnsHint(names) : skipHint(names.skipBadRows);
      throw badRows(this.name, this.#problems, this.#problemCount, hint);
    }
    if (this.#items.length === 0) throw invalidDataset(this.name, 0, l10n.t("The file has no rows."));
    return {
      path,
      items: this.#items,
      labels: this.#sortLabels(),
      choices: this.#choices,
      columns: [...this.#columns],
      sha256,
      problems: this.#problems,
      problemCount: this.#problemCount,
      cut: this.#rows > maxRows,
    };
  }

  /** Where no row can be used, it is rather the columns that are meant to be others. */
  #columnsHint({ columns: option }: ReadingOptionNames): string {
    const fields = taskFields[this.data.task].join(", ");
    const columns = [...this.#columns].slice(0, namedColumns).map(brief).join(", ");
    return l10n.t(
      "The task has the fields {0}, the file has the columns {1}: say which column holds which field ({2}).",
      ...[fields, columns, option],
    );
  }

  #item(row: RawRow): FileItem | Pick<DataProblem, "message"> {
    if ("problem" in row) return { message: row.problem };
    if (this.#rows <= headRows) for (const column of Object.keys(row.fields)) this.#columns.add(column);
    const named = this.#read(row.fields);
    if ("problem" in named) return { message: named.problem };
    const label = this.#label(named);
    if (typeof label === "string") return { message: label };
    const item = { line: row.line, fields: named.fields, label };
    return {
      line: row.line,
      ...contentKey(item, this.data.task),
      label,
      fields: this.options.keepFields ? named.fields : null,
      measure: this.options.measure?.(item) ?? 0,
    };
  }

  /** The number of an item's label, or what is wrong with it. */
  #label({ fields, label }: NamedItem): number | string {
    if (this.data.task === "multipleChoice") {
      const found = fields.choices?.length ?? 0;
      this.#choices ??= found;
      if (found === this.#choices) return Number(label);
      return l10n.t("The row has {0} choices, those before {1}.", found, this.#choices);
    }
    const known = this.#labels.get(label);
    if (known !== undefined) return known;
    if (this.options.like) return l10n.t('No row to train on has the label "{0}".', brief(label));
    if (this.#labels.size === maxLabels) throw tooManyLabels(this.name);
    this.#labels.set(label, this.#labels.size);
    return this.#labels.size - 1;
  }

  /** Gives the labels their final numbers; their answers stay as they were met, which are as good. */
  #sortLabels(): readonly string[] {
    if (this.options.like) return this.options.like.labels;
    const met = [...this.#labels.keys()];
    const labels = labelOrder(met);
    if (this.data.task === "multipleChoice") return labels;
    const place = new Map(labels.map((label, id) => [label, id]));
    const finalId = met.map((label) => place.get(label) ?? 0);
    for (const item of this.#items) item.label = finalId[item.label] ?? 0;
    return labels;
  }
}

/**
 * Labels in the order of the classifier's rows, which depends on their names alone: whole numbers by their value, before all others by their
 * UTF-16 code units.
 */
export function labelOrder(names: readonly string[]): readonly string[] {
  const isNumber = (name: string) => /^-?\d{1,15}$/.test(name);
  const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return [
    ...names.filter(isNumber).sort((a, b) => Number(a) - Number(b) || byName(a, b)),
    ...names.filter((name) => !isNumber(name)).sort(byName),
  ];
}

/** How many labels there are; for multiple choice, choices. */
export function labelCount({ labels, choices }: Pick<ItemFile, "labels" | "choices">): number {
  return choices ?? labels.length;
}

function tooManyLabels(name: string): Error {
  const hint = l10n.t("Choose the column that holds the label.");
  return invalidDataset(name, 0, l10n.t("The label's column has more than {0} values.", maxLabels), hint);
}
