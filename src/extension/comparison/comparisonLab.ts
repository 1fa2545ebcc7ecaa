/** The comparison lab in this window: what is planned, the run under way, and what the panel shows. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { ComparisonPanelState } from "../../runtime/comparisonPanelProtocol";
import type { ComparisonReportForm, ComparisonResult } from "../../runtime/comparisonProtocol";
import type { ComparisonEvent, ComparisonParams, ComparisonRecord } from "../../runtime/comparisonRecord";
import type { ComparisonReport } from "../../runtime/comparisonReport";
import { CancelledError, invalidRequest, type RuntimeErrorInfo, toErrorInfo } from "../../runtime/errors";
import { Emitter, type Event } from "../emitter";
import { sameFolder } from "../modelFolder";
import type { CallOptions } from "../runtimeClient";
import { readComparisonFolder } from "./comparisonFolder";
import type { ComparisonParts, PlanOptions, ReportFile, RunningComparison } from "./comparisonParts";
import { ComparisonQuestions } from "./comparisonQuestions";
import { ComparisonStore } from "./comparisonStore";
import { PlannedComparison } from "./plannedComparison";
import { ShownComparison } from "./shownComparison";

/** A request under way: before its first event it has no run yet. */
interface Work {
  readonly title: string;
  readonly abort: AbortController;
  readonly planned: PlannedComparison | null;
  run: ShownComparison | null;
  /** Somebody else tells its end. */
  readonly background: boolean;
}

type Send = (options: CallOptions<ComparisonEvent>) => Promise<ComparisonResult>;

/** One comparison at a time, and none beside a training. Failures of plans and runs are shown in the panel, not thrown. */
export class ComparisonLab {
  readonly store: ComparisonStore;
  readonly questions: ComparisonQuestions;
  readonly #changed = new Emitter<void>();
  readonly #stored = new Emitter<string>();
  readonly #reported = new Emitter<{ readonly folder: string; readonly report: ComparisonReport }>();
  #shown: PlannedComparison | ShownComparison | null = null;
  #work: Work | null = null;
  // Numbers begin at a time, so that a page of the session before cannot be mistaken for one of this.
  #next = Date.now();

