import type { ReportSuspicion } from "../../runtime/comparisonReport";

/** Takes labels that look wrong, to show them as warnings in their files. */
export interface SuspicionSink {
  /** Shows these, in place of those that were shown before. `baseFolder`: absolute; what the paths of the files are relative to. */
  show(baseFolder: string, suspicions: readonly ReportSuspicion[]): void;
}
