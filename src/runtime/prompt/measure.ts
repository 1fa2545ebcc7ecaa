/** What the model says of texts after a prompt: measured in large batches, once for each question. */
import * as z from "zod";
import { choiceTokens } from "../engine/choiceTokens";
import type { LoadedModel } from "../engine/loadedModel";
import type { Turn } from "../engine/passes";
import { scoreContinuations } from "../engine/scoreContinuations";
import type { CellCache } from "./cellCache";
import type { Decoding } from "./promptFile";
import { type WrittenAnswer, writeAnswer, writtenAnswer } from "./writeAnswer";

/** Texts after a prompt. */
export interface Question {
  /** "" is the start of a text, for which the end of text stands, as in lm-evaluation-harness. */
  readonly context: string;
  /** With their leading white space; tokenized together with the context. */
  readonly words: readonly string[];
}

/** What the model says of a question's words, in their order. */
export interface Measured {
  /** Σ ln p of the word's tokens, and how many there are. */
  readonly words: readonly { readonly logprob: number; readonly tokens: number }[];
  /** Time that it took when it was computed, milliseconds. */
  readonly ms: number;
  /** Whether it was known. */
  readonly cached: boolean;
}

/** A free answer, and whether it was known. */
export interface Written extends WrittenAnswer {
  readonly ms: number;
  readonly cached: boolean;
}

const keptWords = z.object({ ms: z.number(), words: z.array(z.tuple([z.number(), z.int()])) });
const keptAnswer = z.object({ ms: z.number(), answer: writtenAnswer });

/** Asks the model, and a cache before it. */
export class Measurer {
  readonly #model: LoadedModel;
  readonly #cache: CellCache;
  readonly #turn: Turn;

  constructor(model: LoadedModel, cache: CellCache, turn: Turn) {
    this.#model = model;
    this.#cache = cache;
    this.#turn = turn;
  }

  /**
   * Log-likelihoods of all words of all questions, in their order; what is asked twice is computed once. Throws as `choiceTokens` does,
   * and `CancelledError`.
   */
  async score(questions: readonly Question[]): Promise<Measured[]> {
    const keys = questions.map(({ context, words }) => this.#cache.key(["score", context, words]));
    const known = new Map(keys.map((key) => [key, this.#cache.get(key, keptWords)]));
    const missing = new Map(
      questions.flatMap((question, i) => {
        const key = keys[i] ?? "";
        return known.get(key) ? [] : [[key, question] as const];
      }),
    );
    const computed = await this.#compute(missing);
    return keys.map((key) => {
      const { words, ms } = computed.get(key) ?? known.get(key) ?? { words: [], ms: 0 };
      return { words: words.map(([logprob, tokens]) => ({ logprob, tokens })), ms, cached: !computed.has(key) };
    });
  }

  /** The free answer to a prompt. Throws as `writeAnswer` does. */
  async write(prompt: string, decoding: Decoding): Promise<Written> {
    const key = this.#cache.key(["write", prompt, decodingKey(decoding)]);
    const known = this.#cache.get(key, keptAnswer);
    if (known) return { ...known.answer, ms: known.ms, cached: true };
    const started = performance.now();
    const answer = await writeAnswer(this.#model, prompt, decoding, this.#turn);
    const ms = performance.now() - started;
    this.#cache.set(key, { ms, answer });
    return { ...answer, ms, cached: false };
  }

  async #compute(questions: ReadonlyMap<string, Question>): Promise<ReadonlyMap<string, z.output<typeof keptWords>>> {
    const started = performance.now();
    const asked = [...questions].map(([key, { context, words }]) => ({
      key,
      ...choiceTokens(this.#model, context, words),
    }));
    const texts = asked.flatMap(({ context, sequences }) =>
      sequences.map((ids) => ({ ids: [...context, ...ids], start: context.length })),
    );
    const { scores } = await scoreContinuations(this.#model, texts, this.#turn);
    const perToken = (performance.now() - started) / texts.reduce((sum, { ids }) => sum + ids.length, 0);
    const results = new Map<string, z.output<typeof keptWords>>();
    let taken = 0;
    for (const { key, context, sequences } of asked) {
      const words = sequences.map(({ length }): [number, number] => [scores[taken++]?.logprob ?? 0, length]);
      const tokens = sequences.reduce((sum, { length }) => sum + context.length + length, 0);
      const result = { ms: perToken * tokens, words };
      this.#cache.set(key, result);
      results.set(key, result);
    }
    return results;
  }
}

/** Only what the answer hangs on: a seed of greedy decoding does not. */
function decodingKey({ maxNewTokens, temperature, topK, topP, seed, stop, numBeams, lengthPenalty }: Decoding) {
  if (numBeams > 1) return { maxNewTokens, stop, numBeams, lengthPenalty };
  return temperature === 0 ? { maxNewTokens, stop } : { maxNewTokens, temperature, topK, topP, seed, stop };
}
