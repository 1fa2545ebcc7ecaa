/** Scores a text of any length, and only what no earlier text told already. */

import type { TokenPrediction } from "../protocol";
import type { KVCache } from "./kvCache";
import type { LoadedModel } from "./loadedModel";
import { stretches } from "./prefill";
import { checkTokenIds, describeRows, type ScoreOptions } from "./score";
import type { TokenPredictions } from "./scoreMemo";

/** Predictions, and what they cost. */
export interface ScoredText {
  /** One per token; null for the first. */
  readonly predictions: TokenPredictions;
  /** Tokens whose prediction was kept from an earlier text. */
  readonly reused: number;
  /** Tokens that were read. */
  readonly read: number;
  /** How often the context was full. */
  readonly slides: number;
}

/** Tokens `start` to `last` of which the model sees those before `last`, to predict those from `first` on. */
export interface ScoreWindow {
  readonly start: number;
  readonly first: number;
  readonly last: number;
}

/**
 * How a text of `length` tokens is scored with `context` tokens: when the context is full, its earlier half is dropped and the rest read
 * anew, as in generation. A window does not depend on how the text goes on after it, but for its end.
 */
export function scoreWindows(length: number, context: number): ScoreWindow[] {
  const kept = Math.max(1, Math.floor(context / 2));
  const step = context + 1 - kept;
  const windows: ScoreWindow[] = [];
  for (let [start, first] = [0, 1]; first < length; start += step) {
    const last = Math.min(start + context, length - 1);
    windows.push({ start, first, last });
    first = last + 1;
  }
  return windows;
}

/**
 * Predictions for `ids`, one per token. What the memo of the model holds of their beginning is kept, and of the rest only what none of
 * its caches holds is read. The sums of products depend on how tokens are split into passes, so that predictions agree with those of
 * `scoreTokens` to 1e-4. Throws `invalidTokenIds`, or `CancelledError` when the signal aborts; what was done until then is kept.
 */
export async function scoreText(
  model: LoadedModel,
  ids: readonly number[],
  options: ScoreOptions,
): Promise<ScoredText> {
  checkTokenIds(ids, model.config.vocabSize);
  const predictions = [...model.scoreMemo.shared(ids, options.topK)];
  const reused = predictions.length - 1;
  const windows = scoreWindows(ids.length, model.config.nPositions);
  const scoring = new Scoring(model, ids, predictions, options);
  try {
    for (const window of windows) if (window.last >= predictions.length) await scoring.window(window);
  } finally {
    scoring.end();
    model.scoreMemo.keep(ids, options.topK, predictions);
  }
  return { predictions, reused, read: scoring.read, slides: Math.max(0, windows.length - 1) };
}

/** Goes through a text's windows in one cache. */
class Scoring {
  readonly #model: LoadedModel;
  readonly #ids: readonly number[];
  readonly #predictions: (TokenPrediction | null)[];
  readonly #options: ScoreOptions;
  #cache: KVCache | undefined;
  read = 0;

  constructor(
    model: LoadedModel,
    ids: readonly number[],
    predictions: (TokenPrediction | null)[],
    options: ScoreOptions,
  ) {
    this.#model = model;
    this.#ids = ids;
    this.#predictions = predictions;
    this.#options = options;
  }

  /** Adds the predictions of `window` that are missing. */
  async window({ start, last }: ScoreWindow): Promise<void> {
    const ids = this.#ids;
    const first = this.#predictions.length;
    const cache = this.#open(start, last);
    cache.truncate(Math.min(cache.length, first - 1 - start));
    const begin = start + cache.length;
    // Token `first` is predicted by the one before it; tokens before that are read only for the cache.
    const request = (from: number, to: number) => {
      const targets = ids.slice(Math.max(first, begin + from + 1), begin + to + 1);
      const rows = targets.map((_, i) => to - from - targets.length + i);
      if (rows.length === 0) return { rows: [to - from - 1], targets: [0], topK: 1 };
      return { rows, targets, topK: this.#options.topK };
    };
    const unread = ids.slice(begin, last);
    for await (const { start: from, end, predictions } of stretches(
      this.#model,
      cache,
      unread,
      request,
      this.#options,
    )) {
      this.read += end - from;
      if (begin + end < first) continue;
      this.#predictions.push(...describeRows(predictions, this.#options));
      this.#options.onProgress?.(this.#predictions.length, ids.length);
    }
  }

  /** Leaves the cache to the texts that come. */
  end(): void {
    if (this.#cache) this.#model.prefixCache.give(this.#cache);
    this.#cache = undefined;
  }

  /** A cache with as much of the window as there is; one that was full begins anew. */
  #open(start: number, last: number): KVCache {
    const room = Math.min(this.#ids.length - 1 - start, this.#model.config.nPositions);
    if (this.#cache && this.#cache.capacity >= room) this.#cache.truncate(0);
    else {
      this.end();
      this.#cache = this.#model.prefixCache.take(this.#ids.slice(start, last + 1), room);
    }
    return this.#cache;
  }
}
