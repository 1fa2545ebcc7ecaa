/** Generates a continuation, token by token. */

import { deviceTraits } from "../model/deviceTraits";
import type { FinishReason, GenerationConfig, Priority, TokenPrediction } from "../protocol";
import { alternatives, type TokenDescriber } from "./alternatives";
import { forward, type Predictions } from "./forward";
import type { KVCache } from "./kvCache";
import type { LoadedModel } from "./loadedModel";
import { passes } from "./passes";
import { stretches } from "./prefill";
import { PromptLookup } from "./promptLookup";
import { createSampler, needsTop, type Sampler } from "./sampler";
import { checkTokenIds } from "./score";

/** A chosen token and what the model thought of it. */
export interface TokenStep {
  readonly id: number;
  readonly prediction: TokenPrediction;
  /** What it was drawn with: see `GeneratedToken`. */
  readonly truncatedProbability: number;
  /** Tokens at the beginning of the text that the model no longer saw when it chose this one. */
  readonly dropped: number;
}

/** What generation needs besides the prompt. */
export interface GenerateOptions {
  readonly config: Omit<GenerationConfig, "stop">;
  /** The token after which generation ends; null to go on. See `endOfText`. */
  readonly endOfText: number | null;
  /** Alternatives per token, 0 to 100. */
  readonly topK: number;
  readonly describe: TokenDescriber;
  readonly signal: AbortSignal;
  readonly priority?: Priority | undefined;
  /** Whether to guess tokens from the text itself and verify several in one pass. The text is the same. True if absent. */
  readonly lookup?: boolean;
}

/** Why generation ends by itself. */
export type GenerationEnd = Extract<FinishReason, "maxNewTokens" | "endOfText" | "contextFull">;

/** A prompt that was read. */
export interface ReadPrompt {
  readonly prompt: readonly number[];
  /** Holds the prompt, and has room for what is to be generated, or the context. */
  readonly cache: KVCache;
  /** Its last row is the distribution after the prompt. */
  readonly predictions: Predictions;
}

/** A text on its way: what the model has read of it, and what is dropped. */
interface Sequence {
  /** Prompt and chosen tokens, dropped ones too. */
  readonly ids: number[];
  readonly cache: KVCache;
  dropped: number;
}

/**
 * Yields tokens after `prompt` (one token or more, fewer than the context) until it returns why it ended. The caller ends it
 * earlier by leaving its loop. What an earlier text shares with the prompt is not read again. When the context is full, the earlier
 * half of it is dropped and the rest read anew, unless `contextFull` says to stop.
 * Throws `CancelledError` when the signal aborts: no pass starts after that.
 */
export async function* generateTokens(
  model: LoadedModel,
  prompt: readonly number[],
  options: GenerateOptions,
): AsyncGenerator<TokenStep, GenerationEnd> {
  const cache = model.prefixCache.take(prompt, prompt.length + options.config.maxNewTokens);
  try {
    const predictions = await readPrompt(model, cache, prompt, options);
    return yield* continueTokens(model, { cache, prompt, predictions }, options);
  } finally {
    model.prefixCache.give(cache);
  }
}

/** `generateTokens` after a prompt that was read already. The cache stays the caller's. */
export async function* continueTokens(
  model: LoadedModel,
  { cache, prompt, predictions: first }: ReadPrompt,
  options: GenerateOptions,
): AsyncGenerator<TokenStep, GenerationEnd> {
  const { maxNewTokens, contextFull } = options.config;
  const sampler = createSampler(options.config, prompt);
  const lookup = guesses(options) ? new PromptLookup(prompt) : null;
  const sequence: Sequence = { ids: [...prompt], cache, dropped: 0 };
  let predictions = first;
  let guess: readonly number[] = [];
  for (let count = 0; ; ) {
    for (let row = 0; row <= guess.length; row++) {
      const chosen = await chooseToken(predictions, row, options, sampler);
      const step = { ...chosen, dropped: sequence.dropped };
      sequence.ids.push(step.id);
      yield step;
      if (step.id === options.endOfText) return "endOfText";
      if (++count >= maxNewTokens) return "maxNewTokens";
      lookup?.push(step.id, guess[row]);
      if (step.id !== guess[row]) break;
    }
    // What was guessed wrong is forgotten.
    cache.truncate(Math.min(cache.length, sequence.ids.length - sequence.dropped - 1));
    if (cache.length >= cache.capacity) {
      if (contextFull === "stop") return "contextFull";
      guess = [];
      predictions = await slide(model, sequence, options);
    } else {
      guess = lookup?.guess(Math.min(maxNewTokens - count - 1, cache.capacity - cache.length - 1)) ?? [];
      predictions = await readChosen(model, sequence, guess, options);
    }
  }
}

