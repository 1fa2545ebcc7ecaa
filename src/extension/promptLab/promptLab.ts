/** The prompt lab: runs prompt files into the compare panel, one at a time, and keeps what the user thinks of the cells. Knows nothing of VS Code. */
import { basename } from "node:path";
import * as l10n from "@vscode/l10n";
import { CancelledError, toErrorInfo } from "../../runtime/errors";
import type { PromptOverrides, PromptRunEvent, PromptRunResult, PromptSource } from "../../runtime/promptProtocol";
import type { ModelReference, WorkProgress } from "../../runtime/protocol";
import type { Clock } from "../clock";
import { Emitter, type Event } from "../emitter";
import type { Logger } from "../logger";
import type { ModelClient } from "../modelClient";
import { CellQuestions } from "./cellQuestions";
import { CompareStore } from "./compareStore";
import type { PromptClient } from "./promptClient";
import { noteOfSource, type RunFiles, readRunFolder, type StoredRun } from "./runFolder";
import { markSchema } from "./runSchemas";
import { type RunPart, ShownRun } from "./shownRun";
import { showStored, showTwo } from "./storedRuns";

/** What to run. */
export interface LabRequest {
  readonly title: string;
  readonly source: PromptSource;
  readonly overrides?: PromptOverrides;
}

/** What the lab needs of the window. */
export interface LabHost {
  /** The model that a prompt file names, or the settings'. Throws what is wrong with either. */
  model(source: PromptSource): Promise<ModelReference>;
  /** Absolute paths of the folder for cached cells and of the one in which runs are stored. */
  folders(source: PromptSource): { readonly cache: string; readonly runs: string };
  /** The prompt file's text as it is now; null when it is gone. */
  currentText(path: string): Promise<string | null>;
  /** Shows the panel. */
  reveal(): void;
}

/** What the lab works with. */
export interface LabParts {
  readonly client: Pick<PromptClient, "run" | "preview">;
  readonly models: Pick<ModelClient, "compare">;
  readonly files: RunFiles;
  readonly host: LabHost;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A request with the model that it is to run on; the file's or the settings' when absent. */
interface Task extends LabRequest {
  readonly model?: ModelReference;
}

/** Runs prompt files and shows runs. Failures of a run are shown in the panel, not thrown. */
export class PromptLab {
  readonly store: CompareStore;
  readonly questions: CellQuestions;
  readonly #stored = new Emitter<string>();
  #task: Task | null = null;
  #abort: AbortController | null = null;
  #saving: Promise<void> = Promise.resolve();
  // Numbers begin at a time, so that a page of the session before cannot be mistaken for one of this.
  #next = Date.now();

  constructor(private readonly parts: LabParts) {
    this.store = new CompareStore(parts.clock);
    this.questions = new CellQuestions(parts, this.store);
  }

  /** Fires with a run's folder once it is stored, complete or not. */
  get onDidStoreRun(): Event<string> {
    return this.#stored.event;
  }

  /** Whether a run is under way. */
  get running(): boolean {
    return this.#abort !== null;
  }

  /** The model that a prompt file names, or the settings'. Throws what is wrong with either. */
  modelFor(source: PromptSource): Promise<ModelReference> {
    return this.parts.host.model(source);
  }

  /** Opens the compare panel and streams the run into it. Resolves when the run is over. Aborts the run before. */
  run(request: LabRequest): Promise<void> {
    this.parts.host.reveal();
    return this.#start(request, null);
  }

  /** Shows a stored run. Throws `invalidRequest` for a folder that is none. */
  async open(folder: string): Promise<void> {
    await this.#show([folder]);
    this.parts.host.reveal();
  }

  /** Shows two stored runs side by side, their equal inputs as rows. Throws as `open`. */
  async compareRuns(a: string, b: string): Promise<void> {
    await this.#show([a, b]);
    this.parts.host.reveal();
  }

