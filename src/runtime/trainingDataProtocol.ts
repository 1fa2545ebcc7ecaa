/** Labelled data and text collections to train on: what they are, and what they hold. Platform-free. */
import { RequestType } from "vscode-jsonrpc";
import type { RuntimeErrorInfo } from "./errors";
import type { ModelReference, WithProgress } from "./protocol";

/** The four shapes of a labelled item (Radford et al. 2018 §3.3). */
export const taskTypes = ["classification", "entailment", "similarity", "multipleChoice"] as const;

/** Shape of a labelled item. */
export type TaskType = (typeof taskTypes)[number];

/** Fields of an item by its task; `label` is the class, or the number of the right choice. */
export const taskFields: { readonly [K in TaskType]: readonly string[] } = {
  classification: ["text", "label"],
  entailment: ["premise", "hypothesis", "label"],
  similarity: ["text_a", "text_b", "label"],
  multipleChoice: ["context", "choices", "label"],
};

/** Labelled data: files, and what their columns mean. */
export interface TrainingData {
  /** Absolute path of a JSON Lines, CSV or TSV file. */
  readonly path: string;
  /** Absolute paths of files of their own for development and test; absent, they are split off `path`. */
  readonly dev?: string;
  readonly test?: string;
  readonly task: TaskType;
  /**
   * Column of each field of `taskFields` that is called otherwise. For `choices` a column that holds a list, or several columns joined by
   * `|`; for texts likewise several, which are joined by a space, or a template: `{{premise}} What was the {{question}}?`.
   */
  readonly columns?: Readonly<Record<string, string>>;
  /**
   * Value in the file (numbers and booleans as text) → the label's name; those that are absent keep their value as a name. For multiple
   * choice → the number of the right choice, from 0.
   */
  readonly labels?: Readonly<Record<string, string>>;
  /** Shares of dev and test, where they are split off. */
  readonly devShare: number;
  readonly testShare: number;
  /** Of the split. */
  readonly seed: number;
  /** Items to train on at most, drawn evenly over labels by the seed; all when absent. */
  readonly limit?: number;
  readonly skipBadRows?: boolean;
  /** Train on items too that occur more than once, under different labels, or in dev or test. */
  readonly keepDuplicates?: boolean;
}

/** Parts of a data set. */
export type SplitName = "train" | "dev" | "test";

/** What a data set holds, before anything is trained. */
export interface TrainingDataPreview {
  /** Columns of the file, in its order. */
  readonly columns: readonly string[];
  /** The first items, as they will be used. */
  readonly items: readonly {
    readonly line: number;
    readonly split: SplitName;
    readonly fields: Readonly<Record<string, string>>;
  }[];
  /** Names of the labels, in the order of the classifier's rows; empty for multiple choice. */
  readonly labels: readonly string[];
  /** Items of each part, and of each label in it (in the order of `labels`; by number of the right choice for multiple choice). */
  readonly splits: readonly { readonly name: SplitName; readonly items: number; readonly byLabel: readonly number[] }[];
  /** Rows left out because the same item stands on an earlier line of the same part; a few of them. */
  readonly duplicates: {
    readonly count: number;
    readonly examples: readonly { readonly line: number; readonly sameAs: number }[];
  };
  /** Training rows left out because dev or test hold the same item. */
  readonly leaked: {
    readonly count: number;
    readonly examples: readonly { readonly line: number; readonly split: SplitName; readonly sameAs: number }[];
  };
  /** Rows left out because the same texts stand under another label elsewhere in the part. */
  readonly contradictions: {
    readonly count: number;
    readonly examples: readonly { readonly line: number; readonly sameAs: number }[];
  };
  /** Tokens of an item with its special tokens (the longest sequence of several); null without a model. */
  readonly tokens: {
    readonly median: number;
    readonly longest: number;
    /** Items that do not fit, and will be cut. */
    readonly truncated: number;
  } | null;
  /** Sentences about what looks wrong: empty classes, very few items, and the like. */
  readonly warnings: readonly string[];
  /** SHA-256 of the files. */
  readonly sha256: Readonly<Record<string, string>>;
}

/** Parameters of `training/guess`. */
export interface TrainingGuessParams {
  /** Absolute path of a JSON Lines, CSV or TSV file. */
  readonly path: string;
}

/** What a data file seems to hold, by its columns and first rows: a form to start from. */
export interface TrainingDataGuess {
  /** Columns of the file, in its order. */
  readonly columns: readonly string[];
  /** What fits `TrainingData`. `columns` lacks fields that no column seems to fit. */
  readonly data: Required<Pick<TrainingData, "path" | "task" | "columns" | "labels">> &
    Pick<TrainingData, "dev" | "test">;
  /** Fields of the task that no column seems to fit. */
  readonly missing: readonly string[];
  /** Values of the label's column in the first rows, most frequent first; a hundred at most. */
  readonly labelValues: readonly string[];
}

/** Parameters of `training/preview`. */
export interface TrainingPreviewParams {
  readonly data: TrainingData;
  /** Whose tokens are counted; none when absent. */
  readonly model?: ModelReference;
  readonly maxLength?: number;
}

/** Text to pre-train on. */
export interface CorpusSource {
  /** Absolute path: nothing outside of it is read. */
  readonly root: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Leave out what .gitignore files name. */
  readonly respectIgnoreFiles: boolean;
  /** Larger files are left out, bytes. */
  readonly maxFileBytes: number;
  /** SPDX names; files that name another licence (`SPDX-License-Identifier:`) are left out. Absent, none is. */
  readonly licenses?: readonly string[];
}

/** What a text collection holds. */
export interface CorpusPreview {
  readonly files: number;
  readonly bytes: number;
  /** Files left out, by reason. */
  readonly skipped: readonly { readonly reason: string; readonly files: number }[];
  /** The largest files: path from the root, bytes. */
  readonly largest: readonly { readonly path: string; readonly bytes: number }[];
}

/** What a data set holds. */
export const trainingPreviewRequest = new RequestType<
  WithProgress<TrainingPreviewParams>,
  TrainingDataPreview,
  RuntimeErrorInfo
>("training/preview");
/** What a data file seems to hold. */
export const trainingGuessRequest = new RequestType<
  WithProgress<TrainingGuessParams>,
  TrainingDataGuess,
  RuntimeErrorInfo
>("training/guess");
/** What a corpus holds. */
export const corpusPreviewRequest = new RequestType<WithProgress<CorpusSource>, CorpusPreview, RuntimeErrorInfo>(
  "training/corpus",
);