/** The id that ends a text, if the model has one. */
export function endOfText(model: LoadedModel): number | null {
  return model.config.eosTokenId ?? model.tokenizer?.endOfTextId ?? null;
}

/**
 * Reads what `cache` does not hold of `prompt` yet. Throws `invalidTokenIds` for a bias outside the vocabulary, `CancelledError` when the
 * signal aborts.
 */
export async function readPrompt(
  model: LoadedModel,
  cache: KVCache,
  prompt: readonly number[],
  options: GenerateOptions,
): Promise<Predictions> {
  checkTokenIds(Object.keys(options.config.logitBias ?? {}).map(Number), model.config.vocabSize);
  const request = (start: number, end: number) => ({ rows: [end - start - 1], targets: [0], topK: topK(options) });
  let last: Predictions | undefined;
  const unread = prompt.slice(cache.length);
  const length = deviceTraits[model.info.device].promptPassTokens;
  for await (const { predictions } of stretches(model, cache, unread, request, options, length)) last = predictions;
  if (!last) throw new RangeError("a prompt needs a token");
  return last;
}

/** Drops the earlier half of the context: positions are learned, so that what stays is read anew at other ones. */
function slide(model: LoadedModel, sequence: Sequence, options: GenerateOptions): Promise<Predictions> {
  const { ids, cache } = sequence;
  sequence.dropped = ids.length - Math.max(1, Math.floor(cache.capacity / 2));
  cache.truncate(0);
  return readPrompt(model, cache, ids.slice(sequence.dropped), options);
}

/** Reads the token that was chosen last and, in the same pass, those that are guessed to follow. */
function readChosen(
  model: LoadedModel,
  { ids, cache }: Sequence,
  guess: readonly number[],
  options: GenerateOptions,
): Promise<Predictions> {
  const read = [...ids.slice(-1), ...guess];
  // Which tokens will be chosen is not known yet: the targets are unused.
  const request = { ids: read, rows: read.map((_, row) => row), targets: read.map(() => 0), topK: topK(options) };
  return passes.run(options, () => forward(model, cache, request));
}

/** For the alternatives that are shown, and for choosing. */
function topK({ topK, config }: GenerateOptions): number {
  return Math.max(1, topK, needsTop(config) ?? 0);
}

/** Of every row of a pass only the most probable tokens are known: nothing else may be chosen. */
function guesses({ config, lookup = true }: GenerateOptions): boolean {
  return lookup && needsTop(config) !== null;
}

async function chooseToken(
  predictions: Predictions,
  row: number,
  options: GenerateOptions,
  sampler: Sampler,
): Promise<Omit<TokenStep, "dropped">> {
  const { id, logprob, rank, truncatedProbability } =
    needsTop(options.config) === null
      ? await chooseFromAll(predictions, sampler)
      : chooseFromTop(predictions, row, sampler);
  const prediction = {
    logprob: Math.min(0, logprob),
    rank,
    entropy: Math.max(0, predictions.entropy[row] ?? 0),
    top: alternatives(predictions, row, options),
  };
  return { id, prediction, truncatedProbability };
}

function chooseFromTop({ topIds, topLogprobs, entropy }: Predictions, row: number, sampler: Sampler) {
  const width = topIds.length / entropy.length;
  const ids = topIds.slice(row * width, (row + 1) * width);
  const scores = topLogprobs.subarray(row * width, (row + 1) * width);
  const { id, truncatedProbability } = sampler.fromTop({ ids, scores });
  const logprob = scores[ids.indexOf(id)] ?? Number.NEGATIVE_INFINITY;
  return { id, logprob, rank: rankOf(logprob, scores), truncatedProbability };
}

/** From the whole distribution of the last row, which is the only one. */
async function chooseFromAll(predictions: Predictions, sampler: Sampler) {
  const lastLogprobs = await predictions.lastLogprobs();
  const { id, truncatedProbability } = sampler.fromAll({ ...predictions, lastLogprobs });
  const logprob = lastLogprobs[id] ?? Number.NEGATIVE_INFINITY;
  return { id, logprob, rank: rankOf(logprob, lastLogprobs), truncatedProbability };
}

/** 1 for the largest. */
function rankOf(value: number, values: Float32Array): number {
  let better = 0;
  for (let i = 0; i < values.length; i++) if ((values[i] ?? 0) > value) better++;
  return 1 + better;
}
