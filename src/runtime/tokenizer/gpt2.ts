/** GPT-2's tokenizer: byte-level BPE by tiktoken, on GPT-2's own vocabulary or on any of the same form. */
import type { Tiktoken } from "tiktoken/lite";
import { encodeByMerges, isCanonical, type MergeTable, piecePatternRust } from "./bytePairs";
import { bytePlaces, checkModelId, type TextRange, type Tokenizer } from "./tokenizer";
import { largestId, type Vocabulary } from "./vocabulary";

/** The tokenizer of a byte-level vocabulary. `modelVocabSize` may be larger: embeddings are often padded. */
export async function gpt2Tokenizer(vocabulary: Vocabulary, modelVocabSize: number): Promise<Tokenizer> {
  // Imported here because tiktoken reads its WebAssembly as it is imported.
  const { Tiktoken } = await import("tiktoken/lite");
  const ranks = tiktokenRanks(vocabulary);
  const fast = ranks && { tiktoken: new Tiktoken(ranks.text, {}, piecePatternRust), ids: ranks.ids };
  return new GPT2Tokenizer(vocabulary, modelVocabSize, fast);
}

/** tiktoken with ranks of its own numbering, and the ids they stand for. */
interface FastEncoder {
  readonly tiktoken: Tiktoken;
  readonly ids: Uint32Array;
}

class GPT2Tokenizer implements Tokenizer {
  readonly lossless = true;
  readonly vocabSize: number;
  readonly endOfTextId: number | null;
  #freed = false;

  constructor(
    private readonly vocabulary: Vocabulary,
    private readonly modelVocabSize: number,
    private readonly fast: FastEncoder | null,
  ) {
    this.vocabSize = largestId(vocabulary.bytes.keys()) + 1;
    this.endOfTextId = vocabulary.endOfTextId;
  }

  encode(text: string): number[] {
    const { fast, vocabulary } = this;
    if (fast === null || longRun.test(text)) return encodeByMerges(vocabulary.table, text);
    return Array.from(fast.tiktoken.encode_ordinary(text), (rank) => fast.ids[rank] ?? 0);
  }

  tokenBytes(id: number): Uint8Array {
    checkModelId(id, this.modelVocabSize);
    return this.vocabulary.bytes.get(id) ?? new Uint8Array();
  }

  places(text: string, ids: readonly number[]): TextRange[] {
    return bytePlaces((id) => this.tokenBytes(id), text, ids);
  }

  free(): void {
    if (!this.#freed) this.fast?.tiktoken.free();
    this.#freed = true;
  }
}

/**
 * A run of one kind of character so long that tiktoken takes quadratic time over it, or at a million overflows its
 * regular expression's stack. Ordinary text has none. The look-behinds let each run be looked at once.
 */
const longRun = new RegExp(
  ["\\p{L}", "\\p{N}", "\\p{White_Space}", "[^\\p{White_Space}\\p{L}\\p{N}]"]
    .map((kind) => `(?<!${kind})${kind}{512}`)
    .join("|"),
  "u",
);

/** The vocabulary for tiktoken: bytes first, then tokens in the order of their merges. Null where ranks would differ. */
function tiktokenRanks({ table, bytes }: Vocabulary): { text: string; ids: Uint32Array } | null {
  const bytesOf = (id: number) => bytes.get(id) ?? new Uint8Array();
  if (!isCanonical(table, bytesOf)) return null;
  const ids = rankedIds(table);
  const words = Array.from(ids, (id) => Buffer.from(bytesOf(id)).toString("base64"));
  return { text: `! 0 ${words.join(" ")}`, ids };
}

function rankedIds({ byteIds, merges }: MergeTable): Uint32Array {
  return Uint32Array.from([...byteIds, ...merges.map(({ joined }) => joined)]);
}
