/** Reads tokens into a cache in stretches, so that a long text can be cancelled and its memory stays small. */
import { setImmediate } from "node:timers/promises";
import { CancelledError } from "../errors";
import { passTokens } from "../model/memory";
import { type ForwardRequest, forward, type Predictions } from "./forward";
import type { KVCache } from "./kvCache";
import type { LoadedModel } from "./loadedModel";

/** Asks what to compute for the tokens from `start` to `end`. */
export type StretchRequest = (start: number, end: number) => Omit<ForwardRequest, "ids">;

/**
 * Runs `ids` through the model, stretch by stretch, giving each one's result as it is ready.
 * Throws `CancelledError` when `signal` aborts; it is looked at between stretches.
 */
export async function* stretches(
  model: LoadedModel,
  cache: KVCache,
  ids: readonly number[],
  request: StretchRequest,
  signal: AbortSignal,
): AsyncGenerator<{ readonly start: number; readonly end: number; readonly predictions: Predictions }> {
  const length = passTokens[model.info.device];
  for (let start = 0; start < ids.length; start += length) {
    await checkCancelled(signal);
    const end = Math.min(start + length, ids.length);
    const predictions = await forward(model, cache, { ...request(start, end), ids: ids.slice(start, end) });
    yield { start, end, predictions };
  }
}

/** Lets messages in (a pass blocks the thread), then throws `CancelledError` if one of them was a cancellation. */
export async function checkCancelled(signal: AbortSignal): Promise<void> {
  await setImmediate();
  if (signal.aborted) throw new CancelledError("cancelled");
}
