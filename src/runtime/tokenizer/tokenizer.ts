/** What a tokenizer is to the rest of the runtime, and how its tokens are shown. */
import { isUtf8 } from "node:buffer";
import type { TokenSpan } from "../protocol";
import { incompleteLength, measureText, measureUtf8, type Segment } from "./utf8";

/** Text to token ids and back to bytes. Holds memory outside JavaScript: call `free` when done. */
export interface Tokenizer {
  /** One more than the largest id that the vocabulary names. */
  readonly vocabSize: number;
  /** Id of `<|endoftext|>`; null when there is none. */
  readonly endOfTextId: number | null;
  /**
   * Token ids of a text. Text is data: a special token's name in it is encoded as ordinary text.
   * A lone surrogate is encoded as U+FFFD.
   */
  encode(text: string): number[];
  /**
   * The bytes a token stands for; none for an id of the model that the vocabulary does not name.
   * @throws RuntimeError `invalidTokenIds` when the id is outside the model's vocabulary.
   */
  tokenBytes(id: number): Uint8Array;
  /** Gives its memory back; the tokenizer is dead afterwards. */
  free(): void;
}

/** A token, shown: its text, and its bytes in hexadecimal when they are not whole characters. */
export interface TokenDescription {
  readonly id: number;
  readonly text: string;
  readonly bytes?: string;
}

/**
 * The token `id` as it is shown to a person.
 * @throws RuntimeError `invalidTokenIds`.
 */
export function describeToken(tokenizer: Tokenizer, id: number): TokenDescription {
  return describe(id, tokenizer.tokenBytes(id));
}

/**
 * Where each token's bytes are in `text`, of which `ids` are the tokens or the first of them.
 * Tokens that share a character share its range. Takes time linear in the text.
 * @throws RuntimeError `invalidTokenIds` for an unknown id; RangeError when the tokens are longer than the text.
 */
export function tokenSpans(tokenizer: Tokenizer, text: string, ids: readonly number[]): TokenSpan[] {
  return spans(tokenizer, measureText(text), ids);
}

/**
 * The text that `ids` stand for, malformed bytes shown as U+FFFD, and where each token is in it.
 * @throws RuntimeError `invalidTokenIds` for an unknown id.
 */
export function decodeTokens(tokenizer: Tokenizer, ids: readonly number[]): { text: string; spans: TokenSpan[] } {
  const bytes = Buffer.concat(ids.map((id) => tokenizer.tokenBytes(id)));
  return { text: lenient.decode(bytes), spans: spans(tokenizer, measureUtf8(bytes), ids) };
}

/** Bytes in, whole characters out: what a token's bytes leave incomplete waits for the next. */
export class TextStream {
  /** First bytes of a character that is not complete yet. */
  #tail: Uint8Array = new Uint8Array();

  /** UTF-16 units that the incomplete character will take once complete; 0 when there is none. */
  get pendingUnits(): number {
    const lead = this.#tail[0];
    if (lead === undefined) return 0;
    return lead >= 0xf0 ? 2 : 1;
  }

  /** Text that is certain with these bytes. */
  push(bytes: Uint8Array): string {
    const all = Buffer.concat([this.#tail, bytes]);
    const whole = all.length - incompleteLength(all);
    this.#tail = all.subarray(whole);
    return lenient.decode(all.subarray(0, whole));
  }

  /** What is left: U+FFFD for a character that never was completed, mostly nothing. */
  end(): string {
    const text = lenient.decode(this.#tail);
    this.#tail = new Uint8Array();
    return text;
  }
}

function spans(tokenizer: Tokenizer, segments: Iterator<Segment>, ids: readonly number[]): TokenSpan[] {
  const cursor = new Cursor(segments);
  return ids.map((id) => {
    const bytes = tokenizer.tokenBytes(id);
    return { ...describe(id, bytes), ...cursor.take(bytes.length) };
  });
}

function describe(id: number, bytes: Uint8Array): TokenDescription {
  const text = lenient.decode(bytes);
  return isUtf8(bytes) ? { id, text } : { id, text, bytes: Buffer.from(bytes).toString("hex") };
}

/** Keeps a byte order mark: it is a character of the text like any other. */
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** Walks along a text's characters by bytes. */
class Cursor {
  /** The character the next byte belongs to: where it begins in UTF-16 units, its units, and its bytes not yet taken. */
  #start = 0;
  #units = 0;
  #bytesLeft = 0;

  constructor(private readonly segments: Iterator<Segment>) {}

  /** The range of UTF-16 units that the next `count` bytes touch. */
  take(count: number): { start: number; end: number } {
    if (count === 0) return this.#here();
    if (this.#bytesLeft === 0) this.#advance();
    const start = this.#start;
    let left = count;
    while (left > this.#bytesLeft) {
      left -= this.#bytesLeft;
      this.#advance();
    }
    this.#bytesLeft -= left;
    return { start, end: this.#start + this.#units };
  }

  /** A token of no bytes has an empty range, before a character that is begun. */
  #here(): { start: number; end: number } {
    const place = this.#bytesLeft === 0 ? this.#start + this.#units : this.#start;
    return { start: place, end: place };
  }

  #advance(): void {
    const next = this.segments.next();
    if (next.done) throw new RangeError("The tokens are longer than the text.");
    this.#start += this.#units;
    this.#units = next.value.units;
    this.#bytesLeft = next.value.bytes;
  }
}
