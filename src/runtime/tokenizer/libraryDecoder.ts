/** The bytes of single tokens of a library tokenizer, whose decoders know only how whole texts are put together. */
import type { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { wordToBytes } from "./byteAlphabet";
import { shownName } from "./libraryInput";
import type { LibraryJson } from "./tokenizerJson";

/** Decodes tokens one by one, so that a text can be shown while it is made. */
export class TokenDecoder {
  /** Whether the file's own regular expressions take part. */
  readonly takesLong: boolean;
  readonly #isByteLevel: boolean;
  readonly #hasByteTokens: boolean;
  readonly #added: ReadonlySet<number>;
  readonly #anchor: Anchor | null;

  constructor(
    private readonly inner: HuggingFaceTokenizer,
    { decoder, addedTokens }: LibraryJson,
    private readonly words: ReadonlyMap<number, string>,
  ) {
    const steps = JSON.stringify(decoder ?? null);
    this.takesLong = steps.includes('"Regex"');
    this.#isByteLevel = steps.includes('"ByteLevel"');
    this.#hasByteTokens = steps.includes('"ByteFallback"');
    this.#added = new Set(addedTokens.map(({ id }) => id));
    this.#anchor = this.#findAnchor();
  }

  /** The bytes of a token; none for one that the vocabulary does not name. */
  bytes(id: number): Uint8Array {
    const word = this.words.get(id);
    if (word === undefined) return new Uint8Array();
    // The library knows nothing of special tokens that the vocabulary proper does not have.
    const isName = this.#added.has(id) && (this.#isByteLevel || this.inner.id_to_token(id) === undefined);
    if (isName) return new TextEncoder().encode(word);
    const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(word)?.[1];
    if (this.#hasByteTokens && byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16));
    const bytes = this.#isByteLevel ? wordToBytes(word) : null;
    return bytes ?? new TextEncoder().encode(this.#textBetween(id));
  }

  /**
   * What a token adds between two others: at a text's begin or end, decoders drop its blanks. Without two such
   * others, what it comes to by itself.
   */
  #textBetween(id: number): string {
    const alone = this.#decode([id]);
    if (this.#anchor === null) return alone;
    const { id: anchor, before, after } = this.#anchor;
    const text = this.#decode([anchor, id, anchor]);
    if (text.length < before.length + after.length) return alone;
    if (!text.startsWith(before) || !text.endsWith(after)) return alone;
    return text.slice(before.length, text.length - after.length);
  }

  /** A token that shows what is put around another: best one that puts no blank before itself. */
  #findAnchor(): Anchor | null {
    let any: Anchor | null = null;
    for (const id of Array.from(this.words.keys()).slice(0, 1000)) {
      const anchor = this.#added.has(id) ? null : this.#anchorOf(id);
      if (anchor !== null && !/\s/.test(anchor.after)) return anchor;
      any ??= anchor;
    }
    return any;
  }

  #anchorOf(id: number): Anchor | null {
    const before = this.#decode([id]);
    const two = this.#decode([id, id]);
    const after = two.slice(before.length);
    const isSteady = two.startsWith(before) && this.#decode([id, id, id]) === two + after;
    return before !== "" && after !== "" && isSteady ? { id, before, after } : null;
  }

  #decode(ids: number[]): string {
    return shownName(this.inner.decode(ids, { skip_special_tokens: false, clean_up_tokenization_spaces: false }));
  }
}

interface Anchor {
  readonly id: number;
  /** What it comes to as the first token, and as the last. */
  readonly before: string;
  readonly after: string;
}
