/** What a comparison works on, once its file, data and models were looked at: the ground between planning, arms and report. */
import type { ArmChoice, ComparisonParams, ComparisonRecord } from "../comparisonRecord";
import type { ResolvedVariant } from "../prompt/promptFile";
import type { Device } from "../protocol";
import type { ComparisonFile, ComparisonMetric, ComparisonTask } from "./comparisonFile";
import type { PretrainingFile } from "./pretrainingFiles";

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
  /** Absolute path: that of one of the input's models. */
  readonly model: string;
  /** What is chosen from, in the order of the file's lists; one where there is nothing to choose. */
  readonly choices: readonly ArmChoice[];
  /**
   * The prompt of one of the choices, with its K, sampler, rule and calibration; null for arms that train. The right answer stands in the
   * item's field that `answer` names, as `gold`; demonstrations come from the pool, not from `from`, which is empty.
   */
  readonly variant: ((choice: ArmChoice) => ResolvedVariant) | null;
  /** Labelled items that it may use: as many as train has where nothing limits them. */
  readonly labels: number;
}

/** Everything that is known before the first unit. */
export interface ComparisonInput {
  readonly params: ComparisonParams;
  readonly file: ComparisonFile;
  /** What answers are judged by: the file's, or all that fit the task. The first is what arms are chosen and compared by. */
  readonly metrics: readonly ComparisonMetric[];
  readonly data: ComparisonData;
  /** Those that are asked for, in the file's order. */
  readonly arms: readonly ResolvedArm[];
  /** Models of the arms, each once. */
  readonly models: ComparisonRecord["models"];
  /** Where prompts are run, and where is trained. */
  readonly devices: { readonly prompt: Device; readonly finetune: Device };
  /** SHA-256 of data and prompt files, by their path in the comparison file. */
  readonly sha256: Readonly<Record<string, string>>;
  /** Sentences about what was left out, and what looks wrong. */
  readonly notes: readonly string[];
  /** Text that the models are known to have been trained on. */
  readonly pretraining: readonly PretrainingFile[];
  /** Seeds of demonstrations and of training. */
  readonly seeds: { readonly demonstrations: readonly number[]; readonly training: readonly number[] };
}
