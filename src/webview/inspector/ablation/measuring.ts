/** Asks what switching parts off does: one part, layer after layer, a set, or sets on several places. */
import * as l10n from "@vscode/l10n";
import type { PanelAnswer } from "../../../runtime/analysisPanelProtocol";
import type { Ablated, AblationEffect, AblationEffects } from "../../../runtime/analysisProtocol";
import type { RuntimeErrorInfo } from "../../../runtime/protocol";
import { partKey, type Watched, type WatchedEffects } from "./effects";

/** Sets of parts, each switched off together. */
export type PartSets = readonly (readonly Ablated[])[];

/** Sends a question about watched tokens. */
export type AskEffects = (
  items: readonly Watched[],
  sets: PartSets,
  signal: AbortSignal,
) => Promise<PanelAnswer<AblationEffects>>;

/** Work of several questions. */
export interface MeasuringRun {
  readonly text: string;
  readonly done: number;
  readonly total: number;
}

/** What several places gave, so far. */
export interface BatchResult {
  readonly sets: PartSets;
  readonly effects: readonly AblationEffect[];
  /** Which places, in words. */
  readonly places: string;
}

type Ready = Extract<PanelAnswer<AblationEffects>, { kind: "ready" }>;

/** Measures about one watched token at a time; `changed` is called whenever something of it changed. */
export class Measuring {
  #run: (MeasuringRun & { readonly controller: AbortController }) | null = null;
  #pending = new Set<string>();
  #error: { readonly info: RuntimeErrorInfo; readonly again: () => unknown } | null = null;
  #batch: BatchResult | null = null;
  /** Ends with the watched token. */
  #subject = new AbortController();

  constructor(
    private readonly ask: AskEffects,
    private readonly changed: () => void,
  ) {}

  /** What is under way, in steps; null when nothing is that can be stopped. */
  get run(): MeasuringRun | null {
    return this.#run;
  }

  /** Keys of the parts that are being measured. */
  get pending(): ReadonlySet<string> {
    return this.#pending;
  }

  /** Why the last question failed. */
  get error(): RuntimeErrorInfo | null {
    return this.#error?.info ?? null;
  }

  /** The newest result of several places. */
  get batch(): BatchResult | null {
    return this.#batch;
  }

  /** Stops what is under way; what was measured stays. */
  stop(): void {
    this.#run?.controller.abort();
  }

  /** Another token is watched from now on: ends everything under way. */
  forget(): void {
    this.#subject.abort();
    this.#subject = new AbortController();
    this.#run?.controller.abort();
    this.#run = null;
    this.#pending = new Set();
    this.#error = null;
  }

  /** Another text is shown from now on. */
  startOver(): void {
    this.forget();
    this.#batch = null;
  }

  /** Does again what failed. */
  retry(): void {
    const again = this.#error?.again;
    this.#error = null;
    again?.();
    this.changed();
  }

  /** One part by itself. */
  async one(effects: WatchedEffects, watched: Watched, part: Ablated): Promise<void> {
    const key = partKey(part);
    if (this.#pending.has(key) || effects.of(part) !== undefined) return;
    this.#pending.add(key);
    this.changed();
    const { signal } = this.#subject;
    const answer = await this.ask([watched], [[part]], signal);
    if (signal.aborted) return;
    this.#pending.delete(key);
    if (this.#isReady(answer, () => this.one(effects, watched, part))) effects.add([[part]], answer.value);
    this.changed();
  }

  /** All of `parts`, a layer per question, so that the grid fills up and the work can be stopped. */
  sweep(effects: WatchedEffects, watched: Watched, parts: readonly Ablated[]): Promise<void> {
    const layers = [...new Set(parts.map(({ layer }) => layer))];
    return this.#inTurn(l10n.t("Measuring the layers:"), layers, async (layer, signal) => {
      const sets = parts.filter((part) => part.layer === layer && effects.of(part) === undefined).map((part) => [part]);
      if (sets.length === 0) return true; // measured one by one meanwhile
      this.#pending = new Set(sets.flat().map(partKey));
      this.changed();
      const answer = await this.ask([watched], sets, signal);
      if (signal.aborted || !this.#isReady(answer, () => this.sweep(effects, watched, parts))) return false;
      effects.add(sets, answer.value);
      return true;
    });
  }

  /** Several parts off at the same time. */
  together(effects: WatchedEffects, watched: Watched, parts: readonly Ablated[]): Promise<void> {
    return this.#inTurn(l10n.t("Measuring the set:"), [[parts]], async (sets, signal) => {
      const answer = await this.ask([watched], sets, signal);
      if (signal.aborted || !this.#isReady(answer, () => this.together(effects, watched, parts))) return false;
      effects.add(sets, answer.value);
      return true;
    });
  }

  /** Each of `sets` on all of `items`; `places` says in words which these are. */
  several(items: readonly Watched[], sets: PartSets, places: string): Promise<void> {
    const effects: AblationEffect[] = [];
    return this.#inTurn(l10n.t("Measuring the sets:"), sets, async (set, signal) => {
      const answer = await this.ask(items, [set], signal);
      if (signal.aborted || !this.#isReady(answer, () => this.several(items, sets, places))) return false;
      effects.push(...answer.value.effects);
      this.#batch = { sets, effects: [...effects], places };
      return true;
    });
  }

  /** Does `step` for one after the other until one says no, the run is stopped, or another takes its place. */
  async #inTurn<T>(
    text: string,
    all: readonly T[],
    step: (one: T, signal: AbortSignal) => Promise<boolean>,
  ): Promise<void> {
    const controller = new AbortController();
    this.#run?.controller.abort();
    this.#error = null;
    for (const [done, one] of all.entries()) {
      this.#run = { controller, text, done, total: all.length };
      this.changed();
      if (!(await step(one, controller.signal)) || controller.signal.aborted) break;
    }
    if (this.#run?.controller !== controller) return;
    this.#run = null;
    this.#pending = new Set();
    this.changed();
  }

  #isReady(answer: PanelAnswer<AblationEffects>, again: () => unknown): answer is Ready {
    if (answer.kind === "failed") this.#error = { info: answer.error, again };
    return answer.kind === "ready";
  }
}
