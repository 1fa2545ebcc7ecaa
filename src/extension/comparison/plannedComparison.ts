/** A comparison before it has a folder, as the panel shows it. Knows nothing of VS Code. */
import { basename } from "node:path";
import type { ComparisonPanelState } from "../../runtime/comparisonPanelProtocol";
import type { ComparisonPlan, ComparisonSource } from "../../runtime/comparisonRecord";
import type { RuntimeErrorInfo, WorkProgress } from "../../runtime/protocol";

/** A comparison file as the lab is given it. */
export type PlannedSource = Pick<ComparisonSource, "path" | "text">;

/** What is asked for, and what it would take. */
export class PlannedComparison {
  plan: ComparisonPlan | null = null;
  progress: WorkProgress | null = null;
  failure: RuntimeErrorInfo | null = null;
  /** It was asked to run, and begins. */
  starting = false;
  /** Ends the working out under way. */
  abort: AbortController | null = null;

  constructor(
    readonly number: number,
    readonly source: PlannedSource,
    /** Names of the arms to run; all when undefined. */
    readonly arms: readonly string[] | undefined,
  ) {}

  /** The file's name without its ending. */
  get title(): string {
    return basename(this.source.path).replace(/\.compare\.ya?ml$/i, "");
  }

  /** Whether nobody has said yet what it would take, nor why that cannot be said. */
  get open(): boolean {
    return this.plan === null && this.failure === null && this.abort === null && !this.starting;
  }

  /** Ends the working out under way. */
  leave(): void {
    this.abort?.abort();
    this.abort = null;
    this.progress = null;
  }

  /** What the panel is told. `busy` names other work that must end first. */
  view(busy: string | null): Extract<ComparisonPanelState, { kind: "plan" }> {
    const { number: shown, title, plan, progress, failure, starting } = this;
    return { kind: "plan", shown, title, plan, progress, failure, busy, starting };
  }
}
