/** What the comparison lab works with. Knows nothing of VS Code. */
import type { ComparisonReportForm } from "../../runtime/comparisonProtocol";
import type { ComparisonParams, ComparisonRecord } from "../../runtime/comparisonRecord";
import type { RuntimeErrorInfo } from "../../runtime/errors";
import type { Clock } from "../clock";
import type { Logger } from "../logger";
import type { RunFiles } from "../promptLab/runFolder";
import type { ComparisonClient } from "./comparisonClient";
import type { PlannedSource } from "./plannedComparison";
import type { ShownComparison } from "./shownComparison";

/** A report as the text of a file. */
export interface ReportFile {
  readonly name: string;
  readonly form: ComparisonReportForm;
  readonly text: string;
}

/** How work ended. `run` is null for what failed before it had a folder. */
export interface EndedComparison {
  readonly title: string;
  readonly run: ShownComparison | null;
  readonly failure: RuntimeErrorInfo | null;
}

/** What the lab needs of the window. */
export interface ComparisonHost {
  /** Parameters by the settings. Throws what is wrong with them, and `invalidRequest` for models that this workspace may not name. */
  params(source: PlannedSource, arms: readonly string[] | undefined): Promise<ComparisonParams>;
  /** Throws `invalidRequest` for a stored run whose models and folders this workspace may not name. */
  checkStored(record: ComparisonRecord): Promise<void>;
  /** The text of a file as it is now, in an editor or on disk; null when it is gone. */
  currentText(path: string): Promise<string | null>;
  /** Name of other long work that is under way in this window, a training; null when there is none. */
  other(): string | null;
  /** Shows the panel. */
  reveal(): void;
  /** Remembers the folder of the run under way, for the window that comes after this one; null when there is none. */
  remember(folder: string | null): void;
  /** Work that the user began is over. */
  ended(end: EndedComparison): void;
  /** Asks where to write a report, and writes it. */
  save(file: ReportFile): Promise<void>;
}

/** What the lab works with. */
export interface ComparisonParts {
  readonly client: Pick<ComparisonClient, "plan" | "run" | "resume" | "report" | "items" | "export" | "replay">;
  readonly files: Pick<RunFiles, "read">;
  readonly host: ComparisonHost;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How `plan` is to go on. */
export interface PlanOptions {
  /** Begin at once. */
  readonly start?: boolean;
  /** Names of the arms to run; all when absent. */
  readonly arms?: readonly string[];
}

/** The comparison under way. */
export interface RunningComparison {
  readonly title: string;
  /** Null while it has none yet. */
  readonly folder: string | null;
  /** Units of work; the total is 0 while it is not known. */
  readonly done: number;
  readonly total: number;
  /** Milliseconds; null while that is not known. */
  readonly leftMs: number | null;
}
