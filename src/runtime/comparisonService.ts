/** The part of the service that compares ways to answer. One comparison at a time in a process: it takes all of the device. */
import * as l10n from "@vscode/l10n";
import { readComparison } from "./comparison/comparisonStore";
import { replay } from "./comparison/replay";
import {
  type ComparisonEnd,
  planOf,
  type RunContext,
  resumeComparison,
  runComparison,
} from "./comparison/runComparison";
import type { ComparisonFolder, ComparisonResult, Replay, ReplayParams } from "./comparisonProtocol";
import type { ComparisonEvent, ComparisonParams, ComparisonPlan } from "./comparisonRecord";
import { comparisonParams } from "./comparisonRequests";
import { Devices } from "./engine/device";
import type { ModelSlot } from "./engine/modelSlot";
import { invalidRequest } from "./errors";
import { parseRequest } from "./requests";
import type { RequestContext } from "./service";

/** Answers requests about comparisons, with the slot's model. Every method throws `invalidRequest` for wrong parameters. */
export class ComparisonService {
  readonly #slot: ModelSlot;
  readonly #devices: Pick<Devices, "choose">;
  #running = false;

  constructor(slot: ModelSlot, devices: Pick<Devices, "choose"> = new Devices()) {
    this.#slot = slot;
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
    return this.#alone(() => runComparison(checked, this.#context(context, onEvent)));
  }

  /** Goes on with a comparison. */
  async resume(
    params: ComparisonFolder,
    context: RequestContext,
    onEvent: (event: ComparisonEvent) => unknown,
  ): Promise<ComparisonResult> {
    const { folder } = parseRequest(comparisonParams.folder, params);
    return this.#alone(async () => resumeComparison(await readComparison(folder), this.#context(context, onEvent)));
  }

  /** Computes one prediction again. */
  async replay(params: ReplayParams, context: RequestContext): Promise<Replay> {
    return replay(parseRequest(comparisonParams.replay, params), this.#context(context));
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

  async #alone(work: () => Promise<ComparisonEnd>): Promise<ComparisonResult> {
    if (this.#running)
      throw invalidRequest(l10n.t("another comparison is under way"), l10n.t("Wait for its end, or cancel it first."));
    this.#running = true;
    try {
      return { ...(await work()), report: null };
    } finally {
      this.#running = false;
    }
  }
}