  /** Shows the run or the two runs of these folders again, after a reload of the window. Never throws. */
  async restore(folders: readonly string[]): Promise<void> {
    try {
      if (folders.length > 0 && !this.store.run) await this.#show(folders.slice(0, 2));
    } catch (error) {
      this.parts.log.warn(`The compare panel could not be restored: ${toErrorInfo(error).message}`);
    }
  }

  /** Stops the run under way; it keeps what it had. */
  stop(): void {
    this.#abort?.abort();
  }

  /** Runs what is shown once more with the same text and model: what it had comes from the cache. */
  async resume(): Promise<void> {
    const task = this.#shownTask();
    if (task && !this.running) await this.#start(task, this.store.run);
  }

  /** Runs the prompt file again, as it is now, on the model that it or the settings name now. */
  async runAgain(): Promise<void> {
    const shown = this.#shownTask();
    if (!shown || this.running) return;
    const { model: _, ...request } = shown;
    const text = (await this.parts.host.currentText(request.source.path)) ?? request.source.text;
    const same = text === request.source.text;
    await this.#start({ ...request, source: { ...request.source, text } }, same ? this.store.run : null);
  }

  /** Rates, notes or pins a cell, and stores that with the run. `message` comes from the panel. Throws when it is none of ours. */
  mark(run: unknown, message: unknown): void {
    const mark = markSchema.parse(message);
    const shown = this.store.run;
    if (!shown || shown.number !== run || !shown.cell(mark.variant, mark.item)) return;
    this.store.mark(mark);
    void this.#save(shown);
  }

  /** Resolves when all marks are written. */
  async saved(): Promise<void> {
    await this.#saving;
  }

  /** The panel was closed: the run under way ends, and nothing is shown. */
  close(): void {
    this.#leave();
    this.store.show(null);
  }

  async #show(folders: readonly string[]): Promise<void> {
    const [a, b] = await Promise.all(folders.map((folder) => readRunFolder(this.parts.files, folder)));
    if (!a) return;
    this.#leave();
    this.#task = null;
    this.store.show(
      b ? showTwo(this.#next++, titleOfTwo(a, b), { a, b, names: ["A", "B"] }) : showStored(this.#next++, a),
    );
  }

  /** What is shown, to be run again; null where two runs are compared. */
  #shownTask(): Task | null {
    if (this.#task) return this.#task;
    const run = this.store.run;
    const [part] = run?.parts ?? [];
    if (!run || !part || run.parts.length > 1) return null;
    return { title: run.title, source: part.source, overrides: part.overrides, model: part.model };
  }

  #leave(): void {
    this.#abort?.abort();
    this.#abort = null;
  }

