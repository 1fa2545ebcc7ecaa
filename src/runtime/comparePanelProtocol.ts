/**
 * Messages between the extension host and the compare panel of the prompt lab, as values for `vscode-messenger`. The host owns the run: a
 * hidden panel receives no messages, so it asks again with `compareReady` when it is shown. Inputs and cells come in batches; what only
 * one cell's details need is asked for when they are opened. Imports only types.
 */
import type { NotificationType, RequestType } from "vscode-messenger-common";
import type { PanelAnswer } from "./analysisPanelProtocol";
import type { AlignedTokens } from "./analysisProtocol";
import type { PromptCell, PromptPreview, RunItem, VariantSummary } from "./promptProtocol";
import type { RuntimeErrorInfo, ScoredToken } from "./protocol";

/** How a run is. */
export type CompareStatus =
  | {
      /** Before the first cell. */
      readonly kind: "preparing";
      readonly message: string;
      /** 0 to 1; absent when unknown. */
      readonly fraction?: number;
    }
  | { readonly kind: "running" }
  /** Some cells are missing; the run can be resumed. */
  | { readonly kind: "stopped" }
  | { readonly kind: "complete" }
  | { readonly kind: "failed"; readonly error: RuntimeErrorInfo };

/** A column of the grid. */
export interface CompareVariant {
  readonly name: string;
  /** The rule by which its answers are chosen, with its calibration, or `generate`. */
  readonly rule: string;
}

/** What the panel shows, but for inputs and cells. */
export type CompareHeader =
  | { readonly kind: "empty" }
  | {
      readonly kind: "run";
      /** Tells one run that was shown from the next. */
      readonly run: number;
      readonly title: string;
      /** Folders of the run, or of the two runs that are compared; empty while nothing is stored. */
      readonly folders: readonly string[];
      /** Names and devices of the models; several where two runs are compared that had different ones. */
      readonly models: readonly { readonly name: string; readonly device: string }[];
      readonly task: string;
      /** When it was begun, as ISO 8601; null while it is not stored. */
      readonly startedAt: string | null;
      readonly variants: readonly CompareVariant[];
      readonly items: number;
      /** Cells that there are, and that there will be. */
      readonly done: number;
      readonly total: number;
      /** Milliseconds since the run began, or that it took. */
      readonly elapsedMs: number;
      readonly status: CompareStatus;
      /** Rows that were left out, and the like; sentences. */
      readonly notes: readonly string[];
      /** By variant; of the cells so far while it runs. */
      readonly summaries: readonly VariantSummary[];
      /** Whether it can be run again: not where two runs are compared. */
      readonly repeatable: boolean;
    };

/** A cell, as the grid shows it. */
export interface CellBrief {
  readonly variant: number;
  readonly item: number;
  /** The chosen label or choice, or the text that was written; cut where it is long. */
  readonly output: string;
  /** The right answer; null when the input has none. */
  readonly gold: string | null;
  readonly correct: boolean | null;
  /** Answers that were compared, and the share of each, after calibration where there is one; null for free answers. */
  readonly answers: readonly string[] | null;
  readonly shares: readonly number[];
  /** Beginning of a text that was written, with the surprisal of each token, bits. */
  readonly tokens: readonly { readonly text: string; readonly bytes?: string; readonly bits: number }[];
  readonly logprob: number | null;
  readonly logprobTokens: number;
  readonly ms: number;
  readonly cached: boolean;
  /** Whether demonstrations were left out, or the prompt's beginning was cut, to fit the context. */
  readonly shortened: boolean;
}

/** What the user thinks of a cell. */
export interface CellMark {
  readonly variant: number;
  readonly item: number;
  readonly rating: "good" | "bad" | null;
  /** Empty for none. */
  readonly note: string;
  readonly pinned: boolean;
}

/** Inputs, in order, some at a time. */
export interface ItemBatch {
  readonly run: number;
  readonly from: number;
  readonly items: readonly RunItem[];
}

