/** Generates a continuation, token by token. */
import type { FinishReason, GenerationConfig, TokenPrediction } from "../protocol";
import { type Random, seededRandom } from "../random";
import { alternatives, type TokenDescriber } from "./alternatives";
import { forward, type Predictions } from "./forward";
import type { KVCache } from "./kvCache";
import type { LoadedModel } from "./loadedModel";
import { checkCancelled, stretches } from "./prefill";
import { sampleToken } from "./sampling";

/** A chosen token and what the model thought of it. */
export interface TokenStep {
  readonly id: number;
  readonly prediction: TokenPrediction;
  /** Probability after temperature, top-k and top-p. */
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
  const random = seededRandom(options.config.seed);
  const cache = model.newCache(prompt.length + options.config.maxNewTokens);
  try {
    let predictions = await readPrompt(model, cache, prompt, options);
    for (let count = 1; ; count++) {
      const step = chooseToken(predictions, options, random);
      yield step;
      if (step.id === options.endOfText) return "endOfText";
      if (count >= options.config.maxNewTokens) return "maxNewTokens";
      if (cache.length >= cache.capacity) return "contextFull";
      await checkCancelled(options.signal);
      predictions = await forward(model, cache, { ids: [step.id], ...lastRow(0, options.topK) });
    }
  } finally {
    cache.dispose();
  }
}

/** The id that ends a text, if the model has one. */
export function endOfText(model: LoadedModel): number | null {
  return model.config.eosTokenId ?? model.tokenizer?.endOfTextId ?? null;
}

async function readPrompt(
  model: LoadedModel,
  cache: KVCache,
  prompt: readonly number[],
  options: GenerateOptions,
): Promise<Predictions> {
  const request = (start: number, end: number) => lastRow(end - start - 1, options.topK);
  let last: Predictions | undefined;
  for await (const { predictions } of stretches(model, cache, prompt, request, options.signal)) last = predictions;
  if (!last) throw new RangeError("a prompt needs a token");
  return last;
}

/** Asks for the distribution after the new token at `row`. Which token is chosen is not known yet: the target is unused. */
function lastRow(row: number, topK: number) {
  return { rows: [row], targets: [0], topK };
}

function chooseToken(predictions: Predictions, options: GenerateOptions, random: Random): TokenStep {
  const logprobs = predictions.lastLogprobs;
  const { id, truncatedProbability } = sampleToken(logprobs, options.config, random);
  const logprob = logprobs[id] ?? Number.NEGATIVE_INFINITY;
  const prediction = {
    logprob: Math.min(0, logprob),
    rank: 1 + logprobs.reduce((better, other) => better + (other > logprob ? 1 : 0), 0),
    entropy: Math.max(0, predictions.entropy[0] ?? 0),
    top: alternatives(predictions, 0, options),
  };
  return { id, prediction, truncatedProbability };
}
