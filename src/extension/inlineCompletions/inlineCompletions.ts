import * as vscode from "vscode";
import type { Clock } from "../clock";
import type { ModelClient } from "../modelClient";
import type { Settings } from "../settings";
import type { InlineStatus } from "../statusText";
import { quietIn, registerProvider } from "./provider";
import { Snooze } from "./snooze";
import { StatisticsStore } from "./statisticsStore";
import { provideStatistics } from "./statisticsView";
import { Suggestions } from "./suggestions";

/** What inline completions are made of. */
export interface InlineCompletionsOptions {
  readonly models: ModelClient;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: vscode.LogOutputChannel;
  readonly memory: vscode.Memento;
}

/** Inline completions of this window: the provider and everything that goes with it. */
export class InlineCompletions implements vscode.Disposable {
  readonly snooze: Snooze;
  readonly statistics: StatisticsStore;
  readonly #suggestions: Suggestions;
  readonly #settings: Settings;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #registered: vscode.Disposable;

  constructor({ models, settings, clock, log, memory }: InlineCompletionsOptions) {
    this.#settings = settings;
    this.snooze = new Snooze(clock);
    this.statistics = new StatisticsStore(memory);
    const date = () => new Date().toISOString();
    this.#suggestions = new Suggestions({ models, statistics: this.statistics, clock, log, date });
    const changed = () => this.#changed.fire();
    this.#registered = vscode.Disposable.from(
      this.#changed,
      this.snooze,
      provideStatistics(this.statistics),
      registerProvider({ settings, suggestions: this.#suggestions, snooze: this.snooze }),
      settings.onDidChange(() => {
        this.#suggestions.reset();
        changed();
      }),
      this.snooze.onDidChange(changed),
      this.#suggestions.onDidChange(changed),
      vscode.window.onDidChangeActiveTextEditor(changed),
    );
  }

  /** Fires when `status` may have changed. */
  get onDidChange(): vscode.Event<void> {
    return this.#changed.event;
  }

  /** Whether the model is at work for a suggestion. */
  get running(): boolean {
    return this.#suggestions.running;
  }

  /** How things stand for the active editor, or for the window when there is none. */
  get status(): InlineStatus {
    const quiet = quietIn({ settings: this.#settings, snooze: this.snooze }, vscode.window.activeTextEditor?.document);
    if (quiet === "snoozed") return { kind: "snoozed", minutes: this.snooze.minutesLeft };
    if (quiet) return { kind: quiet };
    const { problem } = this.#suggestions;
    return problem === undefined ? { kind: "on" } : { kind: "failed", problem };
  }

  dispose(): void {
    this.#registered.dispose();
  }
}