/** Cells, in any order; one that came before is replaced. */
export interface CellBatch {
  readonly run: number;
  readonly cells: readonly CellBrief[];
}

/** All marks of the run. */
export interface MarkList {
  readonly run: number;
  readonly marks: readonly CellMark[];
}

/** Which cell a question or a button is about. */
export interface CellAddress {
  readonly run: number;
  readonly variant: number;
  readonly item: number;
}

/** Everything about a cell. */
export interface CellDetail {
  readonly cell: PromptCell;
  readonly item: RunItem;
  /** The prompt, put together anew; null when that failed. */
  readonly preview: PromptPreview | null;
  /** Why it failed; null when it did not. */
  readonly problem: RuntimeErrorInfo | null;
}

/** A cell that was computed again, without the cache. */
export interface Reproduction {
  readonly cell: PromptCell;
  /** The same output and the same log-probabilities, bit for bit. */
  readonly identical: boolean;
  readonly sameOutput: boolean;
  /** Largest difference of two log-probabilities, nats; null where there are none to compare. */
  readonly difference: number | null;
  /** What is not as it was when the cell was first computed: the model, a data file; sentences. */
  readonly changed: readonly string[];
}

/** Two variants of one input. */
export interface DifferenceQuestion extends CellAddress {
  /** The other variant. */
  readonly other: number;
}

/** Prompts and answers of two variants for one input, scored as texts and aligned. */
export interface CellDifference {
  /** The answer that is scored after both prompts: the right one, or what each of them wrote. */
  readonly answers: readonly [string, string];
  readonly prompts: readonly [string, string];
  readonly a: readonly ScoredToken[];
  readonly b: readonly ScoredToken[];
  /** Covers every token of both sides once. */
  readonly alignment: readonly AlignedTokens[];
  /** First token of the answer on each side. */
  readonly answerFrom: readonly [number, number];
}

/** Host → panel: what is shown. A new `run` forgets inputs, cells and marks. */
export const showComparison: NotificationType<CompareHeader> = { method: "compare/show" };
/** Host → panel: inputs. */
export const addItems: NotificationType<ItemBatch> = { method: "compare/items" };
/** Host → panel: cells. */
export const addCells: NotificationType<CellBatch> = { method: "compare/cells" };
/** Host → panel: all marks. */
export const showMarks: NotificationType<MarkList> = { method: "compare/marks" };

/** Panel → host: loaded; send everything. */
export const compareReady: NotificationType<void> = { method: "compare/ready" };
/** Panel → host: stop the run. */
export const stopRun: NotificationType<void> = { method: "compare/stop" };
/** Panel → host: go on with a run that was stopped; what it had comes from the cache. */
export const resumeRun: NotificationType<void> = { method: "compare/resume" };
/** Panel → host: run the prompt file again, as it is now. */
export const runAgain: NotificationType<void> = { method: "compare/again" };
/** Panel → host: open the prompt file, as it was when the run was stored. */
export const openPromptFile: NotificationType<void> = { method: "compare/openFile" };
/** Panel → host: rate, note or pin a cell. */
export const markCell: NotificationType<{ readonly run: number; readonly mark: CellMark }> = { method: "compare/mark" };
/** Panel → host: show a cell's prompt and answer in the inspector, its segments named. */
export const inspectCell: NotificationType<CellAddress> = { method: "compare/inspect" };

/** Panel → host: everything about a cell. */
export const askDetail: RequestType<CellAddress, PanelAnswer<CellDetail>> = { method: "compare/detail" };
/** Panel → host: compute a cell again, without the cache. */
export const askReproduction: RequestType<CellAddress, PanelAnswer<Reproduction>> = { method: "compare/reproduce" };
/** Panel → host: where two variants' log-probabilities differ. */
export const askDifference: RequestType<DifferenceQuestion, PanelAnswer<CellDifference>> = {
  method: "compare/difference",
};
