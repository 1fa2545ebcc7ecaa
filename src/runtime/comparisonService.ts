/** The part of the service that compares ways to answer. One comparison at a time in a process: it takes all of the device. */
import { replay } from "./comparison/replay";
import { reportItems } from "./comparison/report/reportItems";
import { type ReportedComparison, reportText } from "./comparison/report/reportText";
import {
  type ComparisonEnd,
  planOf,
  type RunContext,
  resumeComparison,
  runComparison,
} from "./comparison/runComparison";
import { storedReport } from "./comparison/storedReport";
import type {
  ComparisonExportParams,
  ComparisonFolder,
  ComparisonItems,
  ComparisonItemsParams,
  ComparisonResult,
  Replay,
  ReplayParams,
} from "./comparisonProtocol";
import type { ComparisonEvent, ComparisonParams, ComparisonPlan } from "./comparisonRecord";
import type { ComparisonReport } from "./comparisonReport";
import { comparisonParams } from "./comparisonRequests";
import { Devices } from "./engine/device";
import type { ModelSlot } from "./engine/modelSlot";
import { RuntimeError } from "./errors";
import { LongWork } from "./longWork";
import { parseRequest } from "./requests";
import type { RequestContext } from "./service";

/** Answers requests about comparisons, with the slot's model. Every method throws `invalidRequest` for wrong parameters. */
export class ComparisonService {
  readonly #slot: ModelSlot;
  readonly #longWork: LongWork;
  readonly #devices: Pick<Devices, "choose">;
  /** The last report that was built: its items are asked for page by page. A complete comparison does not change. */
  #built: { readonly folder: string; readonly report: ReportedComparison } | null = null;

  /** @param longWork the process' own, so that nothing is trained at the same time. */
  constructor(slot: ModelSlot, longWork = new LongWork(), devices: Pick<Devices, "choose"> = new Devices()) {
    this.#slot = slot;
    this.#longWork = longWork;
    this.#devices = devices;
  }

  /** What a comparison would do, and take. */
  async plan(params: ComparisonParams, context: RequestContext): Promise<ComparisonPlan> {
    return planOf(parseRequest(comparisonParams.run, params), this.#context(context));
  }

  /** Runs a comparison, giving each event as it comes. A cancelled one is `paused`. */
  async run(
    params: ComparisonParams,
    context: RequestContext,
    onEvent: (event: ComparisonEvent) => unknown,
  ): Promise<ComparisonResult> {
    const checked = parseRequest(comparisonParams.run, params);
    return this.#alone(context, () => runComparison(checked, this.#context(context, onEvent)));
  }

  /** Goes on with a comparison. */
  async resume(
    params: ComparisonFolder,
    context: RequestContext,
    onEvent: (event: ComparisonEvent) => unknown,
  ): Promise<ComparisonResult> {
    const { folder } = parseRequest(comparisonParams.folder, params);
    return this.#alone(context, () => resumeComparison(folder, this.#context(context, onEvent)));
  }

  /** The report of a comparison that is complete. */
  async report(params: ComparisonFolder, context: RequestContext): Promise<ComparisonReport> {
    const { folder } = parseRequest(comparisonParams.folder, params);
    return (await this.#report(folder, context)).report;
  }

  /** Items of test, with what the arms of the report say. */
  async items(params: ComparisonItemsParams, context: RequestContext): Promise<ComparisonItems> {
    const { folder, ...query } = parseRequest(comparisonParams.items, params);
    const { input, arms } = await this.#report(folder, context);
    return reportItems(input, arms, query);
  }

  /** The report as the text of a file. */
  async export(params: ComparisonExportParams, context: RequestContext): Promise<string> {
    const { folder, form, ...sharing } = parseRequest(comparisonParams.export, params);
    return reportText(form, await this.#report(folder, context), sharing);
  }

  /** Computes one prediction again: it may take a training. */
  async replay(params: ReplayParams, context: RequestContext): Promise<Replay> {
    const checked = parseRequest(comparisonParams.replay, params);
    return this.#longWork.alone("comparison", () => replay(checked, this.#context(context)));
  }

  #context(
    { signal, onProgress }: RequestContext,
    onEvent: (event: ComparisonEvent) => unknown = () => undefined,
  ): RunContext {
    return {
      signal,
      onEvent,
      ...(onProgress && { onProgress }),
      chooseDevice: (choice) => this.#devices.choose(choice),
      useModel: (reference, work) => this.#slot.use(reference, { signal, ...(onProgress && { onProgress }) }, work),
      freeModel: () => this.#slot.dispose(),
    };
  }

  async #report(folder: string, { signal }: RequestContext): Promise<ReportedComparison> {
    if (this.#built?.folder === folder) return this.#built.report;
    const report = await storedReport(folder, signal);
    if (report.input.record.state === "completed") this.#built = { folder, report };
    return report;
  }

  /** Of a comparison that failed there is one where an arm came to its end. */
  async #reportOf({ folder, record: { state } }: ComparisonEnd, context: RequestContext) {
    if (state === "completed") return (await this.#report(folder, context)).report;
    if (state !== "failed") return null;
    return this.#report(folder, context).then(
      ({ report }) => report,
      (error: unknown) => {
        if (error instanceof RuntimeError) return null;
        throw error;
      },
    );
  }

  #alone(context: RequestContext, work: () => Promise<ComparisonEnd>): Promise<ComparisonResult> {
    return this.#longWork.alone("comparison", async () => {
      const end = await work();
      return { ...end, report: await this.#reportOf(end, context) };
    });
  }
}
