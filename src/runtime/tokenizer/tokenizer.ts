/** What a tokenizer is to the rest of the runtime, and how its tokens are shown. */
import { isUtf8 } from "node:buffer";
import * as l10n from "@vscode/l10n";
import { invalidTokenIds } from "../errors";
import type { TokenSpan } from "../protocol";
import { incompleteLength, measureText, measureUtf8, type Segment } from "./utf8";

/** A range of UTF-16 units of a text. Never splits a surrogate pair. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Text to token ids and back to bytes. Holds memory outside JavaScript: call `free` when done. */
export interface Tokenizer {
  /** Whether the bytes of a text's tokens are the text's bytes. Others clean the text up first. */
  readonly lossless: boolean;
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
  /**
   * What each token stands for in `text`, of which `ids` are the tokens or the first of them: ranges that do not go
   * back. Tokens that share a character share its range. Takes time linear in the text.
   * @throws RangeError when the tokens are longer than the text.
   */
  places(text: string, ids: readonly number[]): TextRange[];
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
 * The tokens of `text`, or the first of them, with their places: see `Tokenizer.places`.
 * @throws RuntimeError `invalidTokenIds` for an unknown id; RangeError when the tokens are longer than the text.
 */
export function tokenSpans(tokenizer: Tokenizer, text: string, ids: readonly number[]): TokenSpan[] {
  return joinSpans(tokenizer, ids, tokenizer.places(text, ids));
}

/** `Tokenizer.places` for tokens whose bytes are the text's. */
export function bytePlaces(tokenBytes: (id: number) => Uint8Array, text: string, ids: readonly number[]): TextRange[] {
  return placesOf(tokenBytes, measureText(text), ids);
}

/** The first `count` of the places. Throws RangeError when there are fewer. */
export function takePlaces(tokens: Iterable<TextRange>, count: number): TextRange[] {
  const places: TextRange[] = [];
  for (const { start, end } of tokens) {
    if (places.length === count) break;
    places.push({ start, end });
  }
  if (places.length < count) throw tooLong();
  return places;
}

/** Throws `invalidTokenIds` unless `id` is one of a model's vocabulary. */
export function checkModelId(id: number, modelVocabSize: number): void {
  if (Number.isInteger(id) && id >= 0 && id < modelVocabSize) return;
  throw invalidTokenIds(l10n.t("{0} is not from 0 to {1}", String(id), modelVocabSize - 1));
}

/**
 * UTF-8 bytes of all tokens but the first, which nothing predicts. `text` is null when only ids were given. Of a tokenizer
 * that cleans up, the bytes of the text after the first token: the blanks between words too, for which their ends stand.
 */
export function predictedBytes(tokenizer: Tokenizer, text: string | null, spans: readonly TokenSpan[]): number {
  if (text !== null && !tokenizer.lossless) {
    return Buffer.byteLength(text.slice(spans[0]?.end ?? 0, spans.at(-1)?.end ?? 0));
  }
  return spans.slice(1).reduce((sum, { id }) => sum + tokenizer.tokenBytes(id).length, 0);
}

/**
 * What comes between a prompt and what goes on after its tokens: a blank where the last token ends a word of which the
 * prompt has not the blank yet, as with GPT-1.
 */
export function joint(tokenizer: Tokenizer, prompt: string, ids: readonly number[]): string {
  const last = ids.at(-1);
  if (tokenizer.lossless || last === undefined || /\s$/.test(prompt)) return "";
  return tokenizer.tokenBytes(last).at(-1) === 0x20 ? " " : "";
}

/**
 * The text that `ids` stand for, malformed bytes shown as U+FFFD, and where each token is in it.
 * @throws RuntimeError `invalidTokenIds` for an unknown id.
 */
export function decodeTokens(tokenizer: Tokenizer, ids: readonly number[]): { text: string; spans: TokenSpan[] } {
  const bytes = Buffer.concat(ids.map((id) => tokenizer.tokenBytes(id)));
  const places = placesOf((id) => tokenizer.tokenBytes(id), measureUtf8(bytes), ids);
  return { text: lenient.decode(bytes), spans: joinSpans(tokenizer, ids, places) };
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

function joinSpans(tokenizer: Tokenizer, ids: readonly number[], places: readonly TextRange[]): TokenSpan[] {
  return ids.map((id, i) => {
    const { start, end } = places[i] ?? { start: 0, end: 0 };
    return { ...describeToken(tokenizer, id), start, end };
  });
}

function placesOf(
  tokenBytes: (id: number) => Uint8Array,
  segments: Iterator<Segment>,
  ids: readonly number[],
): TextRange[] {
  const cursor = new Cursor(segments);
  return ids.map((id) => cursor.take(tokenBytes(id).length));
}

function describe(id: number, bytes: Uint8Array): TokenDescription {
  const text = lenient.decode(bytes);
  return isUtf8(bytes) ? { id, text } : { id, text, bytes: Buffer.from(bytes).toString("hex") };
}

function tooLong(): RangeError {
  return new RangeError("The tokens are longer than the text.");
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
  take(count: number): TextRange {
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
  #here(): TextRange {
    const place = this.#bytesLeft === 0 ? this.#start + this.#units : this.#start;
    return { start: place, end: place };
  }

  #advance(): void {
    const next = this.segments.next();
    if (next.done) throw tooLong();
    this.#start += this.#units;
    this.#units = next.value.units;
    this.#bytesLeft = next.value.bytes;
  }
}
