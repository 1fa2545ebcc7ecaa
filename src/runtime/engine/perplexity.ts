/** How well a model predicts a text of any length. */
import type { ScoreSummary } from "../protocol";
import type { LoadedModel } from "./loadedModel";
import { scoreTokens, summarize } from "./score";

/** What stops a measurement, and whom to tell of it. */
export interface PerplexityOptions {
  readonly signal: AbortSignal;
  /** Tokens read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Sums over every token of `ids` but the first. A text longer than the context is read in windows of its length; each begins with the last
 * token of the one before, so that no token is left out and none is counted twice.
 * Throws `invalidTokenIds`, or `CancelledError` when the signal aborts.
 */
export async function measurePerplexity(
  model: LoadedModel,
  ids: readonly number[],
  { signal, onProgress }: PerplexityOptions,
): Promise<ScoreSummary> {
  const predictions: Awaited<ReturnType<typeof scoreTokens>> = [];
  const describe = (id: number) => ({ id, text: "" });
  for (const { start, end } of windows(ids.length, model.config.nPositions)) {
    const options = { topK: 0, describe, signal, onProgress: (done: number) => onProgress?.(start + done, ids.length) };
    const scored = await scoreTokens(model, ids.slice(start, end), options);
    for (const prediction of scored.slice(1)) predictions.push(prediction);
  }
  const bytes = ids.slice(1).reduce((sum, id) => sum + (model.tokenizer?.tokenBytes(id).length ?? 0), 0);
  return summarize(predictions, bytes);
}

/** Ends are exclusive. A context of one token predicts nothing. */
function windows(length: number, context: number): readonly { readonly start: number; readonly end: number }[] {
  const step = context - 1;
  if (length < 2 || step < 1) return [];
  const count = Math.ceil((length - 1) / step);
  return Array.from({ length: count }, (_, i) => ({ start: i * step, end: Math.min(i * step + context, length) }));
}
