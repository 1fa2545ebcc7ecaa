/** The loop of a training run: steps, looks at dev, checkpoints, and how it ends. Knows no architecture, no data and no file format. */
import * as l10n from "@vscode/l10n";
import type { StepResult, Trainable } from "../engine/trainable";
import { CancelledError, RuntimeError, trainingFailed } from "../errors";
import type { TrainingEvent, TrainingRecord, TrainingState } from "../trainingProtocol";
import { type Checkpoints, divergenceRemedy, noProgress, type TrainingProgress } from "./checkpoints";

/** What a run does. Everything in it must hang on nothing but the step: a run that is resumed asks again. */
export interface TrainingPlan<B> {
  readonly model: Trainable<B>;
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly learningRate: (step: number) => number;
  /** The micro-batches of a step, from 0. */
  readonly batches: (step: number) => Promise<readonly B[]>;
  /** Real tokens of a micro-batch, for the speed. */
  readonly tokens: (batch: B) => number;
  /** Loss (nats, a mean) and accuracy on dev; null when there is no dev. Looks at the signal itself. */
  readonly evaluate: (() => Promise<{ readonly loss: number; readonly accuracy: number | null }>) | null;
  /** Steps between two looks at dev; 0 for the end of each epoch. There always is one after the last step. */
  readonly evaluateEvery: number;
  /** Looks without a better one that end the run; 0 for none. */
  readonly patience: number;
  /** Steps between two checkpoints. */
  readonly checkpointEvery: number;
  readonly sample?: { readonly every: number; readonly make: () => Promise<string> };
}

/** How a run is stopped from outside. */
export interface TrainingControl {
  /** Ends it at once; what was done since the last checkpoint is lost, and done again when it is resumed, unless `keepsSteps`. */
  readonly signal: AbortSignal;
  /** A run that the signal ends writes a checkpoint of its last whole step before it is `paused`. `false` when absent. */
  readonly keepsSteps?: boolean;
  /** Asked after every step, and when one was interrupted. */
  readonly wanted: () => "pause" | "stop" | null;
  /** Aborts when something is wanted: the step under way has moved nothing until its last pass, and is not waited for. */
  readonly interrupt?: AbortSignal;
}

/** How a run ended. */
export interface TrainingOutcome {
  readonly state: TrainingState;
  /** Why it failed or ended early; null when there is nothing to say. */
  readonly reason: string | null;
  /** Steps that are done. */
  readonly step: number;
  readonly best: TrainingRecord["best"];
  /** Milliseconds, of all its parts together. */
  readonly elapsedMs: number;
}

/**
 * Trains, from the last checkpoint when there is one. `completed` and `stopped` runs leave the model with its last parameters and the best
 * ones in `checkpoints`. A run that fails for a reason of its own (loss not finite, disk full, device lost) resolves as `failed`, its last
 * good checkpoint kept; only faults of the program are thrown. An aborted run resolves as `paused`.
 */
export async function train<B>(
  plan: TrainingPlan<B>,
  checkpoints: Checkpoints,
  control: TrainingControl,
  onEvent: (event: TrainingEvent) => unknown,
): Promise<TrainingOutcome> {
  const run = new Run(plan, checkpoints, control, onEvent);
  return run
    .go()
    .catch((error: unknown) => run.cancelled(error))
    .then(
      (ending) => run.outcome(ending),
      (error: unknown) => {
        if (!(error instanceof RuntimeError)) throw error;
        return run.outcome({ state: "failed", reason: [error.message, error.hint].filter(Boolean).join(" ") });
      },
    );
}

type Ending = Pick<TrainingOutcome, "state" | "reason">;

const completed: Ending = { state: "completed", reason: null };

/** A run that is going on. */
class Run<B> {
  #progress: TrainingProgress = noProgress;
  #savedStep = -1;
  /** Whether dev is being looked at. */
  #looking = false;
  readonly #clock: Clock;
  /** Aborts with either signal. Made once: signals know all that were made of them. */
  readonly #endsStep: AbortSignal;

  constructor(
    private readonly plan: TrainingPlan<B>,
    private readonly checkpoints: Checkpoints,
    private readonly control: TrainingControl,
    private readonly onEvent: (event: TrainingEvent) => unknown,
  ) {
    this.#clock = new Clock();
    const { signal, interrupt } = control;
    this.#endsStep = interrupt ? AbortSignal.any([signal, interrupt]) : signal;
  }

