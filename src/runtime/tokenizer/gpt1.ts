/** GPT-1's tokenizer: BPE on the characters of cleaned-up words, whose last one bears `</w>` (Radford et al. 2018 §4.1). */
import { type MergedPiece, mergeTokens } from "./bytePairs";
import { cleanWords, type Word } from "./gpt1Text";
import { checkModelId, type TextRange, type Tokenizer, takePlaces } from "./tokenizer";
import { largestId, type WordVocabulary } from "./vocabulary";

/** Marks the end of a word. In a text it is a blank. */
export const wordEnd = "</w>";

/** GPT-1's tokenizer on a vocabulary of its form. `modelVocabSize` may be larger: embeddings are often padded. */
export function gpt1Tokenizer(vocabulary: WordVocabulary, modelVocabSize: number): Tokenizer {
  return new GPT1Tokenizer(vocabulary, modelVocabSize);
}

class GPT1Tokenizer implements Tokenizer {
  readonly lossless = false;
  readonly vocabSize: number;
  readonly endOfTextId: number | null;
  readonly #bytes = new Map<number, Uint8Array>();

  constructor(
    private readonly vocabulary: WordVocabulary,
    private readonly modelVocabSize: number,
  ) {
    this.vocabSize = largestId(vocabulary.words.keys()) + 1;
    this.endOfTextId = vocabulary.endOfTextId;
    for (const [id, word] of vocabulary.words) this.#bytes.set(id, new TextEncoder().encode(shownText(word)));
  }

  encode(text: string): number[] {
    return Array.from(this.#tokens(text), ({ id }) => id);
  }

  places(text: string, ids: readonly number[]): TextRange[] {
    return takePlaces(this.#tokens(text), ids.length);
  }

  tokenBytes(id: number): Uint8Array {
    checkModelId(id, this.modelVocabSize);
    return this.#bytes.get(id) ?? new Uint8Array();
  }

  free(): void {
    // All its memory is JavaScript's.
  }

  *#tokens(text: string): Generator<TextRange & { readonly id: number }, void> {
    const known = new Map<string, MergedPiece>();
    for (const word of cleanWords(text)) {
      const key = word.chars.join("");
      const { ids, starts } = known.get(key) ?? this.#merge(word);
      known.set(key, { ids, starts });
      for (const [i, id] of ids.entries()) {
        const first = starts[i] ?? 0;
        const last = (starts[i + 1] ?? word.chars.length) - 1;
        yield { id, start: word.starts[first] ?? 0, end: word.ends[last] ?? 0 };
      }
    }
  }

  #merge({ chars }: Word): MergedPiece {
    const { ids, unknownId, table } = this.vocabulary;
    const last = chars.length - 1;
    return mergeTokens(
      table,
      chars.map((char, i) => ids.get(i === last ? char + wordEnd : char) ?? unknownId),
    );
  }
}

function shownText(word: string): string {
  return word.endsWith(wordEnd) ? `${word.slice(0, -wordEnd.length)} ` : word;
}
