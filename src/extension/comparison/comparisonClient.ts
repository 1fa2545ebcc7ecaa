/** The comparison lab, in the process of long work. Knows nothing of VS Code. */
import {
  type ComparisonExportParams,
  type ComparisonFolder,
  type ComparisonItems,
  type ComparisonItemsParams,
  type ComparisonResult,
  comparisonExportRequest,
  comparisonItemsRequest,
  comparisonPlanRequest,
  comparisonReplayRequest,
  comparisonReportRequest,
  comparisonResumeRequest,
  comparisonRunRequest,
  type Replay,
  type ReplayParams,
} from "../../runtime/comparisonProtocol";
import type { ComparisonEvent, ComparisonParams, ComparisonPlan } from "../../runtime/comparisonRecord";
import type { ComparisonReport } from "../../runtime/comparisonReport";
import type { Event } from "../emitter";
import type { IdleRuntime } from "../idleRuntime";
import type { CallOptions } from "../runtimeClient";

/** Requests of comparisons. All methods throw as `RuntimeClient.request`. */
export class ComparisonClient {
  constructor(private readonly runtime: Pick<IdleRuntime, "ask" | "onDidCrash">) {}

  /** Fires with the reason when the process ended unasked. */
  get onDidCrash(): Event<string> {
    return this.runtime.onDidCrash;
  }

  /** What a comparison would do, and take. */
  plan(params: ComparisonParams, options: CallOptions = {}): Promise<ComparisonPlan> {
    return this.runtime.ask(comparisonPlanRequest, params, options);
  }

  /** Runs a comparison, streaming to `options.onEvent`. Cancelled by `options.signal`, it is paused. */
  run(params: ComparisonParams, options: CallOptions<ComparisonEvent>): Promise<ComparisonResult> {
    return this.runtime.ask(comparisonRunRequest, params, options);
  }

  /** Goes on with a comparison, streaming to `options.onEvent`. */
  resume(params: ComparisonFolder, options: CallOptions<ComparisonEvent>): Promise<ComparisonResult> {
    return this.runtime.ask(comparisonResumeRequest, params, options);
  }

  /** The report of a comparison that is complete. */
  report(params: ComparisonFolder, options: CallOptions = {}): Promise<ComparisonReport> {
    return this.runtime.ask(comparisonReportRequest, params, options);
  }

  /** Items of test, with what the arms say. */
  items(params: ComparisonItemsParams, options: CallOptions = {}): Promise<ComparisonItems> {
    return this.runtime.ask(comparisonItemsRequest, params, options);
  }

  /** The report as the text of a file. */
  export(params: ComparisonExportParams, options: CallOptions = {}): Promise<string> {
    return this.runtime.ask(comparisonExportRequest, params, options);
  }

  /** Computes one prediction again. */
  replay(params: ReplayParams, options: CallOptions = {}): Promise<Replay> {
    return this.runtime.ask(comparisonReplayRequest, params, options);
  }
}
