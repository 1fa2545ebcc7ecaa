/** What a comparison works on, once its file, data and models were looked at: the ground between planning, arms and report. */
import type { ArmChoice, ComparisonParams } from "../comparisonRecord";
import type { ResolvedVariant } from "../prompt/promptFile";
import type { ComparisonFile, ComparisonTask } from "./comparisonFile";

/** An item of the data, as every arm gets it. */
export interface ComparisonItem {
  /** Path of its file as the comparison names it, and its line, from 1. */
  readonly file: string;
  readonly line: number;
  /** By the names of the task's fields (for texts: every column), without the right answer; `choices` is a list. */
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
  /** Number of its class, or of the right choice, from 0; null for texts. */
  readonly label: number | null;
  /** The label's name, the number of the right choice, or the right text. */
  readonly gold: string;
}

/** Labelled data, split: no item of test or dev is in train. */
export interface ComparisonData {
  readonly task: ComparisonTask;
  /** Names of the labels; none for multiple choice and texts. */
  readonly labels: readonly string[];
  /** Choices of every item; null but for multiple choice. */
  readonly choices: number | null;
  /** All that may be learnt from. */
  readonly train: readonly ComparisonItem[];
  /** Those of dev and test that are used. */
  readonly dev: readonly ComparisonItem[];
  readonly test: readonly ComparisonItem[];
  /** Of the files, by their path in the comparison file. */
  readonly sha256: Readonly<Record<string, string>>;
  /** Over the contents of `test`, in their order. */
  readonly testSha256: string;
  /** Sentences about what was left out. */
  readonly notes: readonly string[];
}

/** An arm with all that its file and the defaults say. */
export interface ResolvedArm {
  readonly name: string;
  readonly kind: "prompt" | "head" | "lora" | "full";
  /** Absolute path. */
  readonly model: string;
  /** What is chosen from, in the order of the file's lists; one where there is nothing to choose. */
  readonly choices: readonly ArmChoice[];
  /** The prompt of one of the choices, with its K, sampler, rule and calibration; null for arms that train. */
  readonly variant: ((choice: ArmChoice) => ResolvedVariant) | null;
  /** Labelled items that it may use; Infinity for all. */
  readonly labels: number;
}

/** Everything that is known before the first unit. */
export interface ComparisonInput {
  readonly params: ComparisonParams;
  readonly file: ComparisonFile;
  readonly data: ComparisonData;
  readonly arms: readonly ResolvedArm[];
  /** Seeds of demonstrations and of training. */
  readonly seeds: { readonly demonstrations: readonly number[]; readonly training: readonly number[] };
}
