import type { Generator } from "../../../../src/extension/inlineCompletions/suggest";
import { CancelledError } from "../../../../src/runtime/errors";
import type { FinishReason, GeneratedToken, GenerateParams, GenerateResult } from "../../../../src/runtime/protocol";

/** A token's text and its probability. */
export type Drawn = readonly [text: string, probability: number];

/** Tokens as the runtime streams them, one after another. */
export function generated(drawn: readonly Drawn[]): GeneratedToken[] {
  let start = 0;
  return drawn.map(([text, probability], id) => {
    const token = {
      id,
      text,
      start,
      end: start + text.length,
      prediction: { logprob: Math.log(probability), rank: 1, entropy: 1, top: [] },
      truncatedProbability: 1,
    };
    start = token.end;
    return token;
  });
}

/** Keeps values as VS Code does, by value. */
export function memento() {
  const values = new Map<string, string>();
  return {
    get: (key: string): unknown => JSON.parse(values.get(key) ?? "null"),
    update: async (key: string, value: unknown) => void values.set(key, JSON.stringify(value)),
  };
}

/** What a fake model answers to one request: its tokens, why it stops after them, or what it throws. */
export interface Answer {
  readonly tokens?: readonly Drawn[];
  readonly finish?: FinishReason;
  readonly error?: Error;
}

/** A model that streams prepared tokens, a turn of the event loop before each, and stops when cancelled. */
export class FakeModel implements Generator {
  readonly asked: GenerateParams[] = [];
  /** Tokens that were streamed, over all requests. */
  streamed = 0;
  cancelled = 0;

  constructor(private readonly answer: (params: GenerateParams) => Answer) {}

  /** One that always answers the same. */
  static saying(tokens: readonly Drawn[], finish: FinishReason = "maxNewTokens"): FakeModel {
    return new FakeModel(() => ({ tokens, finish }));
  }

  async generate(params: GenerateParams, { signal, onEvent }: Parameters<Generator["generate"]>[1]) {
    this.asked.push(params);
    const { tokens = [], finish = "maxNewTokens", error } = this.answer(params);
    if (error) throw error;
    for (const token of generated(tokens)) {
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted) {
        this.cancelled++;
        throw new CancelledError();
      }
      this.streamed++;
      onEvent?.({ kind: "token", token, textDelta: token.text });
    }
    const text = tokens.map(([token]) => token).join("");
    const result: GenerateResult = {
      text,
      tokens: tokens.length,
      finishReason: finish,
      dropped: 0,
      elapsedMs: 1,
      tokensPerSecond: 1,
    };
    return result;
  }
}