  outcome(ending: Ending): TrainingOutcome {
    const { step, best } = this.#progress;
    return { ...ending, step, best, elapsedMs: this.#clock.elapsedMs };
  }

  async go(): Promise<Ending> {
    await this.#restore();
    while (this.#progress.step < this.plan.steps && !this.#outOfPatience()) {
      await this.#step();
      const wanted = this.control.wanted();
      if (wanted === "stop") return this.#stop();
      if (wanted === "pause" && this.#progress.step < this.plan.steps && !this.#outOfPatience()) return this.#pause();
    }
    await this.#save();
    if (!this.#outOfPatience() || this.#progress.step >= this.plan.steps) return completed;
    const { looksWithoutBetter } = this.#progress;
    return { ...completed, reason: l10n.t("{0} looks at dev in a row brought nothing better.", looksWithoutBetter) };
  }

  /** How a run ends that was cancelled; throws any other error. A cancelled step has moved nothing: the last whole one can be kept. */
  async cancelled(error: unknown): Promise<Ending> {
    const { signal, keepsSteps = false } = this.control;
    if (!(error instanceof CancelledError || signal.aborted)) throw error;
    if (keepsSteps && error instanceof CancelledError && this.#progress.step > 0) await this.#save();
    return { state: "paused", reason: l10n.t("It was cancelled; it goes on from its last checkpoint.") };
  }

  async #restore(): Promise<void> {
    const saved = await this.checkpoints.restore(this.plan.model);
    if (saved === null) return;
    const { lookIsDue = false, ...progress } = saved;
    this.#progress = progress;
    this.#savedStep = saved.step;
    this.#clock.start(saved.elapsedMs);
    await this.onEvent({ kind: "note", text: l10n.t("Goes on after step {0}.", saved.step) });
    if (!lookIsDue) return;
    await this.#evaluate();
    // The checkpoint knows nothing of the look.
    this.#savedStep = -1;
  }

  #outOfPatience(): boolean {
    const { patience } = this.plan;
    return patience > 0 && this.#progress.looksWithoutBetter >= patience;
  }

  /** A step, and what is due after it. Dev comes before the checkpoint, so that the checkpoint knows of it. */
  async #step(): Promise<void> {
    const { plan } = this;
    const step = this.#progress.step;
    const batches = await plan.batches(step);
    this.#checkAborted();
    const began = performance.now();
    const learningRate = plan.learningRate(step);
    const result = await this.#passes(batches, learningRate, step);
    if (result === null) return;
    checkFinite(result, step + 1);
    this.#clock.step(performance.now() - began, sum(batches.map(plan.tokens)));
    this.#progress = { ...this.#progress, step: step + 1 };
    await this.#tell(result, learningRate);
    if (this.#due(plan.evaluateEvery || plan.stepsPerEpoch) || step + 1 === plan.steps) await this.#evaluate();
    if (plan.sample && plan.sample.every > 0 && this.#due(plan.sample.every))
      await this.onEvent({ kind: "sample", step: step + 1, text: await plan.sample.make() });
    if (this.#due(plan.checkpointEvery)) await this.#save();
    this.#checkAborted();
  }

  /** Null when the step was interrupted, and nothing was moved. */
  async #passes(batches: readonly B[], learningRate: number, step: number): Promise<StepResult | null> {
    const { signal, wanted } = this.control;
    try {
      return await this.plan.model.step(batches, learningRate, step, this.#endsStep);
    } catch (error) {
      if (!(error instanceof CancelledError) || signal.aborted || wanted() === null) throw error;
      return null;
    }
  }

  #due(every: number): boolean {
    return every > 0 && this.#progress.step % every === 0;
  }

  #checkAborted(): void {
    if (this.control.signal.aborted) throw new CancelledError("cancelled while training");
  }

  async #tell(result: StepResult, learningRate: number): Promise<void> {
    const { step } = this.#progress;
    const { taskLoss, lmLoss, loss, gradientNorm } = result;
    await this.onEvent({
      kind: "step",
      step,
      epoch: Math.ceil(step / this.plan.stepsPerEpoch),
      ...{ taskLoss, lmLoss, loss, learningRate, gradientNorm },
      tokensPerSecond: this.#clock.tokensPerSecond,
      elapsedMs: this.#clock.elapsedMs,
      leftMs: this.#clock.leftMs(this.plan.steps - step, this.#looksLeft()),
    });
  }

  #looksLeft(): number {
    const { evaluate, evaluateEvery, stepsPerEpoch, steps } = this.plan;
    return evaluate === null ? 0 : Math.ceil((steps - this.#progress.step) / (evaluateEvery || stepsPerEpoch));
  }

  async #evaluate(): Promise<void> {
    const { evaluate, model } = this.plan;
    if (evaluate === null) return;
    const began = performance.now();
    this.#looking = true;
    const look = await evaluate();
    this.#looking = false;
    this.#clock.look(performance.now() - began);
    const { step, best } = this.#progress;
    if (!Number.isFinite(look.loss)) throw diverged(l10n.t("The loss on dev is not finite after step {0}.", step));
    const better = isBetter(look, best);
    this.#progress = better
      ? { ...this.#progress, best: { step, ...look }, looksWithoutBetter: 0 }
      : { ...this.#progress, looksWithoutBetter: this.#progress.looksWithoutBetter + 1 };
    if (better) await this.checkpoints.saveBest(model, this.#progressNow());
    await this.onEvent({ kind: "evaluation", step, split: "dev", ...look, best: better });
  }

  #progressNow(): TrainingProgress {
    const looking = this.#looking && { lookIsDue: true };
    return { ...this.#progress, ...looking, elapsedMs: this.#clock.elapsedMs };
  }

  async #save(): Promise<void> {
    const { step } = this.#progress;
    if (this.#savedStep === step) return;
    await this.checkpoints.save(this.plan.model, this.#progressNow());
    this.#savedStep = step;
    await this.onEvent({ kind: "checkpoint", step });
  }

  async #pause(): Promise<Ending> {
    await this.#save();
    return { state: "paused", reason: null };
  }

  /** A run that was never looked at is looked at now, so that the model that is kept is one that was measured. */
  async #stop(): Promise<Ending> {
    if (this.#progress.best === null) await this.#evaluate();
    await this.#save();
    return { state: "stopped", reason: null };
  }
}

/** Higher accuracy, then lower loss; lower loss where there is no accuracy. */
function isBetter(
  look: { readonly loss: number; readonly accuracy: number | null },
  best: TrainingProgress["best"],
): boolean {
  if (best === null) return true;
  if (look.accuracy === null || best.accuracy === null || look.accuracy === best.accuracy) return look.loss < best.loss;
  return look.accuracy > best.accuracy;
}

function checkFinite({ loss, gradientNorm }: StepResult, step: number): void {
  if (!Number.isFinite(loss)) throw diverged(l10n.t("The loss is not finite in step {0}.", step));
  if (!Number.isFinite(gradientNorm)) throw diverged(l10n.t("The gradients are not finite in step {0}.", step));
}

function diverged(problem: string): RuntimeError {
  return trainingFailed(problem, divergenceRemedy());
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

/** Share of a new time in the mean that is told. */
const newShare = 0.1;

/** Times of a run. */
class Clock {
  #began = performance.now();
  #before = 0;
  #stepMs: number | null = null;
  #tokens = 0;
  #lookMs = 0;

  /** Time spent before, milliseconds. */
  start(before: number): void {
    this.#before = before;
    this.#began = performance.now();
  }

  get elapsedMs(): number {
    return this.#before + performance.now() - this.#began;
  }

  step(ms: number, tokens: number): void {
    this.#stepMs = this.#stepMs === null ? ms : mean(this.#stepMs, ms);
    this.#tokens = this.#tokens === 0 ? tokens : mean(this.#tokens, tokens);
  }

  look(ms: number): void {
    this.#lookMs = ms;
  }

  get tokensPerSecond(): number {
    return (1000 * this.#tokens) / Math.max(this.#stepMs ?? 0, 1e-3);
  }

  leftMs(steps: number, looks: number): number | null {
    return this.#stepMs === null ? null : this.#stepMs * steps + this.#lookMs * looks;
  }
}

function mean(before: number, now: number): number {
  return before + newShare * (now - before);
}
