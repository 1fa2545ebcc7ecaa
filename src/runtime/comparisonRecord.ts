/** What a comparison is asked for, does and keeps: parameters, units of work, record, events. Platform-free. */
import type { ComparisonAssertion, ComparisonMetric, ComparisonTask } from "./comparison/comparisonFile";
import type { DeviceChoice } from "./protocol";
import type { FineTuneSettings } from "./trainingProtocol";

/** A comparison file as the caller has it: the editor's text may be newer than the disk's. */
export interface ComparisonSource {
  /** Absolute path of the file: what it names is looked for beside it. It need not exist. */
  readonly path: string;
  readonly text: string;
  /** Absolute path of the folder that data and prompt files must lie in; the file's own folder when absent. */
  readonly root?: string;
}

/** Parameters of `comparison/plan` and `comparison/run`. */
export interface ComparisonParams {
  readonly source: ComparisonSource;
  /** Absolute path of the model for arms that name none. */
  readonly model: string;
  /** Absolute path of the model store, for models that are named by id. */
  readonly store: string;
  readonly device: DeviceChoice;
  readonly contextLength?: number;
  /** Absolute path of the folder in which the run's own folder is made. */
  readonly runs: string;
  /** Absolute path of a folder for answers that later runs take over; none are kept when absent. */
  readonly cache?: string;
  /** Names of the arms to run; all when absent. */
  readonly arms?: readonly string[];
  /**
   * Models that the comparison file names are looked for in the store alone: one that it names by a path is refused. For a file of a workspace that is
   * not trusted, which may not choose what is loaded; `model` above is the user's own choice. `false` when absent.
   */
  readonly modelsFromStoreOnly?: boolean;
}

/** What a setting of an arm came from: what prompting arms choose from. */
export interface PromptChoice {
  readonly kind: "prompt";
  /** Variant of a prompt file, or the number of the template; null where there is one only. */
  readonly variant: string | null;
  readonly k: number;
  readonly sampler: string;
  /** The scoring rule; null for texts that are written. */
  readonly rule: string | null;
  readonly calibration: string | null;
}

/** What training arms choose from. */
export interface TrainingChoice {
  readonly kind: "finetune";
  /** Their seed is 0: a unit's own takes its place. */
  readonly settings: FineTuneSettings;
}

/** All settings of an arm that something hangs on. */
export type ArmChoice = PromptChoice | TrainingChoice;

/** One answer to one item. */
export interface Prediction {
  /** Number of the item among those of its part that are used, from 0. */
  readonly item: number;
  /** Number of the label or choice, from 0; null for written texts. */
  readonly label: number | null;
  /** Of every label or choice, sums to 1; null for written texts. */
  readonly probabilities: readonly number[] | null;
  /** The written text; null for labels. */
  readonly text: string | null;
  /** Σ ln p of the right text and its tokens (or bytes), for perplexities; null for labels. */
  readonly logprob: number | null;
  readonly tokens: number | null;
  /** Milliseconds. */
  readonly ms: number;
}

/**
 * A piece of work: one arm with one choice of settings and one seed, on the items of one part. Done once: what it gave is kept in the run's
 * folder under its id, and a run that goes on does not do it again.
 */
export interface ComparisonUnit {
  /** Hash of all that its outcome hangs on. */
  readonly id: string;
  /** Number of the arm. */
  readonly arm: number;
  readonly purpose: "choose" | "test" | "labelCurve" | "kCurve";
  readonly choice: ArmChoice;
  /** Labelled items that it may use. */
  readonly labels: number;
  /** Of demonstrations, or of training and of the labels drawn. */
  readonly seed: number;
  readonly split: "dev" | "test";
}

/** What a unit cost. */
export interface UnitCost {
  /** Milliseconds to train; null for prompts. */
  readonly trainMs: number | null;
  /** Milliseconds for an item, the median. */
  readonly itemMs: number;
  /** Bytes that the process had in memory at most meanwhile. */
  readonly peakBytes: number;
  /** Bytes of the tensors that the arm adds to the model: its head, its adapter, or a model of its own; 0 for prompts. */
  readonly addedBytes: number;
  /** Mean tokens of a prompt, or of an item's sequences. */
  readonly itemTokens: number;
}

