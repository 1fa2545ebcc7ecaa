/** Generates a continuation, token by token. */
import type { FinishReason, GenerationConfig, Priority, TokenPrediction } from "../protocol";
import { type Random, seededRandom } from "../random";
import { alternatives, type TokenDescriber } from "./alternatives";
import { forward, type Predictions } from "./forward";
import type { KVCache } from "./kvCache";
import type { LoadedModel } from "./loadedModel";
import { passes } from "./passes";
import { stretches } from "./prefill";
import { PromptLookup } from "./promptLookup";
import { sampleToken } from "./sampling";

/** A chosen token and what the model thought of it. */
export interface TokenStep {
  readonly id: number;
  readonly prediction: TokenPrediction;
  /** Probability after temperature, top-k and top-p. */
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

/** A text on its way: what the model has read of it, and what is dropped. */
interface Sequence {
  /** Prompt and chosen tokens, dropped ones too. */
  readonly ids: number[];
  cache: KVCache;
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
): AsyncGenerator<TokenStep, Extract<FinishReason, "maxNewTokens" | "endOfText" | "contextFull">> {
  const random = seededRandom(options.config.seed);
  const { maxNewTokens, contextFull } = options.config;
  const lookup = new PromptLookup(prompt);
  const cache = model.prefixCache.take(prompt, prompt.length + maxNewTokens);
  const sequence: Sequence = { ids: [...prompt], cache, dropped: 0 };
  try {
    let guess: readonly number[] = [];
    let predictions = await readPrompt(model, sequence, options);
    for (let count = 0; ; ) {
      for (let row = 0; row <= guess.length; row++) {
        const step = chooseToken(predictions, row, sequence.dropped, options, random);
        sequence.ids.push(step.id);
        yield step;
        if (step.id === options.endOfText) return "endOfText";
        if (++count >= maxNewTokens) return "maxNewTokens";
        lookup.push(step.id, guess[row]);
        if (step.id !== guess[row]) break;
      }
      const { cache } = sequence;
      cache.truncate(Math.min(cache.length, sequence.ids.length - sequence.dropped - 1));
      if (cache.length < model.config.nPositions) {
        const room = Math.min(maxNewTokens - count - 1, cache.capacity - cache.length - 1);
        guess = guesses(options) ? lookup.guess(room) : [];
        predictions = await readChosen(model, sequence, guess, options);
      } else if (contextFull === "stop") {
        return "contextFull";
      } else {
        guess = [];
        predictions = await slide(model, sequence, options);
      }
    }
  } finally {
    model.prefixCache.give(sequence.cache);
  }
}

/** The id that ends a text, if the model has one. */
export function endOfText(model: LoadedModel): number | null {
  return model.config.eosTokenId ?? model.tokenizer?.endOfTextId ?? null;
}

/** Drops the earlier half of the context: positions are learned, so that what stays is read anew at other ones. */
async function slide(model: LoadedModel, sequence: Sequence, options: GenerateOptions): Promise<Predictions> {
  const kept = Math.max(1, Math.floor(model.config.nPositions / 2));
  sequence.dropped = sequence.ids.length - kept;
  sequence.cache.truncate(0);
  return readPrompt(model, sequence, options);
}

/** Reads what the cache does not hold yet. */
async function readPrompt(model: LoadedModel, sequence: Sequence, options: GenerateOptions): Promise<Predictions> {
  const { cache, dropped } = sequence;
  const unread = sequence.ids.slice(dropped + cache.length);
  const request = (start: number, end: number) => ({ rows: [end - start - 1], targets: [0], topK: topK(options) });
  let last: Predictions | undefined;
  for await (const { predictions } of stretches(model, cache, unread, request, options)) last = predictions;
  if (!last) throw new RangeError("a prompt needs a token");
  return last;
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

function topK({ topK }: GenerateOptions): number {
  return Math.max(1, topK);
}

/** Only the most probable token is known at every row of a pass. */
function guesses({ config, lookup = true }: GenerateOptions): boolean {
  return lookup && config.temperature === 0;
}

function chooseToken(
  predictions: Predictions,
  row: number,
  dropped: number,
  options: GenerateOptions,
  random: Random,
): TokenStep {
  const { id, logprob, rank, truncatedProbability } =
    options.config.temperature === 0 ? mostProbable(predictions, row) : draw(predictions, options, random);
  const prediction = {
    logprob: Math.min(0, logprob),
    rank,
    entropy: Math.max(0, predictions.entropy[row] ?? 0),
    top: alternatives(predictions, row, options),
  };
  return { id, prediction, truncatedProbability, dropped };
}

function mostProbable({ topIds, topLogprobs, entropy }: Predictions, row: number) {
  const at = (row * topIds.length) / entropy.length;
  const [id = 0, logprob = Number.NEGATIVE_INFINITY] = [topIds[at], topLogprobs[at]];
  return { id, logprob, rank: 1, truncatedProbability: 1 };
}

/** From the last row. */
function draw({ lastLogprobs }: Predictions, { config }: GenerateOptions, random: Random) {
  const { id, truncatedProbability } = sampleToken(lastLogprobs, config, random);
  const logprob = lastLogprobs[id] ?? Number.NEGATIVE_INFINITY;
  const rank = 1 + lastLogprobs.reduce((better, other) => better + (other > logprob ? 1 : 0), 0);
  return { id, logprob, rank, truncatedProbability };
}
