/**
 * Messages between the extension host and the comparison panel, as values for `vscode-messenger`. The host owns the comparison: a hidden panel
 * receives no messages, so it asks again with `comparisonReady` when it is shown. A report comes whole; items and replays are asked for when
 * they are looked at. Imports only types.
 */
import type { NotificationType, RequestType } from "vscode-messenger-common";
import type { PanelAnswer } from "./analysisPanelProtocol";
import type { ComparisonItems, ComparisonReportForm, ItemsFilter, Replay } from "./comparisonProtocol";
import type { ComparisonPlan, ComparisonRecord, ComparisonUnit } from "./comparisonRecord";
import type { ComparisonReport } from "./comparisonReport";
import type { RuntimeErrorInfo } from "./errors";
import type { WorkProgress } from "./protocol";

/** How a comparison is. `interrupted`: its process ended before it did. */
export type ComparisonStatus = "running" | "pausing" | "paused" | "completed" | "failed" | "interrupted";

/** What the panel shows. */
export type ComparisonPanelState =
  | { readonly kind: "empty" }
  /** Before there is a folder: what is asked for, and what it would take. */
  | {
      readonly kind: "plan";
      readonly shown: number;
      readonly title: string;
      /** Null while it is worked out, with how far that is. */
      readonly plan: ComparisonPlan | null;
      readonly progress: WorkProgress | null;
      readonly failure: RuntimeErrorInfo | null;
      /** Name of a comparison or training that is under way, which must end before this one can begin. */
      readonly busy: string | null;
      /** It was asked to run, and begins. */
      readonly starting: boolean;
    }
  /** A run that is under way, or ended without a report. */
  | {
      readonly kind: "run";
      /** Tells what was shown from what is shown next. */
      readonly shown: number;
      readonly title: string;
      /** Absolute. */
      readonly folder: string;
      readonly status: Exclude<ComparisonStatus, "completed">;
      readonly record: ComparisonRecord;
      /** What is worked on, and how far it is: items answered or steps trained. */
      readonly unit: {
        readonly unit: ComparisonUnit;
        readonly stage: "training" | "answering";
        readonly done: number;
        readonly total: number;
      } | null;
      /** What is done before the first unit, or between units: loading, reading. */
      readonly progress: WorkProgress | null;
      /** Milliseconds of work so far, and those that are left; null while that is not known. */
      readonly elapsedMs: number;
      readonly leftMs: number | null;
      readonly notes: readonly string[];
      readonly failure: RuntimeErrorInfo | null;
      readonly busy: string | null;
    }
  /** One that is complete. */
  | {
      readonly kind: "report";
      readonly shown: number;
      readonly title: string;
      /** Absolute. */
      readonly folder: string;
      /** Null while it is put together. */
      readonly report: ComparisonReport | null;
      readonly progress: WorkProgress | null;
      readonly failure: RuntimeErrorInfo | null;
    };

/** Some items of test. `shown` is that of the state. */
export interface ItemsQuestion extends ItemsFilter {
  readonly shown: number;
  readonly from: number;
  readonly count: number;
}

/** One number, computed again. `arm` is the record's number of the arm. */
export interface ReplayQuestion {
  readonly shown: number;
  readonly arm: number;
  readonly seed: number;
  readonly item: number;
}

/** A line of a data file, as the comparison names it. */
export interface DataPlace {
  readonly shown: number;
  readonly file: string;
  readonly line: number;
}

/** Host → panel: what is shown. */
export const showComparisonState: NotificationType<ComparisonPanelState> = { method: "comparison/show" };
/** Host → panel: how far the replay under way is. */
export const replayProgress: NotificationType<WorkProgress> = { method: "comparison/replayProgress" };

/** Panel → host: loaded; send everything. */
export const comparisonReady: NotificationType<void> = { method: "comparison/ready" };
/** Panel → host: run what is planned. */
export const startComparison: NotificationType<{ readonly shown: number }> = { method: "comparison/start" };
/** Panel → host: pause the run under way. */
export const pauseComparison: NotificationType<{ readonly shown: number }> = { method: "comparison/pause" };
/** Panel → host: go on with the run that is shown. */
export const resumeComparison: NotificationType<{ readonly shown: number }> = { method: "comparison/resume" };
/** Panel → host: run its file again, as it is now. */
export const repeatComparison: NotificationType<{ readonly shown: number }> = { method: "comparison/repeat" };
/** Panel → host: open the comparison file, as it was when the run began. */
export const openComparisonFile: NotificationType<{ readonly shown: number }> = { method: "comparison/openFile" };
/** Panel → host: write the report as a file, or open it in the browser (`html`). */
export const exportReport: NotificationType<{ readonly shown: number; readonly form: ComparisonReportForm }> = {
  method: "comparison/export",
};
/** Panel → host: show a line of a data file in an editor. */
export const openDataPlace: NotificationType<DataPlace> = { method: "comparison/openData" };
/** Panel → host: show the labels that look wrong as warnings in their files, where a quick fix mends them. */
export const showSuspicions: NotificationType<{ readonly shown: number }> = { method: "comparison/suspicions" };
/** Panel → host: use the model that an arm trained (number in the record) as the window's classifier. */
export const useTrainedArm: NotificationType<{ readonly shown: number; readonly arm: number }> = {
  method: "comparison/useTrained",
};

/** Panel → host: items of test. */
export const askItems: RequestType<ItemsQuestion, PanelAnswer<ComparisonItems>> = { method: "comparison/items" };
/** Panel → host: compute one prediction again. */
export const askReplay: RequestType<ReplayQuestion, PanelAnswer<Replay>> = { method: "comparison/replay" };
