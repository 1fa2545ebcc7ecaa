/** The words into which a library tokenizer cuts a text before it looks for tokens in them. */
import type { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import type { AlignedWord } from "./alignment";
import { wordToBytes } from "./byteAlphabet";

/**
 * The words behind the tokens `ids`, which are the text's or the first of them; null when words alone do not come to
 * these tokens, as where added tokens are cut out first.
 * @param isByteLevel words are written in the alphabet of bytes.
 */
export function cutIntoWords(
  tokenizer: HuggingFaceTokenizer,
  text: string,
  ids: readonly number[],
  isByteLevel: boolean,
): AlignedWord[] | null {
  const { model, normalizer, pre_tokenizer } = tokenizer;
  if (model === null || pre_tokenizer === null) return null;
  const normalized = normalizer?.normalize(text) ?? text;
  const known = new Map<string, readonly number[]>();
  const words: AlignedWord[] = [];
  let at = 0;
  for (const word of pre_tokenizer.pre_tokenize(normalized, { section_index: 0 })) {
    if (at >= ids.length) break;
    const found =
      known.get(word) ?? model._call([word]).map((token) => tokenizer.token_to_id(token) ?? model.unk_token_id ?? -1);
    known.set(word, found);
    if (found.some((id, i) => at + i < ids.length && id !== ids[at + i])) return null;
    const bytes = isByteLevel ? wordToBytes(word) : null;
    words.push({ bytes: bytes ?? new TextEncoder().encode(word), tokens: found.length });
    at += found.length;
  }
  return at >= ids.length ? words : null;
}
