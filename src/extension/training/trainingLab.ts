/** Training in this window: the forms, the run under way, and what the panel shows. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import { invalidRequest, type RuntimeErrorInfo, toErrorInfo } from "../../runtime/errors";
import type { ModelReference } from "../../runtime/protocol";
import type {
  ChosenFile,
  FineTuneValues,
  ModelChoice,
  PretrainValues,
  TrainingPanelState,
} from "../../runtime/trainingPanelProtocol";
import type { TrainingEvent, TrainingResult } from "../../runtime/trainingProtocol";
import type { Clock } from "../clock";
import { Emitter, type Event } from "../emitter";
import type { Logger } from "../logger";
import type { RunFiles } from "../promptLab/runFolder";
import { fineTuneValues, nameOfFile, newFineTune } from "./fineTuneForm";
import { FineTuneSession } from "./fineTuneSession";
import { newPretrain, pretrainValues } from "./pretrainForm";
import { PretrainSession } from "./pretrainSession";
import { ShownTraining } from "./shownTraining";
import type { RunOptions, TrainingClient } from "./trainingClient";
import { readTrainingFolder } from "./trainingFolder";
import { TrainingStore } from "./trainingStore";

/** What the lab needs of the window. */
export interface TrainingHost {
  /** The model of the settings. Throws what is wrong with them. */
  model(): ModelReference;
  /** Models that can be chosen. */
  models(): Promise<readonly ModelChoice[]>;
  /** Absolute folder in which runs of this file or folder are stored. */
  runs(path: string): string;
  /** Asks for a file or folder; undefined when the user takes none. */
  choose(what: ChosenFile): Promise<string | undefined>;
  /** Name of other long work that is under way in this window, a comparison; null when there is none. */
  other(): string | null;
  /** Shows the panel. */
  reveal(): void;
  /** Remembers the folder of the run under way, for the window that comes after this one; null when there is none. */
  remember(folder: string | null): void;
  /** A run is over. */
  ended(run: ShownTraining): void;
}

/** What the lab works with. */
export interface TrainingParts {
  readonly client: Pick<
    TrainingClient,
    | "preview"
    | "guess"
    | "corpus"
    | "fineTuneEstimate"
    | "pretrainEstimate"
    | "fineTune"
    | "pretrain"
    | "resume"
    | "control"
  >;
  readonly files: Pick<RunFiles, "read">;
  readonly host: TrainingHost;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the page keeps for a reload of the window. */
export type KeptTraining =
  | { readonly kind: "run"; readonly folder: string }
  | { readonly kind: "finetune"; readonly values: FineTuneValues }
  | { readonly kind: "pretrain"; readonly values: PretrainValues };

/** One run at a time; forms beside it. Failures of a run are shown in the panel, not thrown. */
export class TrainingLab {
  readonly store: TrainingStore;
  readonly #changed = new Emitter<void>();
  readonly #stored = new Emitter<string>();
  #shown: FineTuneSession | PretrainSession | ShownTraining | null = null;
  #running: ShownTraining | null = null;
  #failure: RuntimeErrorInfo | null = null;
  // Numbers begin at a time, so that a page of the session before cannot be mistaken for one of this.
  #next = Date.now();