  /** `before` is a run of the same prompts, whose marks are kept. */
  async #start(task: Task, before: ShownRun | null): Promise<void> {
    this.#leave();
    const abort = new AbortController();
    this.#abort = abort;
    this.#task = task;
    const run = new ShownRun(this.#next++, task.title, {
      kind: "preparing",
      message: l10n.t("Reading the prompt file…"),
    });
    for (const mark of before?.marks.values() ?? []) run.setMark(mark);
    this.store.show(run);
    try {
      const model = task.model ?? (await this.parts.host.model(task.source));
      if (this.#abort === abort) this.#task = { ...task, model };
      await this.#stream(run, { ...task, model }, abort.signal);
    } catch (error) {
      this.#failed(run, error, abort.signal);
    } finally {
      if (this.#abort === abort) this.#abort = null;
      if (this.store.run === run) this.store.changed();
    }
  }

  async #stream(run: ShownRun, task: Required<Pick<Task, "model">> & LabRequest, signal: AbortSignal): Promise<void> {
    const { source, overrides, model } = task;
    const current = () => this.store.run === run;
    const onProgress = (progress: WorkProgress) => {
      if (run.status.kind === "preparing") run.status = preparing(progress);
      if (current()) this.store.changed();
    };
    const onEvent = (event: PromptRunEvent) => {
      if (current()) this.#hear(run, task, event);
    };
    const asked = { model, source, priority: "batch", ...this.parts.host.folders(source) } as const;
    const given = overrides ? { ...asked, overrides } : asked;
    const result = await this.parts.client.run(given, { signal, onProgress, onEvent });
    this.#finish(run, task, result);
  }

  #hear(run: ShownRun, task: LabRequest & { readonly model: ModelReference }, event: PromptRunEvent): void {
    switch (event.kind) {
      case "begin":
        run.models = [{ name: event.model.name, device: event.model.device }];
        run.task = event.task;
        run.notes = event.notes;
        run.total = event.total;
        run.variants = event.variants;
        run.parts = [
          partOf(
            task,
            event.variants.map(({ name }) => name),
          ),
        ];
        run.status = { kind: "running" };
        this.store.changed();
        break;
      case "items":
        this.store.addItems(event.from, event.items);
        break;
      case "cells":
        this.store.addCells(event.cells);
        break;
      default:
        event satisfies never;
    }
  }

  #finish(run: ShownRun, task: LabRequest & { readonly model: ModelReference }, result: PromptRunResult): void {
    const { record, folder, recalibrated } = result;
    run.parts = [
      {
        ...partOf(
          task,
          record.variants.map(({ name }) => name),
        ),
        folder,
        record,
      },
    ];
    run.status = { kind: record.complete ? "complete" : "stopped" };
    run.elapsedMs = record.elapsedMs;
    run.startedAt = record.startedAt;
    run.setSummaries(record.variants);
    if (this.store.run === run) this.store.addCells(recalibrated);
    else for (const cell of recalibrated) run.setCell(cell);
    if (folder === null) return;
    void this.#save(run);
    this.#stored.fire(folder);
  }

  #failed(run: ShownRun, error: unknown, signal: AbortSignal): void {
    const cancelled = signal.aborted || error instanceof CancelledError;
    run.status = cancelled ? { kind: "stopped" } : { kind: "failed", error: toErrorInfo(error) };
    run.elapsedMs ??= 0;
    if (!cancelled) this.parts.log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  /** One write after the other; a failure is told in the log, for the marks are still shown. */
  #save(run: ShownRun): Promise<void> {
    this.#saving = this.#saving.then(async () => {
      for (const part of run.parts) {
        if (part.folder === null) continue;
        const notes = { version: 1, ...noteOfSource(part.folder, part.source), marks: ownMarks(run, part) };
        await this.parts.files
          .write(part.folder, "notes.json", `${JSON.stringify(notes, null, 2)}\n`)
          .catch((error: unknown) => this.parts.log.error(`Notes of ${part.folder}: ${toErrorInfo(error).message}`));
      }
    });
    return this.#saving;
  }
}

function titleOfTwo(a: StoredRun, b: StoredRun): string {
  return l10n.t("{0} and {1}", `A: ${basename(a.folder)}`, `B: ${basename(b.folder)}`);
}

/** Marks of a part's cells, by its own numbers. */
function ownMarks(run: ShownRun, part: RunPart) {
  return [...run.marks.values()].flatMap((mark) => {
    const place = run.ownPlace(mark.variant, mark.item);
    return place?.part === part ? [{ ...mark, variant: place.variant, item: place.item }] : [];
  });
}

function partOf(task: LabRequest & { readonly model: ModelReference }, names: readonly string[]): RunPart {
  const { source, overrides = {}, model } = task;
  return { folder: null, record: null, source, overrides, model, firstVariant: 0, names, items: null };
}

function preparing({ stage, done, total }: WorkProgress) {
  const message = stage === "loading" ? l10n.t("Loading the model…") : l10n.t("Putting the prompts together…");
  return { kind: "preparing", message, ...(total > 0 ? { fraction: done / total } : {}) } as const;
}