/** What came of a unit: a line of `units.jsonl`; its predictions are in `predictions/<id>.jsonl`. */
export interface UnitOutcome {
  readonly unit: ComparisonUnit;
  /** Of the file's first metric. */
  readonly score: number;
  readonly cost: UnitCost;
  /** Prompts that were cut or lost demonstrations, or items that were truncated. */
  readonly cut: number;
}

/** How an arm's settings were chosen on dev. */
export interface ArmRecord {
  readonly name: string;
  readonly kind: "prompt" | "head" | "lora" | "full";
  /** Number among `models` of the record. */
  readonly model: number;
  /** Mean of the first metric on dev over the seeds that were tried, by choice; one where there was nothing to choose. */
  readonly tried: readonly { readonly choice: ArmChoice; readonly dev: number | null }[];
  /** Number among `tried`; null until it is known. */
  readonly chosen: number | null;
  readonly seeds: readonly number[];
  readonly labels: number;
  /** How often this arm read test in this run: once, when all goes well. */
  readonly testReads: number;
  /** Folder of the model that was trained with the first seed, relative to the run's; null for prompts, and until there is one. */
  readonly trained: string | null;
}

/** Before and after: what a comparison takes. */
export interface ComparisonCost {
  /** Milliseconds. */
  readonly ms: number;
  /** Bytes of memory at the fullest moment. */
  readonly peakBytes: number;
}

/** What a comparison would do. */
export interface ComparisonPlan {
  readonly task: ComparisonTask;
  readonly labels: readonly string[];
  /** Items that may be learnt from, chosen by and measured with. */
  readonly items: { readonly train: number; readonly dev: number; readonly test: number };
  readonly arms: readonly {
    readonly name: string;
    readonly choices: number;
    readonly units: number;
    readonly ms: number;
  }[];
  readonly units: number;
  readonly estimate: ComparisonCost;
  readonly fits: boolean;
  /** How often this test set was read before, by any comparison of these runs. */
  readonly testReads: number;
  /** Sentences: rows that were left out, few items, and the like. */
  readonly notes: readonly string[];
}

/** Where a comparison stands. */
export type ComparisonState = "running" | "paused" | "completed" | "failed";

/** The record of a comparison, `run.json` in its folder: with it every number can be computed again. */
export interface ComparisonRecord {
  readonly version: 1;
  readonly kind: "comparison";
  readonly id: string;
  readonly name: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly state: ComparisonState;
  readonly reason: string | null;
  /** The file's name, its text at that time, and what was asked for. */
  readonly file: string;
  readonly text: string;
  readonly params: Omit<ComparisonParams, "source"> & { readonly source: Omit<ComparisonSource, "text"> };
  readonly device: string;
  readonly versions: { readonly gptWorkbench: string; readonly onnxruntime: string };
  readonly models: readonly {
    readonly name: string;
    readonly folder: string;
    readonly sha256: string;
    readonly contextLength: number;
  }[];
  /** SHA-256 of data and prompt files, by their path in the file. */
  readonly data: Readonly<Record<string, string>>;
  readonly task: ComparisonTask;
  readonly metrics: readonly ComparisonMetric[];
  /** Names of the labels; none for multiple choice and texts. */
  readonly labels: readonly string[];
  readonly items: ComparisonPlan["items"];
  /** SHA-256 over the contents of the items of test that are used, in their order. */
  readonly testSha256: string;
  /** Reads of this test set before this run. */
  readonly testReadsBefore: number;
  readonly arms: readonly ArmRecord[];
  readonly units: { readonly done: number; readonly total: number };
  readonly estimate: ComparisonCost;
  readonly actual: ComparisonCost;
  readonly notes: readonly string[];
}

/** Streamed while a comparison runs. */
export type ComparisonEvent =
  | { readonly kind: "begin"; readonly folder: string; readonly record: ComparisonRecord }
  | {
      readonly kind: "unit";
      readonly unit: ComparisonUnit;
      /** Items answered, or steps trained, of all. */
      readonly stage: "training" | "answering";
      readonly done: number;
      readonly total: number;
    }
  | { readonly kind: "outcome"; readonly outcome: UnitOutcome; readonly reused: boolean }
  | { readonly kind: "record"; readonly record: ComparisonRecord; readonly leftMs: number | null }
  | { readonly kind: "note"; readonly text: string };

/** An assertion of the file, and whether it holds. */
export interface AssertionOutcome {
  readonly assertion: ComparisonAssertion;
  readonly passed: boolean;
  /** What was found, in a sentence. */
  readonly words: string;
}
