/** Keeps the counts on this machine. Knows nothing of VS Code. */
import { Emitter, type Event } from "../emitter";
import type { Suggestion } from "./lastSuggestions";
import {
  countAccepted,
  countRequest,
  countShown,
  emptyStatistics,
  parseStatistics,
  type Statistics,
} from "./statistics";

/** Where the counts are kept: a `vscode.Memento` has this shape. */
export interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

const key = "gptWorkbench.inlineCompletionStatistics";

/** How many suggestions back one can still be accepted. */
const memorable = 100;

/** Counts requests, what was shown, and what was accepted; every suggestion once. */
export class StatisticsStore {
  readonly #changed = new Emitter<void>();
  /** Suggestions that may still be accepted. */
  readonly #open = new Map<number, { readonly suggestion: Suggestion; readonly language: string; shown: boolean }>();

  constructor(private readonly memory: Memory) {}

  /** The counts as they are. */
  get statistics(): Statistics {
    return parseStatistics(this.memory.get(key));
  }

  /** Fires on every change. */
  get onDidChange(): Event<void> {
    return this.#changed.event;
  }

  /** Counts an answered request. The first suggestion counts as shown, the others when they are accepted. */
  async answered(language: string, suggestions: readonly Suggestion[], now: string): Promise<void> {
    suggestions.forEach((suggestion, i) => {
      this.#open.set(suggestion.id, { suggestion, language, shown: i === 0 });
    });
    for (const id of [...this.#open.keys()].slice(0, -memorable)) this.#open.delete(id);
    const [first] = suggestions;
    const counted = countRequest(this.statistics, language, first !== undefined, now);
    await this.#keep(first ? countShown(counted, language, first.confidence) : counted);
  }

  /** Counts a suggestion as accepted, once. */
  async accepted(id: number): Promise<void> {
    const open = this.#open.get(id);
    if (!open) return;
    this.#open.delete(id);
    const { suggestion, language, shown } = open;
    const before = shown ? this.statistics : countShown(this.statistics, language, suggestion.confidence);
    await this.#keep(countAccepted(before, language, suggestion.confidence));
  }

  /** Begins from nothing. */
  async reset(): Promise<void> {
    this.#open.clear();
    await this.#keep(emptyStatistics());
  }

  async #keep(statistics: Statistics): Promise<void> {
    await this.memory.update(key, statistics);
    this.#changed.fire();
  }
}
