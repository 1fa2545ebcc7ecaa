/** A tokenizer.json as the library gets it: what makes tokens that no prompt of ours has is taken out. */
import type { LibraryJson } from "./tokenizerJson";

/** The library's two arguments: tokenizer.json, and what it reads of tokenizer_config.json. */
export interface LibraryInput {
  readonly tokenizer: Record<string, unknown>;
  readonly config: Record<string, unknown>;
}

/**
 * The file for the library. Its post-processor would add special tokens. And a text is data, so special tokens are neither
 * looked for in it, nor may the model find them there: they get names such as no text has.
 */
export function libraryInput(library: LibraryJson): LibraryInput {
  const { json, model, addedTokens, words } = library;
  const special = new Set(addedTokens.filter((token) => token.special !== false).map(({ content }) => content));
  const rename = (word: string) => (special.has(word) ? unseen + word : word);
  const vocab = renameWords(model.vocab, rename);
  const unknown = typeof model.unk_token === "string" ? model.unk_token : null;
  const unknownId = unknown === null ? undefined : words.ids.get(unknown);
  // The token for the unknown may stand among the added ones only.
  if (unknown !== null && unknownId !== undefined && !Array.isArray(vocab)) vocab[rename(unknown)] = unknownId;
  const unk_token = unknown === null ? undefined : rename(unknown);
  return {
    tokenizer: {
      normalizer: null,
      pre_tokenizer: null,
      decoder: null,
      ...json,
      model: { ...model, vocab, ...(unk_token === undefined ? {} : { unk_token }) },
      post_processor: null,
      added_tokens: addedTokens.filter((token) => token.special === false),
    },
    // Of a WordLevel model, the library does not read the unknown token in its own place.
    config: { clean_up_tokenization_spaces: false, unk_token },
  };
}

/** A token's text without what hides its name. */
export function shownName(text: string): string {
  return text.replaceAll(unseen, "");
}

/** Half a surrogate pair: a text for the library has only whole ones. */
const unseen = "\ud800";

function renameWords(vocab: unknown, rename: (word: string) => string): unknown[] | Record<string, unknown> {
  if (Array.isArray(vocab)) return vocab.map(([word, score]: [string, number]) => [rename(word), score]);
  return Object.fromEntries(Object.entries(vocab ?? {}).map(([word, id]) => [rename(word), id]));
}
