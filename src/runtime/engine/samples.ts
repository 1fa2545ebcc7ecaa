/** Several continuations of one prompt, which is read once. */
import type { FinishReason } from "../protocol";
import { branch } from "./branch";
import { continueTokens, type GenerateOptions, readPrompt, type TokenStep } from "./generate";
import type { LoadedModel } from "./loadedModel";

/** The tokens of one sample, as `generateTokens` yields them. */
export type SampleTokens = AsyncGenerator<
  TokenStep,
  Extract<FinishReason, "maxNewTokens" | "endOfText" | "contextFull">
>;

/**
 * Yields `count` continuations of `prompt`, one after the other; the caller runs each to its end or leaves it before it asks for the
 * next. Sample `i` is what `generateTokens` gives with the seed `sampleSeed(seed, i)`. Throws `CancelledError` when the signal aborts.
 */
export async function* sampleContinuations(
  model: LoadedModel,
  prompt: readonly number[],
  count: number,
  options: GenerateOptions,
): AsyncGenerator<SampleTokens> {
  const cache = model.newCache(prompt.length + options.config.maxNewTokens);
  try {
    const predictions = await readPrompt(model, cache, prompt, options);
    for (let i = 0; i < count; i++) {
      const own = await branch(model, { ids: prompt, cache }, options.signal);
      const config = { ...options.config, seed: sampleSeed(options.config.seed, i) };
      try {
        yield continueTokens(model, { prompt, cache: own.cache, predictions }, { ...options, config });
      } finally {
        own.cache.dispose();
      }
    }
  } finally {
    cache.dispose();
  }
}

/** The seed of sample `index`: the first one's is `seed` itself, the others are far apart. 32 bits, unsigned. */
export function sampleSeed(seed: number, index: number): number {
  if (index === 0) return seed >>> 0;
  // The finalizer of MurmurHash3 (Austin Appleby, public domain) is one to one: two samples never share a seed but the first's.
  let hash = (seed + Math.imul(index, 0x9e3779b9)) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
