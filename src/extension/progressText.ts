/** How far long work is, in words. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { WorkProgress } from "../runtime/protocol";
import type { Clock } from "./clock";
import { byteText } from "./views/modelTexts";

/** What to show of a report. */
export interface ProgressStep {
  readonly message: string;
  /** Percent of the bar since the step before. */
  readonly increment: number;
}

/** Rates are taken over this time, so that they neither jump nor lag: milliseconds. */
const windowMs = 5_000;
/** No more reports than this are shown: milliseconds. */
const intervalMs = 200;

/** Turns reports into words, with the rate of bytes. One for each piece of work. */
export class ProgressText {
  #stage: WorkProgress["stage"] | undefined;
  #samples: { readonly at: number; readonly done: number }[] = [];
  #shownAt = Number.NEGATIVE_INFINITY;
  #percent = 0;

  constructor(private readonly clock: Clock) {}

  /** What to show now; undefined when the last report was a moment ago. */
  next(progress: WorkProgress): ProgressStep | undefined {
    const now = this.clock.now();
    const changed = progress.stage !== this.#stage;
    if (changed) {
      this.#stage = progress.stage;
      this.#samples = [];
    }
    if (!changed && progress.done < progress.total && now - this.#shownAt < intervalMs) return undefined;
    this.#shownAt = now;
    this.#samples = [...this.#samples.filter(({ at }) => now - at <= windowMs), { at: now, done: progress.done }];
    return { message: this.#message(progress), increment: this.#increment(progress) };
  }

  #message(progress: WorkProgress): string {
    const { stage, done, total } = progress;
    switch (stage) {
      case "downloading":
        return this.#bytes(done, total);
      case "quantizing":
        return l10n.t("Quantizing: {0}", this.#bytes(done, total));
      case "checking":
        // A check that is one step has nothing to count.
        return total > 1 ? l10n.t("Checking the files: {0}", this.#bytes(done, total)) : l10n.t("Checking the files");
      case "measuring":
        return l10n.t("Measuring perplexity: {0} of {1} tokens", done, total);
      case "scoring":
        return l10n.t("Scoring: {0} of {1} tokens", done, total);
      case "answering":
        return l10n.t("Answers: {0} of {1}", done, total);
      case "loading":
        return l10n.t("Loading the model");
      case "analyzing":
        return l10n.t("Looking into the model: {0} of {1}", done, total);
      case "classifying":
        return l10n.t("Classifying: {0} of {1}", done, total);
      case "merging":
        return l10n.t("Merging: {0}", this.#bytes(done, total));
      default:
        return stage satisfies never;
    }
  }

  #bytes(done: number, total: number): string {
    const amount = l10n.t("{0} of {1}", byteText(done), byteText(total));
    const rate = this.#rate();
    return rate > 0 ? l10n.t("{0} at {1}/s", amount, byteText(rate)) : amount;
  }

  /** Bytes per second over the samples kept; 0 when there is nothing to tell it from. */
  #rate(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at <= first.at) return 0;
    return (1000 * (last.done - first.done)) / (last.at - first.at);
  }

  /** The bar only grows: where a later stage starts over, it waits until that one has caught up. */
  #increment({ done, total }: WorkProgress): number {
    const percent = total > 0 ? Math.min(100, (100 * done) / total) : 0;
    const increment = Math.max(0, percent - this.#percent);
    this.#percent += increment;
    return increment;
  }
}
