/** Requests of the prompt lab: previews, runs, sensitivity, token-level lint. Platform-free. */
import { ProgressType, RequestType } from "vscode-jsonrpc";
import type { Segment } from "./analysisProtocol";
import type { RuntimeErrorInfo } from "./errors";
import type { FieldValue, Item } from "./prompt/promptFile";
import type { PromptProblem } from "./prompt/promptText";
import type { ModelInfo, ModelReference, Priority, ScoredToken, WithProgress } from "./protocol";

/** A prompt file as the caller has it: the editor's text may be newer than the disk's. */
export interface PromptSource {
  /** Absolute path of the prompt file: data files are looked for beside it. It need not exist. */
  readonly path: string;
  readonly text: string;
  /** Absolute path of the folder that data files must lie in; the prompt file's own folder when absent. */
  readonly root?: string;
}

/** What a run changes of its file. */
export interface PromptOverrides {
  /** Names of variants; all when absent. */
  readonly variants?: readonly string[];
  /** Inputs instead of the file's. */
  readonly items?: readonly Item[];
  /** Data file instead of the file's input: absolute path. */
  readonly data?: string;
  /** Demonstrations for every variant instead of its own K. */
  readonly k?: number;
  /** Seed of the demonstrations, instead of the file's. */
  readonly seed?: number;
  /** Inputs to take, from the first one. */
  readonly limit?: number;
  /** Numbers of inputs, from 0, to take of them; all when absent. */
  readonly only?: readonly number[];
  /** Take data sets with bad rows, without these rows. */
  readonly skipBadRows?: boolean;
}

/** Parameters of `prompt/preview`. */
export interface PromptPreviewParams {
  readonly model: ModelReference;
  readonly source: PromptSource;
  readonly overrides?: PromptOverrides;
  /** Number of the variant among those chosen, and of the input. */
  readonly variant: number;
  readonly item: number;
}

/** A part of a prompt. */
export interface PromptSegment extends Segment {
  readonly kind: "instruction" | "demonstration" | "label" | "query";
  /** Place in the prompt, UTF-16 code units. */
  readonly from: number;
  readonly to: number;
}

/** A prompt, put together and counted, before anything is computed. */
export interface PromptPreview {
  readonly model: ModelInfo;
  readonly variant: string;
  /** Up to the answer, without the white space in front of it. */
  readonly prompt: string;
  /** In the order of the text; labels lie inside their demonstrations. `start` and `end` count tokens. */
  readonly segments: readonly PromptSegment[];
  readonly promptTokens: number;
  /** Tokens that the answer may take. */
  readonly answerTokens: number;
  readonly contextTokens: number;
  /** Demonstrations that were left out because they do not fit, the farthest from the query first. */
  readonly dropped: number;
  /** Tokens cut off the prompt's beginning because even without demonstrations it does not fit. */
  readonly truncated: number;
  /** Numbers of the demonstrations in their pool, in the order of the prompt. */
  readonly demonstrations: readonly number[];
  /** Texts that are compared, with the white space in front; empty for free answers. */
  readonly candidates: readonly string[];
  readonly item: Item;
}

/** What the model says of one candidate answer. */
export interface Candidate {
  /** The label, or the choice. */
  readonly answer: string;
  /** The texts that stand for it, with their white space. */
  readonly words: readonly { readonly text: string; readonly logprob: number; readonly tokens: number }[];
  /** By the rule of the cell: natural log, higher is better. For several words, the ln of the sum of their probabilities. */
  readonly score: number;
  /** Share among the candidates, by `score`, before calibration. */
  readonly probability: number;
  /** The same after calibration; absent when there is none. */
  readonly calibrated?: number;
}

/** The answer to one input under one variant. */
export interface PromptCell {
  /** Numbers among the run's variants and inputs. */
  readonly variant: number;
  readonly item: number;
  /** Null for free answers. */
  readonly candidates: readonly Candidate[] | null;
  /** The chosen label or choice (its number, as text, when choices are texts of the input), or the text that was written. */
  readonly output: string;
  /** Tokens of a text that was written, with their predictions; empty for choices. */
  readonly tokens: readonly ScoredToken[];
  /** The right answer; null when the input has none. */
  readonly gold: string | null;
  /** Whether `output` is right: the same label or choice; for texts the same but for white space around them. Null without `gold`. */
  readonly correct: boolean | null;
  /** Σ ln p of the right answer (its most probable word), or of the text that was written when there is none. */
  readonly logprob: number | null;
  /** Tokens that `logprob` sums over. */
  readonly logprobTokens: number;
  readonly promptTokens: number;
  /** Demonstrations in the prompt, and how many more were left out. */
  readonly shots: number;
  readonly dropped: number;
  readonly truncated: number;
  readonly ms: number;
  readonly cached: boolean;
}

/** A variant's cells, summed up. */
export interface VariantSummary {
  readonly name: string;
  /** The rule by which its answers are chosen, with its calibration, or `generate`. */
  readonly rule: string;
  readonly cells: number;
  /** Cells with a right answer known, and how many of them are right. */
  readonly judged: number;
  readonly correct: number;
  /** correct / judged with its 95 % Wilson interval; null when nothing is judged. */
  readonly accuracy: { readonly value: number; readonly low: number; readonly high: number } | null;
  /** Mean over the cells that have one, nats per token. */
  readonly meanLogprob: number | null;
  readonly promptTokens: number;
  readonly ms: number;
  /** Label → how probable it is with no input, and how often it was chosen; null for free answers. `prior` is null without calibration. */
  readonly bias: readonly { readonly label: string; readonly prior: number | null; readonly chosen: number }[] | null;
  /** Mean probability of the chosen answer less the accuracy (overconfidence); null where it is not defined. */
  readonly overconfidence: number | null;
}

