/** Requests of the comparison lab: plan, run, report, replay. Platform-free. */
import { ProgressType, RequestType } from "vscode-jsonrpc";
import type {
  ComparisonEvent,
  ComparisonParams,
  ComparisonPlan,
  ComparisonRecord,
  Prediction,
} from "./comparisonRecord";
import type { ComparisonReport, ReportItem } from "./comparisonReport";
import type { RuntimeErrorInfo } from "./errors";
import type { WithProgress } from "./protocol";

/**
 * Result of a run: the report of a completed one, or of the arms that came to their end where others failed; null for one that was paused,
 * or failed before any arm came to its end.
 */
export interface ComparisonResult {
  readonly folder: string;
  readonly record: ComparisonRecord;
  readonly report: ComparisonReport | null;
}

/** Names a run's folder. */
export interface ComparisonFolder {
  /** Absolute path. */
  readonly folder: string;
}

/** Which items of test: those that everything said here holds for; all when nothing is said. Arms are numbers among the report's. */
export interface ItemsFilter {
  /** Only items that the first arm gets right and the second wrong, by most of their seeds. */
  readonly differ?: { readonly right: number; readonly wrong: number };
  /** Only these numbers of items. */
  readonly only?: readonly number[];
  /** Only items that this arm gets wrong, by most of its seeds. */
  readonly wrong?: number;
  /** Only items with this right label to which the arm gave this answer, with any seed: a cell of its confusion. */
  readonly cell?: { readonly arm: number; readonly label: number; readonly answer: number };
  /** Only items that the arm answered with a confidence from `from` on and below `to` (1 included in the last), with any seed: a bin. */
  readonly bin?: { readonly arm: number; readonly from: number; readonly to: number };
}

/** Parameters of `comparison/items`: items of test, as the arms answered them. */
export interface ComparisonItemsParams extends ComparisonFolder, ItemsFilter {
  readonly from: number;
  readonly count: number;
}

/** Some items, of how many. */
export interface ComparisonItems {
  readonly items: readonly ReportItem[];
  readonly total: number;
}

/** Forms of a report as a file; also the endings of such files, but for `junit`, which is XML. */
export const comparisonReportForms = ["html", "md", "csv", "json", "jsonl", "junit"] as const;

/** One of them: a page, the same as text, a row for each arm, all of it, a line for each answer, or a test for each assertion. */
export type ComparisonReportForm = (typeof comparisonReportForms)[number];

/** Parameters of `comparison/export`: the report as a file's text. No path in it is absolute. */
export interface ComparisonExportParams extends ComparisonFolder {
  readonly form: ComparisonReportForm;
  /**
   * Leaves out what items say, words of slices, texts that look wrong and overlaps: for data that may not be published. Lines, labels,
   * probabilities and hashes stay. `false` when absent.
   */
  readonly withoutTexts?: boolean;
}

/** Parameters of `comparison/replay`: one number, computed again. */
export interface ReplayParams extends ComparisonFolder {
  readonly arm: number;
  /** One of the arm's. */
  readonly seed: number;
  /** Number among the items of test. */
  readonly item: number;
}

/** What was recorded, and what came out now. */
export interface Replay {
  readonly recorded: Prediction;
  readonly now: Prediction;
  /** Largest difference between two probabilities; 0 where all agree to the last bit. */
  readonly difference: number;
  readonly same: boolean;
  /** The prompt, as the model got it; null for fine-tuned arms. */
  readonly prompt: string | null;
}

/** What a comparison would do, and take. */
export const comparisonPlanRequest = new RequestType<WithProgress<ComparisonParams>, ComparisonPlan, RuntimeErrorInfo>(
  "comparison/plan",
);
/** Runs a comparison, streaming `ComparisonEvent`s. Cancelled, it is paused, and keeps what it had. */
export const comparisonRunRequest = new RequestType<WithProgress<ComparisonParams>, ComparisonResult, RuntimeErrorInfo>(
  "comparison/run",
);
/** Goes on with a run that was paused, failed, or whose process ended; of one that is complete it gives the result. */
export const comparisonResumeRequest = new RequestType<
  WithProgress<ComparisonFolder>,
  ComparisonResult,
  RuntimeErrorInfo
>("comparison/resume");
/** The stream of the two requests above. */
export const comparisonProgress = new ProgressType<ComparisonEvent>();
/** The report of a completed run, or of the arms that came to their end where others failed. */
export const comparisonReportRequest = new RequestType<
  WithProgress<ComparisonFolder>,
  ComparisonReport,
  RuntimeErrorInfo
>("comparison/report");
/** Items of test, with what the arms say. */
export const comparisonItemsRequest = new RequestType<
  WithProgress<ComparisonItemsParams>,
  ComparisonItems,
  RuntimeErrorInfo
>("comparison/items");
/** The report of a completed run, as the text of a file. */
export const comparisonExportRequest = new RequestType<WithProgress<ComparisonExportParams>, string, RuntimeErrorInfo>(
  "comparison/export",
);
/** Computes one prediction again. */
export const comparisonReplayRequest = new RequestType<WithProgress<ReplayParams>, Replay, RuntimeErrorInfo>(
  "comparison/replay",
);