  constructor(private readonly parts: ComparisonParts) {
    this.store = new ComparisonStore(parts.clock, () => this.state);
    const answered = (number: number) => this.shownRun(number);
    this.questions = new ComparisonQuestions(parts, answered, () => this.#busy);
  }

  /** Fires when the run under way is another, or how far it is. */
  get onDidChange(): Event<void> {
    return this.#changed.event;
  }

  /** Fires with a run's folder when it is made, and when its record is another. */
  get onDidStoreRun(): Event<string> {
    return this.#stored.event;
  }

  /** Fires with the report of a run that is complete, or of a stored one that was opened. */
  get onDidReport(): Event<{ readonly folder: string; readonly report: ComparisonReport }> {
    return this.#reported.event;
  }

  /** The comparison under way. */
  get running(): RunningComparison | null {
    const work = this.#work;
    if (!work) return null;
    const { done, total } = work.run?.record.units ?? { done: 0, total: 0 };
    return { title: work.title, folder: work.run?.folder ?? null, done, total, leftMs: work.run?.leftMs ?? null };
  }

  /** What the panel shows. */
  get state(): ComparisonPanelState {
    const shown = this.#shown;
    if (!shown) return { kind: "empty" };
    const own = this.#work !== null && (this.#work.run ?? this.#work.planned) === shown;
    return shown.view(own ? null : this.#busy);
  }

  /** Shows what the comparison of a file would do and take, and with `start` begins it. Resolves when that is known, or the run is over. */
  async plan(path: string, text: string, { start = false, arms }: PlanOptions = {}): Promise<void> {
    // A second click on Run.
    if (start && this.#work && !this.#work.run && this.#work.planned?.source.path === path) return this.showCurrent();
    const planned = new PlannedComparison(this.#next++, { path, text }, arms);
    this.#show(planned);
    this.parts.host.reveal();
    await (start && this.#busy === null ? this.#start(planned) : this.#workOut(planned));
  }

  /** Begins what is planned. Resolves when the run is over. */
  async start(shown: number): Promise<void> {
    const planned = this.#shown;
    if (!(planned instanceof PlannedComparison) || planned.number !== shown) return;
    if (this.#busy === null) await this.#start(planned);
  }

  /**
   * Runs a comparison that the panel does not show unless it is asked to. Aborted, it is paused.
   * @throws RuntimeError as the request does, and `invalidRequest` while other long work is under way; `CancelledError` when it was aborted
   * before it had a folder.
   */
  async runInBackground(
    path: string,
    text: string,
    { signal, onEvent, arms }: Pick<CallOptions<ComparisonEvent>, "signal" | "onEvent"> & Pick<PlanOptions, "arms">,
  ): Promise<ComparisonResult> {
    this.#mustBeIdle();
    const planned = new PlannedComparison(this.#next++, { path, text }, arms);
    const abort = new AbortController();
    const pause = () => abort.abort();
    if (signal?.aborted) abort.abort();
    signal?.addEventListener("abort", pause, { once: true });
    try {
      const send: Send = async (options) => {
        const hear = (event: ComparisonEvent) => {
          options.onEvent?.(event);
          onEvent?.(event);
        };
        return this.parts.client.run(await this.#params(planned), { ...options, onEvent: hear });
      };
      return await this.#run({ title: planned.title, abort, planned, run: null, background: true }, send);
    } finally {
      signal?.removeEventListener("abort", pause);
    }
  }

  /** Shows the run under way, or what was shown last. */
  showCurrent(): void {
    const current = this.#work?.run ?? this.#work?.planned;
    if (current && this.#shown !== current) this.#show(current);
    this.parts.host.reveal();
  }

  /** Shows a stored run, or the one under way if the folder is its. Throws `invalidRequest` for a folder that is none. */
  async open(folder: string): Promise<void> {
    const run = await this.#read(folder);
    this.#show(run);
    this.parts.host.reveal();
    await this.#readReport(run);
  }

  /** Shows again what a page of the session before showed. Never throws. */
  async restore(folder: string): Promise<void> {
    if (this.#shown) return;
    try {
      const run = await this.#read(folder);
      if (this.#shown) return; // a command was quicker
      this.#show(run);
      await this.#readReport(run);
    } catch (error) {
      this.parts.log.warn(`The comparison panel could not be restored: ${toErrorInfo(error).message}`);
    }
  }

  /** Pauses the run under way; false when there is none. */
  pause(): boolean {
    const work = this.#work;
    if (!work) return false;
    work.abort.abort();
    if (work.run?.active) work.run.status = "pausing";
    this.#tell();
    return true;
  }

  /** Goes on with a run that was paused, failed or cut off. Throws `invalidRequest` while other work is under way, or for a folder that is none. */
  async resume(folder: string): Promise<void> {
    this.#mustBeIdle();
    const shown = this.#shown;
    const isShown = shown instanceof ShownComparison && sameFolder(shown.folder, folder);
    const run = isShown ? shown : await this.#read(folder);
    if (run.status === "completed") return this.open(folder);
    await this.parts.host.checkStored(run.record);
    this.#mustBeIdle(); // another may have begun meanwhile
    run.again();
    const work: Work = { title: run.title, abort: new AbortController(), planned: null, run, background: false };
    this.#show(run);
    this.parts.host.reveal();
    await this.#run(work, (options) => this.parts.client.resume({ folder: run.folder }, options)).catch(
      () => undefined,
    );
  }

  /** Goes on with the run that is shown. */
  async resumeShown(shown: number): Promise<void> {
    const run = this.shownRun(shown);
    if (run) await this.resume(run.folder);
  }

  /** Runs the file of what is shown again, as it is now; of a plan works out what it would take. */
  async repeat(shown: number): Promise<void> {
    const now = this.#shown;
    if (now?.number !== shown) return;
    if (now instanceof ShownComparison) return this.repeatStored(now.record);
    const { source, arms } = now;
    const text = (await this.parts.host.currentText(source.path)) ?? source.text;
    await this.plan(source.path, text, arms ? { arms } : {});
  }

  /** Runs the file of a stored run again, as it is now; with its text at that time where it is gone. */
  async repeatStored({ text: before, params: { source, arms } }: ComparisonRecord): Promise<void> {
    const text = (await this.parts.host.currentText(source.path)) ?? before;
    await this.plan(source.path, text, { start: true, ...(arms ? { arms } : {}) });
  }

  /** The report of a complete run as a file's text. Throws as `ComparisonClient.export`. */
  async reportFile(folder: string, form: ComparisonReportForm, signal?: AbortSignal): Promise<ReportFile> {
    const { name } = await readComparisonFolder(this.parts.files, folder);
    const text = await this.parts.client.export({ folder, form }, signal ? { signal } : {});
    return { name, form, text };
  }

  /** Asks where to write a report, and writes it. */
  save(file: ReportFile): Promise<void> {
    return this.parts.host.save(file);
  }

  /** Writes the report of a complete run as a file. Throws as `reportFile`, and what writing throws. */
  async export(folder: string, form: ComparisonReportForm): Promise<void> {
    await this.save(await this.reportFile(folder, form));
  }

  /** The run that is shown, if it is of this number. */
  shownRun(shown: number): ShownComparison | null {
    return this.#shown instanceof ShownComparison && this.#shown.number === shown ? this.#shown : null;
  }

  /** Absolute path of the file that is planned, if it is what is shown and of this number. */
  plannedPath(shown: number): string | null {
    return this.#shown instanceof PlannedComparison && this.#shown.number === shown ? this.#shown.source.path : null;
  }

  /** Whether what is shown is of this number. */
  shows(shown: number): boolean {
    return this.#shown?.number === shown;
  }

  /** Folder of the complete run that is shown. */
  get shownReport(): string | null {
    return this.#shown instanceof ShownComparison && this.#shown.status === "completed" ? this.#shown.folder : null;
  }

  /** Other long work in this window began or ended. */
  othersChanged(): void {
    this.store.show();
    this.#workOutOpen();
  }

  /** The panel was closed; a run under way goes on. */
  close(): void {
    this.#leave();
    this.#shown = null;
  }

  get #busy(): string | null {
    return this.#work?.title ?? this.parts.host.other();
  }

  #mustBeIdle(): void {
    if (this.#busy === null) return;
    throw invalidRequest(
      this.#work ? l10n.t("a comparison is under way already") : l10n.t("a training is under way in this window"),
      l10n.t("Pause it first, or wait for its end."),
    );
  }

  #params({ source, arms }: PlannedComparison): Promise<ComparisonParams> {
    return this.parts.host.params(source, arms);
  }

  /** What is planned or read for what was shown, and is under way, is not needed any more. */
  #leave(): void {
    this.#shown?.leave();
  }

  #show(shown: PlannedComparison | ShownComparison): void {
    if (this.#shown !== shown) this.#leave();
    this.#shown = shown;
    this.store.show();
  }

  async #read(folder: string): Promise<ShownComparison> {
    const running = this.#work?.run;
    if (running && sameFolder(running.folder, folder)) return running;
    const record = await readComparisonFolder(this.parts.files, folder);
    return new ShownComparison(this.#next++, folder, record, this.parts.clock);
  }

  /** Asks what it would take; later while other work has the process, for its speed is measured. */
  async #workOut(planned: PlannedComparison): Promise<void> {
    if (this.#busy !== null) return;
    await planned.workOut(
      async (options) => this.parts.client.plan(await this.#params(planned), options),
      () => this.store.changed(),
    );
    if (this.#shown === planned) this.store.show();
  }

  #workOutOpen(): void {
    if (this.#shown instanceof PlannedComparison) void this.#workOut(this.#shown);
  }

  async #readReport(run: ShownComparison): Promise<void> {
    const { folder } = run;
    const report = await run.readReport(
      (options) => this.parts.client.report({ folder }, options),
      () => this.store.changed(),
    );
    if (report) this.#reported.fire({ folder, report });
    if (this.#shown === run) this.store.show();
  }

  async #start(planned: PlannedComparison): Promise<void> {
    planned.leave();
    planned.failure = null;
    const { title } = planned;
    const work: Work = { title, abort: new AbortController(), planned, run: null, background: false };
    const send: Send = async (options) => this.parts.client.run(await this.#params(planned), options);
    await this.#run(work, send).catch(() => undefined); // it is shown
  }

  /** Throws what the request throws, after that is shown. */
  async #run(work: Work, send: Send): Promise<ComparisonResult> {
    this.#work = work;
    if (work.planned) work.planned.starting = true;
    this.#tell();
    this.store.show();
    let failure: RuntimeErrorInfo | null = null;
    try {
      const result = await send({
        signal: work.abort.signal,
        onEvent: (event) => this.#hear(work, event),
        onProgress: (progress) => {
          const shown = work.run ?? work.planned;
          if (shown) shown.progress = progress;
          this.store.changed();
        },
      });
      work.run?.finish(result);
      return result;
    } catch (error) {
      failure = error instanceof CancelledError ? null : toErrorInfo(error);
      if (failure) this.parts.log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
      await this.#failed(work, failure);
      throw error;
    } finally {
      this.#over(work, failure);
    }
  }

  #hear(work: Work, event: ComparisonEvent): void {
    if (event.kind === "begin") {
      const { folder, record } = event;
      if (!work.run) {
        work.run = new ShownComparison(this.#next++, folder, record, this.parts.clock);
        if (this.#shown === work.planned) this.#show(work.run);
      }
      this.parts.host.remember(folder);
      this.#stored.fire(folder);
    }
    work.run?.hear(event);
    // It may have been asked to pause before it had a folder.
    if (work.run && work.abort.signal.aborted) work.run.status = "pausing";
    if (this.#shown === work.run) this.store.changed();
    this.#changed.fire();
  }

  /** What the runtime wrote about the failure, where it could. */
  async #failed({ run, planned }: Work, failure: RuntimeErrorInfo | null): Promise<void> {
    if (run) run.fail(failure, await readComparisonFolder(this.parts.files, run.folder).catch(() => null));
    else if (planned) planned.failure = failure;
  }

  #over(work: Work, failure: RuntimeErrorInfo | null): void {
    const { run, planned, title } = work;
    this.#work = null;
    if (planned) {
      planned.starting = false;
      planned.progress = null;
    }
    this.parts.host.remember(null);
    this.#tell();
    this.store.show();
    if (run) this.#stored.fire(run.folder);
    if (run?.report) this.#reported.fire({ folder: run.folder, report: run.report });
    if (!work.background) this.parts.host.ended({ title, run, failure });
    this.#workOutOpen();
  }

  #tell(): void {
    this.store.changed();
    this.#changed.fire();
  }
}
