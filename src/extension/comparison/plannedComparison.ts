/** A comparison before it has a folder, as the panel shows it. Knows nothing of VS Code. */
import { basename } from "node:path";
import type { ComparisonPanelState } from "../../runtime/comparisonPanelProtocol";
import type { ComparisonPlan, ComparisonSource } from "../../runtime/comparisonRecord";
import { CancelledError, type RuntimeErrorInfo, toErrorInfo } from "../../runtime/errors";
import type { WorkProgress } from "../../runtime/protocol";
import type { CallOptions } from "../runtimeClient";

/** A comparison file as the lab is given it. */
export type PlannedSource = Pick<ComparisonSource, "path" | "text">;

/** What a question that takes a while is asked with. */
export type AskOptions = Pick<CallOptions, "signal" | "onProgress">;

/** What is asked for, and what it would take. */
export class PlannedComparison {
  plan: ComparisonPlan | null = null;
  progress: WorkProgress | null = null;
  failure: RuntimeErrorInfo | null = null;
  /** It was asked to run, and begins. */
  starting = false;
  /** Ends the working out under way. */
  #abort: AbortController | null = null;

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

  /** Asks what it would take, unless that is known or asked already. Calls `changed` when the progress is another. Never throws. */
  async workOut(ask: (options: AskOptions) => Promise<ComparisonPlan>, changed: () => void): Promise<void> {
    if (this.plan || this.failure || this.#abort || this.starting) return;
    const abort = new AbortController();
    this.#abort = abort;
    const onProgress = (progress: WorkProgress) => {
      if (this.#abort !== abort) return;
      this.progress = progress;
      changed();
    };
    try {
      const plan = await ask({ signal: abort.signal, onProgress });
      if (this.#abort === abort) this.plan = plan;
    } catch (error) {
      if (this.#abort === abort && !(error instanceof CancelledError)) this.failure = toErrorInfo(error);
    }
    if (this.#abort === abort) this.leave();
  }

  /** Ends the working out under way. */
  leave(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.progress = null;
  }

  /** What the panel is told. `busy` names other work that must end first. */
  view(busy: string | null): Extract<ComparisonPanelState, { kind: "plan" }> {
    const { number: shown, title, plan, progress, failure, starting } = this;
    return { kind: "plan", shown, title, plan, progress, failure, busy, starting };
  }
}
