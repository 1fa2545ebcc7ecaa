/** Scores a text: the probability of every token given those before it. */
import { invalidTokenIds } from "../errors";
import type { Priority, ScoreSummary, TokenPrediction } from "../protocol";
import { alternatives, type TokenDescriber } from "./alternatives";
import type { Predictions } from "./forward";
import type { LoadedModel } from "./loadedModel";
import { stretches } from "./prefill";

/** How to score. */
export interface ScoreOptions {
  /** Alternatives per place, 0 to 100. */
  readonly topK: number;
  /** Names the alternatives. */
  readonly describe: TokenDescriber;
  readonly signal: AbortSignal;
  readonly priority?: Priority | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Predictions for `ids` (at most the model's context), one per token; null for the first, which nothing stands before.
 * Throws `invalidTokenIds` for ids outside the vocabulary, `CancelledError` when the signal aborts.
 */
export async function scoreTokens(
  model: LoadedModel,
  ids: readonly number[],
  options: ScoreOptions,
): Promise<(TokenPrediction | null)[]> {
  checkTokenIds(ids, model.config.vocabSize);
  const scored: (TokenPrediction | null)[] = [null];
  const cache = model.newCache(ids.length);
  try {
    const request = (start: number, end: number) => {
      const targets = ids.slice(start + 1, end + 1);
      return { rows: targets.map((_, i) => i), targets, topK: options.topK };
    };
    // The last token predicts nothing that is asked, so it need not be read.
    for await (const { end, predictions: read } of stretches(model, cache, ids.slice(0, -1), request, options)) {
      scored.push(...describeRows(read, options));
      options.onProgress?.(end + 1, ids.length);
    }
  } finally {
    cache.dispose();
  }
  return scored.slice(0, ids.length);
}

/** Sums over predictions of `byteLength` UTF-8 bytes of predicted tokens. */
export function summarize(predictions: readonly (TokenPrediction | null)[], byteLength: number): ScoreSummary {
  const scored = predictions.filter((p) => p !== null);
  const bits = -scored.reduce((sum, { logprob }) => sum + logprob, 0) * Math.LOG2E;
  return {
    tokens: scored.length,
    bits: Math.max(0, bits),
    perplexity: scored.length > 0 ? 2 ** (bits / scored.length) : 1,
    bitsPerByte: byteLength > 0 ? Math.max(0, bits) / byteLength : 0,
  };
}

/** Throws `invalidTokenIds` unless every id is an integer in [0, vocabSize). */
export function checkTokenIds(ids: readonly number[], vocabSize: number): void {
  const bad = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
  if (bad !== undefined) throw invalidTokenIds(`${bad} is not in 0 … ${vocabSize - 1}`);
}

/** What a pass says of its rows, with their alternatives named. */
export function describeRows(
  predictions: Predictions,
  options: Pick<ScoreOptions, "topK" | "describe">,
): TokenPrediction[] {
  const { targetLogprobs, targetRanks, entropy } = predictions;
  return Array.from(targetLogprobs, (logprob, row) => ({
    logprob: Math.min(0, logprob),
    rank: targetRanks[row] ?? 1,
    entropy: Math.max(0, entropy[row] ?? 0),
    top: alternatives(predictions, row, options),
  }));
}
