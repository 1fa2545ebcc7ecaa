/** The work of a comparison, unit by unit: settings are chosen on dev, then test is read, then the learning curves. */
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as l10n from "@vscode/l10n";
import type { ArmRecord, ComparisonEvent, ComparisonUnit, UnitCost, UnitOutcome } from "../comparisonRecord";
import type { LoadedModel } from "../engine/loadedModel";
import { CancelledError, RuntimeError, type RuntimeErrorCode, storeFailed } from "../errors";
import { openCache } from "../prompt/recordedRun";
import type { ModelReference } from "../protocol";
import { armOf, partOf, promptUnit, trainingUnit } from "./armUnits";
import type { ComparisonClock } from "./comparisonClock";
import { featureTexts, hasFeatures, learntItems, mostFeatures, writeFeatures } from "./comparisonFeatures";
import { lowerIsBetter } from "./comparisonFile";
import type { ComparisonInput } from "./comparisonInput";
import { type ComparisonWriter, readPredictions } from "./comparisonStore";
import { itemText } from "./itemText";
import { findPretrainingOverlap, hasPretrainingOverlap, writePretrainingOverlap } from "./pretrainingOverlap";
import { runPromptUnit } from "./promptArm";
import { noteTestRead } from "./testReads";
import { sameTraining, TrainedModels } from "./trainedModels";
import { runTrainingUnit } from "./trainingArm";
import { UnitPlan } from "./unitPlan";
import { mean, type OnUnitProgress, type UnitRun } from "./unitRun";
import { unitScore } from "./unitScore";

/** Who asks for a comparison, and what it works with. */
export interface ComparisonContext {
  readonly signal: AbortSignal;
  /** Is given every event; what it returns is waited for. */
  readonly onEvent: (event: ComparisonEvent) => unknown;
  /** Runs work with a model, which stays loaded until another one is asked for. */
  readonly useModel: <T>(reference: ModelReference, work: (model: LoadedModel) => Promise<T>) => Promise<T>;
  /** Frees the loaded model. */
  readonly freeModel: () => Promise<unknown>;
}

/** What goes wrong with the run's folder goes wrong for every arm. */
const ofTheFolder: ReadonlySet<RuntimeErrorCode> = new Set(["cannotWrite", "storeFailed", "notEnoughSpace"]);

/** Answers a unit; `model` is the folder of what was trained for it. */
type Answer = (unit: ComparisonUnit) => Promise<UnitRun & { readonly model?: string }>;

/** A comparison that is going on. */
export class ComparisonLoop {
  /** The unit that is being run: whose failure it is, when one fails. */
  current: ComparisonUnit | null = null;
  /** The first unit of each arm that failed, and why: the other arms went on. */
  readonly failures: { readonly unit: ComparisonUnit; readonly error: RuntimeError }[] = [];
  readonly #input: ComparisonInput;
  readonly #writer: ComparisonWriter;
  readonly #context: ComparisonContext;
  readonly #clock: ComparisonClock;
  readonly #units: UnitPlan;
  readonly #trained: TrainedModels;
  /** By the units' ids. */
  readonly #outcomes: Map<string, UnitOutcome>;
  /** What is written: see `placeOf`. */
  readonly #written: Set<string>;

  constructor(
    input: ComparisonInput,
    writer: ComparisonWriter,
    outcomes: readonly UnitOutcome[],
    context: ComparisonContext,
    clock: ComparisonClock,
  ) {
    this.#input = input;
    this.#writer = writer;
    this.#context = context;
    this.#clock = clock;
    this.#units = new UnitPlan(input);
    this.#trained = new TrainedModels(writer.folder);
    this.#outcomes = new Map(outcomes.map((outcome) => [outcome.unit.id, outcome]));
    this.#written = new Set(outcomes.map(({ unit }) => placeOf(unit)));
  }

