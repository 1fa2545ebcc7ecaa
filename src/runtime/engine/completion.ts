/** Chosen tokens become text, and events for who waits for it. */
import { CancelledError } from "../errors";
import type { FinishReason, GeneratedToken, GenerateEvent, GenerateResult } from "../protocol";
import { describeToken, TextStream, type Tokenizer } from "../tokenizer/tokenizer";
import type { TokenStep } from "./generate";
import { StopStrings } from "./stopStrings";

/** Events after the first. */
export type TextEvent = Exclude<GenerateEvent, { kind: "prompt" }>;

/**
 * Takes `steps` until they end, a stop string comes, or they are cancelled, giving each token's event. What `onEvent` returns is waited
 * for before the next token is computed: so the receiver sets the pace.
 */
export async function writeCompletion(
  steps: AsyncGenerator<TokenStep, FinishReason>,
  writer: CompletionWriter,
  onEvent: (event: TextEvent) => unknown,
): Promise<GenerateResult> {
  try {
    for (let next = await steps.next(); ; next = await steps.next()) {
      if (next.done) return writer.finish(next.value);
      if (next.value.dropped > writer.dropped) await onEvent(writer.slide(next.value.dropped));
      await onEvent(writer.write(next.value));
      if (!writer.stopped) continue;
      await steps.return("stop");
      return writer.finish("stop");
    }
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    return writer.finish("cancelled");
  }
}

/** Turns chosen tokens into text and events. */
export class CompletionWriter {
  readonly #tokenizer: Tokenizer;
  readonly #endOfText: number | null;
  readonly #stream = new TextStream();
  readonly #stops: StopStrings;
  readonly #started = performance.now();
  #firstTokenAt = 0;
  #tokens = 0;
  #text = "";
  /** UTF-16 length of the whole characters so far, stop strings included. */
  #length = 0;
  /** Whether a stop string was found: no token should come after that. */
  stopped = false;
  /** Tokens that the model no longer sees. */
  dropped = 0;
  #joint: string;

  /** `joint` comes before the first token's text: see `joint` of the tokenizer. */
  constructor(tokenizer: Tokenizer, endOfTextId: number | null, stop: readonly string[], joint: string) {
    this.#joint = joint;
    this.#tokenizer = tokenizer;
    this.#endOfText = endOfTextId;
    this.#stops = new StopStrings(stop);
  }

  /** Takes the next token. */
  write(step: TokenStep): Extract<TextEvent, { kind: "token" }> {
    if (this.#tokens++ === 0) this.#firstTokenAt = performance.now();
    const isEnd = step.id === this.#endOfText;
    const joint = isEnd ? "" : this.#joint;
    this.#joint = "";
    const start = this.#length + joint.length;
    const piece = isEnd ? "" : this.#stream.push(this.#tokenizer.tokenBytes(step.id));
    this.#length = start + piece.length;
    const { text, stopped } = this.#stops.push(joint + piece);
    this.stopped = stopped;
    this.#text += text;
    const { prediction, truncatedProbability } = step;
    const span = { ...describeToken(this.#tokenizer, step.id), start, end: this.#length + this.#stream.pendingUnits };
    const token: GeneratedToken = { ...span, prediction, truncatedProbability };
    return { kind: "token", token, textDelta: text };
  }

  /** Takes note that the context was full. */
  slide(dropped: number): Extract<TextEvent, { kind: "slide" }> {
    this.dropped = dropped;
    return { kind: "slide", dropped };
  }

  /** The result, when no token comes any more. */
  finish(finishReason: FinishReason): GenerateResult {
    const now = performance.now();
    // What was held back in case it began a stop string is text after all.
    if (!this.stopped) this.#text += this.#stops.push(this.#stream.end()).text + this.#stops.end();
    const seconds = (now - this.#firstTokenAt) / 1000;
    return {
      text: this.#text,
      tokens: this.#tokens,
      finishReason,
      dropped: this.dropped,
      elapsedMs: now - this.#started,
      tokensPerSecond: this.#tokens > 1 ? (this.#tokens - 1) / seconds : 0,
    };
  }
}