/** Parameters of `prompt/run`. */
export interface PromptRunParams {
  readonly model: ModelReference;
  readonly source: PromptSource;
  readonly overrides?: PromptOverrides;
  readonly priority?: Priority;
  /** Absolute path of a folder for cells that later runs take over; none are kept when absent. */
  readonly cache?: string;
  /** Absolute path of the folder in which the run's own folder is made; no record is written when absent. */
  readonly runs?: string;
}

/** An input of a run, as panels show it. */
export interface RunItem {
  /** Its fields but the right answer, as text; long ones are cut. */
  readonly fields: Readonly<Record<string, string>>;
  readonly gold: string | null;
}

/** Streamed while `prompt/run` runs. */
export type PromptRunEvent =
  | {
      readonly kind: "begin";
      readonly model: ModelInfo;
      readonly task: string;
      readonly variants: readonly { readonly name: string; readonly rule: string }[];
      readonly total: number;
      /** Rows that were left out, and the like; sentences. */
      readonly notes: readonly string[];
    }
  /** Inputs, in order, some hundred at a time. */
  | { readonly kind: "items"; readonly from: number; readonly items: readonly RunItem[] }
  | { readonly kind: "cells"; readonly cells: readonly PromptCell[] };

/** The record of a run, also `run.json`: with it every cell can be computed again. */
export interface RunRecord {
  readonly version: 1;
  readonly id: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** The prompt file's name, and its text at that time. */
  readonly file: string;
  readonly text: string;
  readonly overrides: PromptOverrides;
  readonly model: {
    readonly name: string;
    readonly folder: string;
    /** SHA-256 over configuration, tokenizer and weights. */
    readonly sha256: string;
    readonly device: string;
    readonly contextLength: number;
  };
  /** SHA-256 of every data file, by its path in the prompt file. */
  readonly data: Readonly<Record<string, string>>;
  readonly versions: { readonly gptWorkbench: string; readonly onnxruntime: string };
  readonly task: string;
  readonly items: number;
  readonly variants: readonly VariantSummary[];
  readonly complete: boolean;
  readonly elapsedMs: number;
}

/** Result of `prompt/run`. A cancelled run keeps what it had; run again with the same cache, it goes on. */
export interface PromptRunResult {
  readonly record: RunRecord;
  /** Absolute path of the run's folder; null when no record was asked for. */
  readonly folder: string | null;
  /** Final cells that differ from those streamed: with batch calibration they are known at the end. */
  readonly recalibrated: readonly PromptCell[];
}

/** Parameters of `prompt/lint`: the hazards that only a tokenizer sees. */
export interface PromptLintParams {
  readonly model: ModelReference;
  readonly source: PromptSource;
}

/** What the sensitivity of a prompt is measured over. */
export type SensitivityAxis = "order" | "demonstrations" | "labelWords" | "template";

/** Parameters of `prompt/sensitivity`. */
export interface SensitivityParams {
  readonly model: ModelReference;
  readonly source: PromptSource;
  readonly overrides?: PromptOverrides;
  /** Name of the variant; the first when absent. For `template` all variants are compared. */
  readonly variant?: string;
  readonly axis: SensitivityAxis;
  /** Most arrangements to try; all K! orders when they are no more than this. */
  readonly samples: number;
  readonly seed: number;
}

/** One arrangement, and how well it did. */
export interface SensitivityArm {
  /** The order, the demonstrations' numbers, the label words or the variant's name, in words. */
  readonly name: string;
  /** Accuracy where right answers are known, otherwise mean log-probability per token of the chosen answer. */
  readonly value: number;
  /** Numbers of demonstrations in their pool, in order; empty for the other axes. */
  readonly demonstrations: readonly number[];
}

/** Result of `prompt/sensitivity`. */
export interface Sensitivity {
  readonly axis: SensitivityAxis;
  readonly metric: "accuracy" | "logprob";
  readonly items: number;
  /** Whether every arrangement was tried. */
  readonly exhaustive: boolean;
  readonly arms: readonly SensitivityArm[];
  readonly best: number;
  readonly worst: number;
  readonly mean: number;
  /** Sample standard deviation; 0 for one arm. */
  readonly sd: number;
  /** Mean of the arms with a demonstration less that of the arms without it, or first against last place for `order`. */
  readonly influence: readonly { readonly demonstration: number; readonly text: string; readonly effect: number }[];
  readonly elapsedMs: number;
}

/** A problem with rows of a data file. */
export interface DataProblem {
  readonly file: string;
  /** From 1; the header of CSV is line 1. */
  readonly line: number;
  readonly message: string;
}

/** Puts one prompt together, and counts it. */
export const promptPreviewRequest = new RequestType<WithProgress<PromptPreviewParams>, PromptPreview, RuntimeErrorInfo>(
  "prompt/preview",
);
/** Runs variants over inputs, streaming `PromptRunEvent`s. */
export const promptRunRequest = new RequestType<WithProgress<PromptRunParams>, PromptRunResult, RuntimeErrorInfo>(
  "prompt/run",
);
/** The stream of `promptRunRequest`. */
export const promptRunProgress = new ProgressType<PromptRunEvent>();
/** Token hazards of a prompt file. */
export const promptLintRequest = new RequestType<
  WithProgress<PromptLintParams>,
  readonly PromptProblem[],
  RuntimeErrorInfo
>("prompt/lint");
/** How much a prompt's success hangs on what should not matter. */
export const promptSensitivityRequest = new RequestType<WithProgress<SensitivityParams>, Sensitivity, RuntimeErrorInfo>(
  "prompt/sensitivity",
);

export type { FieldValue, Item };
