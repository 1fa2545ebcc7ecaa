/** Any tokenizer.json that `@huggingface/tokenizers` runs: Unigram, WordPiece, BPE on characters, with normalizers and decoders. */
import type { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import * as l10n from "@vscode/l10n";
import { invalidTokenizer, RuntimeError } from "../errors";
import { alignTokens, alignWords, type TokenPiece } from "./alignment";
import { TokenDecoder } from "./libraryDecoder";
import { libraryInput } from "./libraryInput";
import { cutIntoWords } from "./libraryWords";
import { outOfTime, withTimeLimit } from "./timeLimit";
import { bytePlaces, checkModelId, type TextRange, type Tokenizer } from "./tokenizer";
import type { LibraryJson } from "./tokenizerJson";
import { checkIds, largestId } from "./vocabulary";

/**
 * The tokenizer of a tokenizer.json of any kind. What a file from elsewhere does to the library is reported as the file's
 * fault, and broken off after a few seconds.
 * @throws RuntimeError `invalidTokenizer` when the library cannot run it.
 */
export async function libraryTokenizer(library: LibraryJson, modelVocabSize: number): Promise<Tokenizer> {
  const words = checkIds(library.words, modelVocabSize);
  const { Tokenizer: Library } = await import("@huggingface/tokenizers");
  const guard = new Guard(library.file);
  const { tokenizer, config } = libraryInput(library);
  const inner = guard.run(() => new Library(tokenizer, config), words.size);
  const decoder = guard.run(() => new TokenDecoder(inner, library, words), words.size);
  return new LibraryTokenizer(library, modelVocabSize, inner, decoder, guard);
}

class LibraryTokenizer implements Tokenizer {
  readonly lossless: boolean;
  readonly vocabSize: number;
  readonly endOfTextId: number | null;
  readonly #bytes = new Map<number, Uint8Array>();
  readonly #unknownId: number | null;
  readonly #isByteLevel: boolean;

  constructor(
    { json, model, words }: LibraryJson,
    private readonly modelVocabSize: number,
    private readonly inner: HuggingFaceTokenizer,
    private readonly decoder: TokenDecoder,
    private readonly guard: Guard,
  ) {
    this.#isByteLevel = isByteLevel(json);
    this.lossless = keepsBytes(json);
    this.vocabSize = largestId(words.ids.values()) + 1;
    this.endOfTextId = words.ids.get("<|endoftext|>") ?? null;
    this.#unknownId = unknownToken(model, words.ids);
  }

  encode(text: string): number[] {
    const encode = () => this.inner.encode(wellFormed(text), { add_special_tokens: false }).ids;
    const ids = this.guard.run(encode, text.length);
    const bad = ids.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= this.modelVocabSize);
    if (bad < 0) return ids;
    throw this.guard.failure(l10n.t("it gives the token {0}, which the model does not have", String(ids[bad])));
  }

  places(text: string, ids: readonly number[]): TextRange[] {
    const pieces = ids.map((id): TokenPiece => (id === this.#unknownId ? null : this.tokenBytes(id)));
    if (beginsWith(text, pieces)) return bytePlaces((id) => this.tokenBytes(id), text, ids);
    const seen = wellFormed(text);
    const words = this.guard.run(() => cutIntoWords(this.inner, seen, ids, this.#isByteLevel), text.length);
    return words === null ? alignTokens(seen, pieces) : alignWords(seen, words, pieces);
  }

  tokenBytes(id: number): Uint8Array {
    checkModelId(id, this.modelVocabSize);
    const known = this.#bytes.get(id);
    if (known !== undefined) return known;
    const bytes = this.decoder.takesLong
      ? this.guard.run(() => this.decoder.bytes(id), 0)
      : this.guard.catch(() => this.decoder.bytes(id));
    this.#bytes.set(id, bytes);
    return bytes;
  }

  free(): void {
    // All its memory is JavaScript's.
  }
}

/** Turns what goes wrong in the library into errors that name the file. */
class Guard {
  constructor(private readonly file: string) {}

  /** What `work` over `length` characters or words gives within a time that is ample for it. */
  run<T>(work: () => T, length: number): T {
    const result = this.catch(() => withTimeLimit(work, 5000 + Math.ceil(length / 10)));
    if (result === outOfTime) throw this.failure(l10n.t("its rules take far too long on this text"));
    return result;
  }

  catch<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof RuntimeError) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      throw this.failure(l10n.t("this tokenizer cannot be run ({0})", detail.slice(0, 200)));
    }
  }

  failure(problem: string): RuntimeError {
    return invalidTokenizer(this.file, "", problem);
  }
}

/** The text with lone surrogates as the U+FFFD that they are encoded as: of the same length. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

/** Unigram names the unknown token by its place, the others by its name. */
function unknownToken(model: LibraryJson["model"], ids: ReadonlyMap<string, number>): number | null {
  if (typeof model.unk_id === "number") return model.unk_id;
  return typeof model.unk_token === "string" ? (ids.get(model.unk_token) ?? null) : null;
}

/** Whether its words are bytes, written in GPT-2's alphabet. */
function isByteLevel(json: LibraryJson["json"]): boolean {
  return JSON.stringify(json.pre_tokenizer ?? null).includes('"ByteLevel"');
}

/** Whether nothing changes the text, and its bytes are what is encoded. */
function keepsBytes(json: LibraryJson["json"]): boolean {
  const prefixed = JSON.stringify(json.pre_tokenizer ?? null).includes('"add_prefix_space":true');
  return (json.normalizer ?? null) === null && isByteLevel(json) && !prefixed;
}

function beginsWith(text: string, pieces: readonly TokenPiece[]): boolean {
  const known = pieces.filter((piece) => piece !== null);
  if (known.length < pieces.length) return false;
  const bytes = Buffer.concat(known);
  return Buffer.from(text).subarray(0, bytes.length).equals(bytes);
}