  constructor(private readonly parts: TrainingParts) {
    this.store = new TrainingStore(
      parts.clock,
      () => this.state,
      () => (this.#shown instanceof ShownTraining ? this.#shown : null),
    );
  }

  /** Fires when the run under way is another, or how far it is. */
  get onDidChange(): Event<void> {
    return this.#changed.event;
  }

  /** Fires with a run's folder when it is made, and when its record is another. */
  get onDidStoreRun(): Event<string> {
    return this.#stored.event;
  }

  /** The run under way. */
  get running(): ShownTraining | null {
    return this.#running;
  }

  /** What the panel shows, but for curves. */
  get state(): TrainingPanelState {
    const shown = this.#shown;
    if (!shown) return { kind: "empty" };
    const running = this.#running === shown ? null : this.#running?.view(null).title;
    const busy = running ?? this.parts.host.other();
    return shown instanceof ShownTraining ? shown.view(busy) : shown.view({ busy, failure: this.#failure });
  }

  /** Shows the form to fine-tune on a data file, or as a run had it. */
  openFineTune(path: string, values?: FineTuneValues): void {
    const start = values ?? {
      ...newFineTune(this.parts.host.model()),
      path,
      name: path === "" ? "" : nameOfFile(path),
    };
    const session = new FineTuneSession(this.#next++, start, this.parts.client, this.#formParts(path), !values);
    this.#showForm(session);
  }

  /** Shows the form to pre-train on a folder's text, or as a run had it. */
  openPretrain(root: string, values?: PretrainValues): void {
    const start = values ?? {
      ...newPretrain(root, this.parts.host.model()),
      name: root === "" ? "" : nameOfFile(root),
    };
    this.#showForm(new PretrainSession(this.#next++, start, this.parts.client, this.#formParts(root)));
  }

  /** Shows the run under way, or what was shown last. */
  showCurrent(): void {
    if (this.#running && this.#shown !== this.#running) this.#show(this.#running);
    this.parts.host.reveal();
  }

  /** Shows a stored run, or the one under way if the folder is its. Throws `invalidRequest` for a folder that is none. */
  async open(folder: string): Promise<void> {
    this.#show(await this.#read(folder));
    this.parts.host.reveal();
  }

  /** Shows again what a page of the session before showed. Never throws. */
  async restore(kept: KeptTraining): Promise<void> {
    if (this.#shown) return;
    try {
      if (kept.kind === "run") this.#show(await this.#read(kept.folder));
      else if (kept.kind === "finetune") this.openFineTune(kept.values.path, kept.values);
      else this.openPretrain(kept.values.root, kept.values);
    } catch (error) {
      this.parts.log.warn(`The training panel could not be restored: ${toErrorInfo(error).message}`);
    }
  }

  /** The page changed a form's values. Those of a form that is shown no more are dropped. */
  editFineTune(form: number, revision: number, values: FineTuneValues): void {
    if (this.#shown instanceof FineTuneSession && this.#shown.form === form) this.#shown.edit(revision, values);
  }

  /** As `editFineTune`. */
  editPretrain(form: number, revision: number, values: PretrainValues): void {
    if (this.#shown instanceof PretrainSession && this.#shown.form === form) this.#shown.edit(revision, values);
  }

  /** Asks for a file or a folder, and puts it into the form. */
  async chooseFile(form: number, what: ChosenFile): Promise<void> {
    const chosen = await this.parts.host.choose(what);
    const shown = this.#shown;
    if (chosen === undefined || !shown || shown instanceof ShownTraining || shown.form !== form) return;
    const named = what === "path" || what === "root" ? { name: nameOfFile(chosen) } : {};
    shown.set({ [what]: chosen, ...named });
  }

  /** Begins what the form says. Resolves when the run is over. */
  async start(form: number): Promise<void> {
    const shown = this.#shown;
    if (this.#running || this.parts.host.other() !== null) return;
    if (!shown || shown instanceof ShownTraining || shown.form !== form) return;
    const { client, host } = this.parts;
    if (shown.kind === "finetune") {
      const { request } = shown;
      if (!request) return;
      const params = { ...request, runs: host.runs(request.data.path) };
      await this.#run(
        this.#begin(request.name ?? nameOfFile(request.data.path)),
        (options) => client.fineTune(params, options),
        shown,
      );
    } else {
      const { request } = shown;
      if (!request) return;
      const params = { ...request, runs: host.runs(request.corpus.root) };
      await this.#run(
        this.#begin(request.name ?? nameOfFile(request.corpus.root)),
        (options) => client.pretrain(params, options),
        shown,
      );
    }
  }

  /** Pauses the run under way, or stops it and keeps the best; false when there is none. */
  async control(action: "pause" | "stop"): Promise<boolean> {
    const run = this.#running;
    if (!run) return false;
    const before = run.status;
    run.status = action === "pause" ? "pausing" : "stopping";
    this.#tell();
    const done = await this.parts.client.control({ action }).catch((error: unknown) => {
      this.parts.log.warn(`training/control: ${toErrorInfo(error).message}`);
      return false;
    });
    if (!done && this.#running === run) {
      run.status = before;
      this.#tell();
    }
    return done;
  }

  /** Goes on with a run that was paused or cut off. Throws `invalidRequest` while another is under way, or for a folder that is none. */
  async resume(folder: string): Promise<void> {
    this.#mustBeIdle();
    const shown = this.#shown;
    const run = shown instanceof ShownTraining && shown.folder === folder ? shown : await this.#read(folder);
    this.#mustBeIdle(); // another may have begun meanwhile
    run.again();
    this.#running = run;
    this.#show(run);
    this.parts.host.reveal();
    await this.#run(run, (options) => this.parts.client.resume({ folder }, options), null);
  }

  /** Goes on with the run that is shown. */
  async resumeShown(run: number): Promise<void> {
    const shown = this.shownRun(run);
    if (shown?.folder) await this.resume(shown.folder);
  }

  /** Fills in a form as the run that is shown had it. */
  repeat(run: number): void {
    const record = this.shownRun(run)?.record;
    const values = record && fineTuneValues(record);
    const others = record && pretrainValues(record);
    if (values) this.openFineTune(values.path, values);
    else if (others) this.openPretrain(others.root, others);
  }

  /** The run that is shown, if it is of this number. */
  shownRun(run: number): ShownTraining | null {
    return this.#shown instanceof ShownTraining && this.#shown.number === run ? this.#shown : null;
  }

  /** The panel was closed; a run under way goes on. */
  close(): void {
    if (this.#shown && !(this.#shown instanceof ShownTraining)) this.#shown.dispose();
    this.#shown = null;
  }

  /** Other long work in this window began or ended. */
  othersChanged(): void {
    this.store.show();
  }

  #mustBeIdle(): void {
    if (this.#running) {
      throw invalidRequest(l10n.t("a training is under way already"), l10n.t("Pause or stop it first."));
    }
    if (this.parts.host.other() === null) return;
    throw invalidRequest(l10n.t("a comparison is under way in this window"), l10n.t("Pause it first."));
  }

  #formParts(path: string) {
    const { clock, host } = this.parts;
    return { clock, runs: host.runs(path), changed: () => this.store.show() };
  }

  #showForm(session: FineTuneSession | PretrainSession): void {
    this.#show(session);
    this.parts.host.reveal();
    this.parts.host.models().then(
      (models) => session.offer(models),
      (error: unknown) => this.parts.log.warn(`Models: ${toErrorInfo(error).message}`),
    );
  }

  #show(shown: FineTuneSession | PretrainSession | ShownTraining): void {
    if (this.#shown && this.#shown !== shown && !(this.#shown instanceof ShownTraining)) this.#shown.dispose();
    this.#shown = shown;
    this.#failure = null;
    this.store.show();
  }

  async #read(folder: string): Promise<ShownTraining> {
    if (this.#running?.folder === folder) return this.#running;
    const { record, events } = await readTrainingFolder(this.parts.files, folder);
    const run = new ShownTraining(this.#next++, record.name);
    for (const event of events) run.hear(event);
    run.finish(record, folder);
    return run;
  }

  #begin(title: string): ShownTraining {
    const run = new ShownTraining(this.#next++, title);
    this.#running = run;
    this.#show(run);
    return run;
  }

  /** `form` is shown again when the run fails before it has a folder. */
  async #run(
    run: ShownTraining,
    send: (options: RunOptions) => Promise<TrainingResult>,
    form: FineTuneSession | PretrainSession | null,
  ): Promise<void> {
    this.#changed.fire();
    try {
      const result = await send({ onEvent: (event) => this.#hear(run, event) });
      run.finish(result.record, result.folder);
    } catch (error) {
      run.fail(toErrorInfo(error));
      this.parts.log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
      await this.#readRecord(run);
    }
    this.#running = null;
    this.parts.host.remember(null);
    if (form && run.folder === null && this.#shown === run) {
      this.#show(form);
      form.set({});
      this.#failure = run.failure;
    }
    this.#tell();
    this.store.show();
    if (run.folder !== null) this.#stored.fire(run.folder);
    this.parts.host.ended(run);
  }

  #hear(run: ShownTraining, event: TrainingEvent): void {
    const from = run.hear(event);
    if (event.kind === "begin") {
      this.parts.host.remember(event.folder);
      this.#stored.fire(event.folder);
    }
    if (this.#shown === run) this.store.changed(from);
    this.#changed.fire();
  }

  /** What the runtime wrote about the failure, where it could. */
  async #readRecord(run: ShownTraining): Promise<void> {
    if (run.folder === null) return;
    const read = await readTrainingFolder(this.parts.files, run.folder).catch(() => null);
    if (read) run.record = read.record;
  }

  #tell(): void {
    this.store.changed();
    this.#changed.fire();
  }
}
