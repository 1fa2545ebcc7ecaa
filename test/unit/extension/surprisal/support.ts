import type { ScoredToken, ScoreParams, ScoreResult } from "../../../../src/runtime/protocol";
import { modelInfo } from "../support";

/** A token of `bits` of surprisal; null for one without a prediction. */
export function scoredToken(text: string, start: number, end: number, bits: number | null): ScoredToken {
  const prediction = bits === null ? null : { logprob: -bits * Math.LN2, rank: 2, entropy: 3, top: [] };
  return { id: text.length, text, start, end, prediction };
}

/** One token for each word with the white space before it; its bits are its length, the first one's unknown. */
export function wordTokens(text: string): ScoredToken[] {
  return Array.from(text.matchAll(/\s*\S+|\s+$/g), ({ 0: word, index }, i) =>
    scoredToken(word, index, index + word.length, i === 0 ? null : word.length),
  );
}

/** A request to score that waits for its answer. */
export interface PendingScore {
  readonly params: ScoreParams;
  readonly text: string;
  readonly signal: AbortSignal;
  /** Answers with `wordTokens`. */
  answer(): void;
  fail(error: Error): void;
}

/** A model that scores when told to. */
export class FakeScorer {
  readonly asked: PendingScore[] = [];

  get last(): PendingScore {
    const last = this.asked.at(-1);
    if (!last) throw new Error("nothing was asked");
    return last;
  }

  score(params: ScoreParams, { signal }: { readonly signal?: AbortSignal | undefined }): Promise<ScoreResult> {
    const text = params.input.kind === "text" ? params.input.text : "";
    return new Promise((resolve, reject) => {
      const answer = () => resolve(resultOf(text));
      this.asked.push({ params, text, signal: signal ?? new AbortController().signal, answer, fail: reject });
    });
  }
}

function resultOf(text: string): ScoreResult {
  const summary = { tokens: 1, bits: 1, perplexity: 2, bitsPerByte: 1 };
  const scored = { model: modelInfo, tokens: wordTokens(text), summary };
  return { ...scored, truncation: null, slides: 0, reused: 0, elapsedMs: 1 };
}

/** Lets everything that waits for nothing but a turn go on. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
