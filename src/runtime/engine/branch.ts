/** Sequences that go on in several ways from what they share. */

import { deviceTraits } from "../model/deviceTraits";
import { type ForwardRequest, forward, type Predictions } from "./forward";
import type { KVCache } from "./kvCache";
import type { LoadedModel } from "./loadedModel";
import { passes } from "./passes";
import { stretches } from "./prefill";

/** Tokens that were read, and the cache that holds them. */
export interface Sequence {
  readonly ids: readonly number[];
  readonly cache: KVCache;
}

/** The rest of a request for the distribution after the last of `count` new tokens. */
export function lastRow(count: number, topK: number): Omit<ForwardRequest, "ids"> {
  // Nothing is asked of a single token: the target is unused.
  return { rows: [count - 1], targets: [0], topK };
}

/** Reads `ids` into a new cache with room for `capacity` tokens. The caller frees it. Throws `CancelledError`. */
export async function readSequence(
  model: LoadedModel,
  ids: readonly number[],
  { capacity, topK, signal }: { readonly capacity: number; readonly topK: number; readonly signal: AbortSignal },
): Promise<Sequence & { readonly predictions: Predictions }> {
  const cache = model.newCache(capacity);
  try {
    const request = (start: number, end: number) => lastRow(end - start, topK);
    const length = deviceTraits[model.info.device].promptPassTokens;
    let predictions: Predictions | undefined;
    for await (const stretch of stretches(model, cache, ids, request, { signal }, length))
      predictions = stretch.predictions;
    if (!predictions) throw new RangeError("a sequence needs a token");
    return { ids, cache, predictions };
  } catch (error) {
    cache.dispose();
    throw error;
  }
}

/** The same sequence with a cache of its own: a copy, or on a device that cannot copy one, read again. The caller frees it. */
export async function branch(model: LoadedModel, { ids, cache }: Sequence, signal: AbortSignal): Promise<Sequence> {
  const copy = cache.fork(cache.length, cache.capacity);
  if (copy) return { ids, cache: copy };
  return readSequence(model, ids, { capacity: cache.capacity, topK: 1, signal });
}

/** The sequence with one token more, in the same cache. Throws `CancelledError` before the pass. */
export async function extend(
  model: LoadedModel,
  { ids, cache }: Sequence,
  id: number,
  { topK, signal }: { readonly topK: number; readonly signal: AbortSignal },
): Promise<Sequence & { readonly predictions: Predictions }> {
  const request = { ids: [id], ...lastRow(1, topK) };
  const predictions = await passes.run({ signal }, () => forward(model, cache, request));
  return { ids: [...ids, id], cache, predictions };
}