  /**
   * Runs every unit that has no outcome yet. Prompts come first, by model, so that each is loaded once; trainings have the memory to
   * themselves. An arm that fails is left, and told in `failures`. Throws faults of the program, what the run's folder refuses,
   * `CancelledError`, and `storeFailed` when two arms did not answer the same items.
   */
  async all(): Promise<void> {
    const numbers = [...this.#input.arms.keys()];
    const prompting = numbers.filter((arm) => armOf(this.#input, arm).kind === "prompt");
    const training = numbers.filter((arm) => armOf(this.#input, arm).kind !== "prompt");
    for (const folder of new Set(prompting.map((arm) => armOf(this.#input, arm).model)))
      await this.#promptArms(
        prompting.filter((arm) => armOf(this.#input, arm).model === folder),
        folder,
      );
    await this.#features();
    await this.#pretraining();
    if (training.some((arm) => !this.#isDone(arm))) await this.#context.freeModel();
    const answer = this.#trainingAnswer();
    for (const arm of training) await this.#try(arm, () => this.#measure(arm, answer));
    for (const arm of training) await this.#try(arm, () => this.#curve(arm, answer));
    await this.#checkSameItems();
    if (this.failures.length === 0) await this.#trained.removeWork();
  }

  /** Does what an arm is to do, unless it failed before. */
  async #try(arm: number, work: () => Promise<void>): Promise<void> {
    if (this.#hasFailed(arm)) return;
    try {
      await work();
    } catch (error) {
      const unit = this.current;
      const isOwn = error instanceof RuntimeError && !ofTheFolder.has(error.code);
      if (!isOwn || unit === null || this.#context.signal.aborted) throw error;
      this.failures.push({ unit, error });
      this.current = null;
    }
  }

  #hasFailed(arm: number): boolean {
    return this.failures.some(({ unit }) => unit.arm === arm);
  }

  /** Units that are done and all that there are, as far as choices are known. */
  counts(): { readonly done: number; readonly total: number } {
    const units = this.#allUnits();
    return { done: units.filter((unit) => this.#written.has(placeOf(unit))).length, total: units.length };
  }

  async #promptArms(arms: readonly number[], folder: string): Promise<void> {
    const each = async (answer: Answer) => {
      for (const arm of arms)
        await this.#try(arm, async () => {
          await this.#measure(arm, answer);
          await this.#curve(arm, answer);
        });
    };
    if (arms.every((arm) => this.#isDone(arm))) return each(() => Promise.reject(new TypeError("nothing is left")));
    await this.#withModel(folder, async (model) => {
      await this.#noteFailure(model);
      const sha256 = this.#input.models.find((one) => one.folder === folder)?.sha256 ?? "";
      const cache = await openCache(model, sha256, this.#input.params.cache);
      const { signal } = this.#context;
      await each((unit) => {
        const options = { signal, priority: "batch" as const, cache, onProgress: this.#progress(unit) };
        return runPromptUnit(model, promptUnit(this.#input, unit), options);
      });
      if (folder === this.#input.models[0]?.folder) await this.#features(model);
    });
  }

  #withModel(folder: string, work: (model: LoadedModel) => Promise<void>): Promise<void> {
    const { params, devices } = this.#input;
    const { contextLength } = params;
    const reference = { folder, device: devices.prompt, ...(contextLength !== undefined && { contextLength }) };
    return this.#context.useModel(reference, work);
  }

  /** The first model's, for a baseline of the report. Too many items of test take too long. */
  async #features(model?: LoadedModel): Promise<void> {
    const [first] = this.#input.models;
    const learnt = learntItems(this.#input);
    const { test } = this.#input.data;
    if (!first || test.flatMap(featureTexts).length > mostFeatures || (await hasFeatures(this.#writer.folder))) return;
    if (!model) return this.#withModel(first.folder, (loaded) => this.#features(loaded));
    const turn = { signal: this.#context.signal, priority: "batch" as const };
    await writeFeatures(this.#writer.folder, model, this.#input.data, learnt, turn);
  }

  /** Looks for test in the text that models are known to have been trained on. */
  async #pretraining(): Promise<void> {
    const { pretraining, data, file } = this.#input;
    const { folder } = this.#writer;
    if (pretraining.length === 0 || (await hasPretrainingOverlap(folder))) return;
    const { n } = file.contamination ?? {};
    const options = { signal: this.#context.signal, ...(n !== undefined && { n }) };
    await writePretrainingOverlap(folder, await findPretrainingOverlap(data.test.map(itemText), pretraining, options));
  }

  /** What a number hangs on is written down: the device is not the one that was planned. */
  async #noteFailure({ info }: LoadedModel): Promise<void> {
    if (!info.failure) return;
    const { device, reason } = info.failure;
    const text = l10n.t("{0} failed with {1} ({2}). Its prompts were run on the CPU.", device, info.name, reason);
    const { notes } = this.#writer.record;
    if (notes.includes(text)) return;
    await this.#writer.update({ notes: [...notes, text] });
    await this.#context.onEvent({ kind: "note", text });
  }

  #trainingAnswer(): Answer {
    const { signal } = this.#context;
    const device = this.#input.devices.finetune;
    return async (unit) => {
      const options = { signal, chooseDevice: async () => device, onProgress: this.#progress(unit) };
      const run = await runTrainingUnit(trainingUnit(this.#input, unit, this.#trained.workFolder(unit)), options);
      return { ...run, cost: this.#costOf(unit, run.cost) };
    };
  }

  /** A training that was done for another unit costs what it cost then. */
  #costOf(unit: ComparisonUnit, cost: UnitCost): UnitCost {
    const same = [...this.#outcomes.values()].filter((outcome) => sameTraining(outcome.unit, unit));
    return {
      ...cost,
      trainMs: Math.max(cost.trainMs ?? 0, ...same.map((outcome) => outcome.cost.trainMs ?? 0)),
      peakBytes: Math.max(cost.peakBytes, ...same.map((outcome) => outcome.cost.peakBytes)),
    };
  }

  #progress(unit: ComparisonUnit): OnUnitProgress {
    return (stage, done, total) => this.#context.onEvent({ kind: "unit", unit, stage, done, total });
  }

  /** Chooses on dev, then reads test. */
  async #measure(arm: number, answer: Answer): Promise<void> {
    for (const unit of this.#units.choose(arm)) {
      await this.#unit(unit, answer);
      await this.#updateArm(arm, { tried: this.#choice(arm).tried });
    }
    const { tried, chosen } = this.#choice(arm);
    const units = this.#units.test(arm, chosen);
    await this.#updateArm(arm, { tried, chosen, seeds: [...new Set(units.map(({ seed }) => seed))], testReads: 1 });
    const reader = { run: this.#writer.id, arm: armOf(this.#input, arm).name };
    await noteTestRead(dirname(this.#writer.folder), this.#input.data.testSha256, reader);
    for (const unit of units) await this.#unit(unit, answer);
  }

  async #curve(arm: number, answer: Answer): Promise<void> {
    for (const unit of this.#units.curve(arm, this.#choice(arm).chosen)) await this.#unit(unit, answer);
  }

  /** The choice with the best mean over the seeds that were tried; the first listed of equals. */
  #choice(arm: number): { readonly tried: ArmRecord["tried"]; readonly chosen: number } {
    const [metric] = this.#input.metrics;
    const tries = this.#units.tries(arm);
    const tried = armOf(this.#input, arm).choices.map((choice, number) => {
      const scores = (tries[number] ?? []).flatMap((id) => this.#outcomes.get(id)?.score ?? []);
      return { choice, dev: scores.length > 0 ? mean(scores) : null };
    });
    const sign = metric !== undefined && lowerIsBetter.has(metric) ? -1 : 1;
    const rank = (at: number) => sign * (tried[at]?.dev ?? Number.NEGATIVE_INFINITY * sign);
    const chosen = tried.reduce((best, _, at) => (rank(at) > rank(best) ? at : best), 0);
    return { tried, chosen };
  }

  async #updateArm(arm: number, changes: Partial<ArmRecord>): Promise<void> {
    const { arms } = this.#writer.record;
    await this.#writer.update({ arms: arms.map((one, number) => (number === arm ? { ...one, ...changes } : one)) });
  }

  /** Runs a unit, or takes over what is known of it. */
  async #unit(unit: ComparisonUnit, answer: Answer): Promise<void> {
    if (this.#context.signal.aborted) throw new CancelledError("cancelled between units");
    this.current = unit;
    const known = this.#outcomes.get(unit.id);
    if (known && this.#written.has(placeOf(unit))) {
      await this.#context.onEvent({ kind: "outcome", outcome: { ...known, unit }, reused: true });
    } else if (known) await this.#keep({ ...known, unit }, true);
    else await this.#run(unit, answer);
    this.current = null;
  }

  async #run(unit: ComparisonUnit, answer: Answer): Promise<void> {
    const started = performance.now();
    const { predictions, cost, cut, model } = await answer(unit);
    const items = partOf(this.#input, unit);
    const answered = predictions.map(({ item }) => item);
    if (!isDeepStrictEqual(answered, [...items.keys()])) throw new TypeError("not every item was answered, in order");
    const [metric = "accuracy"] = this.#input.metrics;
    const { labels, choices } = this.#input.data;
    const score = unitScore(metric, { predictions, items, classes: choices ?? labels.length });
    // Kept before the outcome says that all is there.
    if (model !== undefined && this.#isFirstOnTest(unit)) await this.#keepModel(unit.arm, model);
    this.#clock.ran(unit.arm, performance.now() - started, cost.peakBytes);
    await this.#keep({ unit, score, cost, cut }, false, predictions);
    if (model === undefined) return;
    if (unit.purpose === "choose") await this.#trained.tried(unit, lowerIsBetter.has(metric) ? -score : score);
    else await this.#trained.forget(unit);
  }

  async #keep(outcome: UnitOutcome, reused: boolean, predictions?: Parameters<ComparisonWriter["outcome"]>[1]) {
    await this.#writer.outcome(outcome, predictions);
    this.#outcomes.set(outcome.unit.id, outcome);
    this.#written.add(placeOf(outcome.unit));
    await this.#context.onEvent({ kind: "outcome", outcome, reused });
    const record = await this.#writer.update({ units: this.counts(), actual: this.#clock.cost });
    await this.#context.onEvent({ kind: "record", record, leftMs: this.#clock.leftMs(this.#armsLeft()) });
  }

  /** The model of an arm's first seed on test stays with the run; the others go when they have answered. */
  #isFirstOnTest({ purpose, seed }: ComparisonUnit): boolean {
    return purpose === "test" && seed === this.#input.seeds.training[0];
  }

  async #keepModel(arm: number, model: string): Promise<void> {
    const trained = await this.#trained.keep(arm, armOf(this.#input, arm).name, model);
    await this.#updateArm(arm, { trained });
  }

  #isDone(arm: number): boolean {
    return this.#unitsOf(arm).every(({ id }) => this.#outcomes.has(id));
  }

  #unitsOf(arm: number): readonly ComparisonUnit[] {
    const { chosen } = this.#choice(arm);
    return [...this.#units.choose(arm), ...this.#units.test(arm, chosen), ...this.#units.curve(arm, chosen)];
  }

  #allUnits(): readonly ComparisonUnit[] {
    return [...this.#input.arms.keys()].flatMap((arm) => this.#unitsOf(arm));
  }

  /** The arm of every unit that is still to be run. */
  #armsLeft(): readonly number[] {
    const left = this.#allUnits().filter(({ id }) => !this.#outcomes.has(id));
    return [...new Map(left.map(({ id, arm }) => [id, arm])).values()];
  }

  /** Arms are compared item by item: what is recorded must be the same items of every arm. */
  async #checkSameItems(): Promise<void> {
    const expected = [...this.#input.data.test.keys()];
    for (const [arm, { name }] of this.#input.arms.entries())
      for (const { id } of this.#hasFailed(arm) ? [] : this.#units.test(arm, this.#choice(arm).chosen)) {
        const predictions = await readPredictions(this.#writer.folder, id);
        const items = predictions.map(({ item }) => item);
        if (isDeepStrictEqual(items, expected)) continue;
        throw storeFailed(
          this.#writer.folder,
          l10n.t('the arm "{0}" did not answer the same items as the others', name),
        );
      }
  }
}

/** The same for the same work for the same purpose. */
function placeOf({ arm, purpose, id }: ComparisonUnit): string {
  return `${arm} ${purpose} ${id}`;
}
