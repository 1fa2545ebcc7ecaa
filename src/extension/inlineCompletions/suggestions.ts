/** Inline suggestions from first key to gate. Knows nothing of VS Code. */
import { CancelledError, toErrorInfo } from "../../runtime/errors";
import type { ModelReference } from "../../runtime/protocol";
import { sleep } from "../abort";
import type { Clock } from "../clock";
import { Emitter, type Event } from "../emitter";
import { errorText } from "../errorText";
import type { Logger } from "../logger";
import { repeatsNextLine } from "./ending";
import { LastSuggestions, type Suggestion } from "./lastSuggestions";
import { type Place, type Shape, shapeOf } from "./place";
import type { StatisticsStore } from "./statisticsStore";
import { type Candidate, type Generator, suggest } from "./suggest";

/** The settings that matter while one types. */
export interface SuggestionSettings {
  readonly model: ModelReference;
  /** How long typing must rest, milliseconds. */
  readonly debounceMs: number;
  readonly maxNewTokens: number;
  /** Least geometric mean of the tokens' probabilities, 0 to 1. */
  readonly minConfidence: number;
  /** How many texts are tried when suggestions are asked for by a command. */
  readonly candidates: number;
}

/** Suggestions are asked for. */
export interface Ask {
  /** The document, by its address. */
  readonly document: string;
  readonly language: string;
  readonly place: Place;
  /** Whether the user asked by a command, not by typing. */
  readonly invoked: boolean;
  readonly settings: SuggestionSettings;
}

/** What `Suggestions` works with. */
export interface SuggestionsOptions {
  readonly models: Generator;
  readonly statistics: Pick<StatisticsStore, "answered">;
  readonly clock: Clock;
  readonly log: Logger;
  /** The time as ISO 8601. */
  readonly date: () => string;
}

/** How long nothing is tried after a failure, milliseconds; twice as long after each further one. */
const firstPauseMs = 5_000;
const longestPauseMs = 300_000;

/** One request at a time: the newest wins, and the work for the one before is cancelled. */
export class Suggestions {
  readonly #last = new LastSuggestions();
  readonly #changed = new Emitter<void>();
  #current: AbortController | undefined;
  #nextId = 1;
  #failure: { readonly text: string; readonly pauseMs: number; readonly until: number } | undefined;

  constructor(private readonly options: SuggestionsOptions) {}

  /** What went wrong last, until something succeeds. */
  get problem(): string | undefined {
    return this.#failure?.text;
  }

  /** Whether the model is at work for a suggestion. */
  get running(): boolean {
    return this.#current !== undefined;
  }

  /** Fires when `problem` changes. */
  get onDidChange(): Event<void> {
    return this.#changed.event;
  }

  /** What to show, best first; empty when there is nothing, or `signal` is aborted. Never throws. */
  async provide(ask: Ask, signal: AbortSignal): Promise<readonly Suggestion[]> {
    this.#current?.abort();
    this.#current = undefined;
    if (signal.aborted) return [];
    const kept = ask.invoked ? [] : this.#last.at(ask.document, ask.place);
    if (kept.length > 0) return kept;
    const shape = shapeOf(ask.place);
    if (shape === "none" || ask.place.before.trim() === "" || this.#pauses(ask)) return [];
    return this.#compute(ask, shape, signal);
  }

  /** Forgets failures and what was suggested: settings changed. */
  reset(): void {
    this.#current?.abort();
    this.#last.clear();
    if (!this.#failure) return;
    this.#failure = undefined;
    this.#changed.fire();
  }

  async #compute(ask: Ask, shape: Exclude<Shape, "none">, signal: AbortSignal): Promise<readonly Suggestion[]> {
    const controller = new AbortController();
    this.#current = controller;
    const either = AbortSignal.any([signal, controller.signal]);
    try {
      if (!ask.invoked) await sleep(this.options.clock, ask.settings.debounceMs, either);
      if (either.aborted) return [];
      const candidates = await this.#candidates(ask, shape, either);
      this.#succeeded();
      return await this.#answer(ask, candidates);
    } catch (error) {
      if (!either.aborted && !(error instanceof CancelledError)) this.#failed(error);
      return [];
    } finally {
      if (this.#current === controller) this.#current = undefined;
    }
  }

  /** The most probable text, and for a command samples besides, each text once. */
  async #candidates(ask: Ask, shape: Exclude<Shape, "none">, signal: AbortSignal): Promise<readonly Candidate[]> {
    const { place, settings } = ask;
    const { model, maxNewTokens } = settings;
    const found = new Map<string, Candidate>();
    const count = ask.invoked ? settings.candidates : 1;
    for (let sample = 0; sample < count; sample++) {
      const candidate = await suggest(this.options.models, { model, maxNewTokens, place, shape, sample }, signal);
      if (candidate && !found.has(candidate.text)) found.set(candidate.text, candidate);
    }
    return [...found.values()];
  }

  async #answer({ document, language, place, settings }: Ask, candidates: readonly Candidate[]) {
    const shown = candidates
      .filter(({ text, confidence }) => confidence >= settings.minConfidence && !repeatsNextLine(place, text))
      .map((candidate): Suggestion => ({ ...candidate, id: this.#nextId++ }));
    if (shown.length > 0) this.#last.remember(document, place, shown);
    await this.options.statistics.answered(language, shown, this.options.date());
    return shown;
  }

  #pauses({ invoked }: Ask): boolean {
    return !invoked && this.#failure !== undefined && this.options.clock.now() < this.#failure.until;
  }

  #succeeded(): void {
    if (!this.#failure) return;
    this.#failure = undefined;
    this.#changed.fire();
  }

  /** Nothing pops up while one types: the log has it once, and the status bar item shows it. */
  #failed(error: unknown): void {
    const text = errorText(toErrorInfo(error));
    if (this.#failure?.text !== text) this.options.log.warn(`Inline completions: ${text}`);
    const pauseMs = Math.min(longestPauseMs, this.#failure ? this.#failure.pauseMs * 2 : firstPauseMs);
    this.#failure = { text, pauseMs, until: this.options.clock.now() + pauseMs };
    this.#changed.fire();
  }
}
