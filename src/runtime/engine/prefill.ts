/** Reads tokens into a cache in stretches, so that a long text can be cancelled and its memory stays small. */
import { deviceTraits } from "../model/deviceTraits";
import { type ForwardRequest, forward, type Predictions } from "./forward";
import type { KVCache } from "./kvCache";
import type { LoadedModel } from "./loadedModel";
import { passes, type Turn } from "./passes";

/** Asks what to compute for the tokens from `start` to `end`. */
export type StretchRequest = (start: number, end: number) => Omit<ForwardRequest, "ids">;

/**
 * Runs `ids` through the model, in stretches of `length`, giving each one's result as it is ready.
 * Others' passes may come between
 * them. Throws `CancelledError` when the turn's signal aborts; it is looked at before each stretch.
 */
export async function* stretches(
  model: LoadedModel,
  cache: KVCache,
  ids: readonly number[],
  request: StretchRequest,
  turn: Turn,
  length = deviceTraits[model.info.device].passTokens,
): AsyncGenerator<{ readonly start: number; readonly end: number; readonly predictions: Predictions }> {
  for (let start = 0; start < ids.length; start += length) {
    const end = Math.min(start + length, ids.length);
    const pass = { ...request(start, end), ids: ids.slice(start, end) };
    const predictions = await passes.run(turn, () => forward(model, cache, pass));
    yield { start, end, predictions };
  }
}
