/** A comparison with a folder as the panel shows it: under way, ended, or complete with its report. Knows nothing of VS Code. */
import { join } from "node:path";
import type { ComparisonPanelState, ComparisonStatus } from "../../runtime/comparisonPanelProtocol";
import type { ComparisonResult } from "../../runtime/comparisonProtocol";
import type { ComparisonEvent, ComparisonRecord } from "../../runtime/comparisonRecord";
import type { ComparisonReport } from "../../runtime/comparisonReport";
import { type RuntimeErrorInfo, toErrorInfo } from "../../runtime/errors";
import type { WorkProgress } from "../../runtime/protocol";
import type { Clock } from "../clock";
import type { AskOptions } from "./plannedComparison";

/** Notes that are kept, the last ones. */
const keptNotes = 200;

type RunState = Extract<ComparisonPanelState, { kind: "run" }>;

/** Everything of a comparison that is shown. */
export class ShownComparison {
  status: ComparisonStatus;
  failure: RuntimeErrorInfo | null = null;
  report: ComparisonReport | null = null;
  progress: WorkProgress | null = null;
  /** Ends the reading of the report. */
  #abort: AbortController | null = null;
  #unit: RunState["unit"] = null;
  #leftMs: number | null = null;
  #notes: string[] = [];
  /** When the record was told last: time since then counts as work. */
  #toldAt: number | null = null;

  constructor(
    readonly number: number,
    /** Absolute. */
    readonly folder: string,
    public record: ComparisonRecord,
    private readonly clock: Pick<Clock, "now">,
  ) {
    this.status = statusOf(record);
  }

  get title(): string {
    return this.record.name;
  }

  /** Whether it is under way in this window. */
  get active(): boolean {
    return this.status === "running" || this.status === "pausing";
  }

  /** Milliseconds until the end, as far as they can be told. */
  get leftMs(): number | null {
    return this.#leftMs === null ? null : Math.max(0, this.#leftMs - this.#sinceMs);
  }

  /** Absolute folder of the model that an arm (number in the record) trained; null where there is none. */
  trainedModel(arm: number): string | null {
    const trained = this.record.arms[arm]?.trained ?? null;
    return trained === null ? null : join(this.folder, trained);
  }

  /** Takes in an event. */
  hear(event: ComparisonEvent): void {
    switch (event.kind) {
      case "begin":
        if (this.status !== "pausing") this.status = "running";
        this.progress = null;
        this.#takeRecord(event.record, null);
        return;
      case "unit": {
        const { unit, stage, done, total } = event;
        this.#unit = { unit, stage, done, total };
        this.progress = null;
        return;
      }
      case "outcome":
        if (this.#unit?.unit.id === event.outcome.unit.id) this.#unit = null;
        return;
      case "record":
        this.#takeRecord(event.record, event.leftMs);
        return;
      case "note":
        if (!this.#notes.includes(event.text)) this.#notes = [...this.#notes, event.text].slice(-keptNotes);
        return;
      default:
        event satisfies never;
    }
  }

  /** Asks for the report of a run that is complete, unless it is there or asked for already. Gives it when it came. Never throws. */
  async readReport(
    ask: (options: AskOptions) => Promise<ComparisonReport>,
    changed: () => void,
  ): Promise<ComparisonReport | null> {
    if (this.status !== "completed" || this.report || this.#abort) return null;
    const abort = new AbortController();
    this.#abort = abort;
    this.failure = null;
    const onProgress = (progress: WorkProgress) => {
      this.progress = progress;
      changed();
    };
    try {
      this.report = await ask({ signal: abort.signal, onProgress });
    } catch (error) {
      if (!abort.signal.aborted) this.failure = toErrorInfo(error);
    }
    this.#abort = null;
    this.progress = null;
    return this.report;
  }

  /** Its report is not needed any more, if it is being read. */
  leave(): void {
    this.#abort?.abort();
  }

  /** It is over, or was all along. */
  finish({ record, report }: Pick<ComparisonResult, "record" | "report">): void {
    this.#end(record);
    this.report = report;
    this.failure = null;
    this.status = statusOf(record);
  }

  /** Its request failed; `record` is what its folder says now, null where that could not be read. */
  fail(failure: RuntimeErrorInfo | null, record: ComparisonRecord | null): void {
    this.#end(record ?? this.record);
    this.failure = failure;
    this.status = record === null && failure?.code !== "runtimeExited" ? "failed" : statusOf(this.record);
  }

  /** It is to be gone on with. */
  again(): void {
    this.status = "running";
    this.failure = null;
    this.#toldAt = this.clock.now();
  }

  /** What the panel is told. `busy` names other work that must end before this one can go on. */
  view(busy: string | null): ComparisonPanelState {
    const { number: shown, title, folder, report, progress, failure, status, record } = this;
    if (status === "completed") return { kind: "report", shown, title, folder, report, progress, failure };
    return {
      kind: "run",
      ...{ shown, title, folder, status, record, progress, failure, busy },
      unit: this.#unit,
      elapsedMs: record.actual.ms + this.#sinceMs,
      leftMs: this.leftMs,
      notes: [...new Set([...record.notes, ...this.#notes])],
    };
  }

  get #sinceMs(): number {
    return this.active && this.#toldAt !== null ? this.clock.now() - this.#toldAt : 0;
  }

  #takeRecord(record: ComparisonRecord, leftMs: number | null): void {
    this.record = record;
    this.#leftMs = leftMs;
    this.#toldAt = this.clock.now();
  }

  #end(record: ComparisonRecord): void {
    this.record = record;
    this.#unit = null;
    this.#leftMs = null;
    this.#toldAt = null;
    this.progress = null;
  }
}

/** A record that says `running` while nobody runs it is of a process that ended. */
function statusOf({ state }: Pick<ComparisonRecord, "state">): ComparisonStatus {
  return state === "running" ? "interrupted" : state;
}
