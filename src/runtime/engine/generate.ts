/** Generates a continuation, token by token. */
import type { FinishReason, GenerationConfig, TokenPrediction } from "../protocol";
import { alternatives, type TokenDescriber } from "./alternatives";
import { lastRow } from "./branch";
import { forward, type Predictions } from "./forward";
import type { KVCache } from "./kvCache";
import type { LoadedModel } from "./loadedModel";
import { checkCancelled, stretches } from "./prefill";
import { createSampler, type Sampler } from "./sampler";
import { checkTokenIds } from "./score";

/** A chosen token and what the model thought of it. */
export interface TokenStep {
  readonly id: number;
  readonly prediction: TokenPrediction;
  /** What it was drawn with: see `GeneratedToken`. */
  readonly truncatedProbability: number;
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
}

/**
 * Yields tokens after `prompt` (one token or more, fewer than the context) until it returns why it ended. The caller ends it
 * earlier by leaving its loop. Throws `CancelledError` when the signal aborts: no pass starts after that.
 */
export async function* generateTokens(
  model: LoadedModel,
  prompt: readonly number[],
  options: GenerateOptions,
): AsyncGenerator<TokenStep, Extract<FinishReason, "maxNewTokens" | "endOfText" | "contextFull">> {
  const cache = model.newCache(prompt.length + options.config.maxNewTokens);
  try {
    const predictions = await readPrompt(model, cache, prompt, options);
    return yield* continueTokens(model, { cache, prompt, predictions }, options);
  } finally {
    cache.dispose();
  }
}

/** A prompt that was read. */
export interface ReadPrompt {
  readonly prompt: readonly number[];
  /** Holds the prompt, and has room for what is to be generated. */
  readonly cache: KVCache;
  /** Its last row is the distribution after the prompt. */
  readonly predictions: Predictions;
}

/** `generateTokens` after a prompt that was read already. The cache stays the caller's. */
export async function* continueTokens(
  model: LoadedModel,
  { cache, prompt, predictions: first }: ReadPrompt,
  options: GenerateOptions,
): ReturnType<typeof generateTokens> {
  const choose = createSampler(options.config, prompt);
  let predictions = first;
  for (let count = 1; ; count++) {
    const step = chooseToken(predictions, options, choose);
    yield step;
    if (step.id === options.endOfText) return "endOfText";
    if (count >= options.config.maxNewTokens) return "maxNewTokens";
    if (cache.length >= cache.capacity) return "contextFull";
    await checkCancelled(options.signal);
    predictions = await forward(model, cache, { ids: [step.id], ...lastRow(1, options.topK) });
  }
}

/** The id that ends a text, if the model has one. */
export function endOfText(model: LoadedModel): number | null {
  return model.config.eosTokenId ?? model.tokenizer?.endOfTextId ?? null;
}

/** Reads `prompt` into `cache`. Throws `invalidTokenIds` for a bias outside the vocabulary, `CancelledError` when the signal aborts. */
export async function readPrompt(
  model: LoadedModel,
  cache: KVCache,
  prompt: readonly number[],
  options: GenerateOptions,
): Promise<Predictions> {
  checkTokenIds(Object.keys(options.config.logitBias ?? {}).map(Number), model.config.vocabSize);
  const request = (start: number, end: number) => lastRow(end - start, options.topK);
  let last: Predictions | undefined;
  for await (const { predictions } of stretches(model, cache, prompt, request, options.signal)) last = predictions;
  if (!last) throw new RangeError("a prompt needs a token");
  return last;
}

function chooseToken(predictions: Predictions, options: GenerateOptions, choose: Sampler): TokenStep {
  const logprobs = predictions.lastLogprobs;
  const { id, truncatedProbability } = choose(predictions);
  const logprob = logprobs[id] ?? Number.NEGATIVE_INFINITY;
  const prediction = {
    logprob: Math.min(0, logprob),
    rank: rankOf(logprob, logprobs),
    entropy: Math.max(0, predictions.entropy[0] ?? 0),
    top: alternatives(predictions, 0, options),
  };
  return { id, prediction, truncatedProbability };
}

/** 1 for the largest. */
function rankOf(value: number, values: Float32Array): number {
  let better = 0;
  for (let i = 0; i < values.length; i++) if ((values[i] ?? 0) > value) better++;
  return 1 + better;
}
