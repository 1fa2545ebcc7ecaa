/** What the views of a report are drawn from. */
import type { ComparisonReportForm } from "../../runtime/comparisonProtocol";
import type { ComparisonReport } from "../../runtime/comparisonReport";
import type { Ask } from "../shared/asking";
import type { NumberFormats } from "../shared/format";
import type { ItemsView, ReportOptions } from "./options";

/** What the page's buttons do. `shown` is that of the state. */
export interface ComparisonActions {
  readonly ask: Ask;
  start(shown: number): void;
  pause(shown: number): void;
  resume(shown: number): void;
  repeat(shown: number): void;
  openFile(shown: number): void;
  exportReport(shown: number, form: ComparisonReportForm): void;
  openData(shown: number, file: string, line: number): void;
  showSuspicions(shown: number): void;
  useTrained(shown: number, arm: number): void;
  openLog(): void;
  copyText(text: string): void;
  changeOptions(options: ReportOptions): void;
}

/** A report, and how it is shown. */
export interface ReportContext {
  readonly report: ComparisonReport;
  readonly shown: number;
  readonly options: ReportOptions;
  readonly actions: ComparisonActions;
  readonly formats: NumberFormats;
  readonly language: string;
  /** Shows items, and goes there; back leads to where the page was. */
  browse(view: ItemsView): void;
}
