/** GPT-2's tokenizer: byte-level BPE by tiktoken, on GPT-2's own vocabulary or on any of the same form. */
import * as l10n from "@vscode/l10n";
import type { Tiktoken } from "tiktoken/lite";
import { invalidTokenIds } from "../errors";
import { encodeByMerges, isCanonical, type MergeTable, piecePatternRust } from "./bytePairs";
import type { Tokenizer } from "./tokenizer";
import type { Vocabulary } from "./vocabulary";
import { readVocabulary } from "./vocabularyFiles";

/**
 * The tokenizer of a model folder; null when the folder has no tokenizer files.
 * @param vocabSizeLimit the model's vocabulary size. The tokenizer's may be smaller: embeddings are often padded.
 * @throws RuntimeError `invalidTokenizer`, naming file, and line or token.
 */
export async function loadTokenizer(folder: string, vocabSizeLimit: number): Promise<Tokenizer | null> {
  const vocabulary = await readVocabulary(folder, vocabSizeLimit);
  if (vocabulary === null) return null;
  // Imported here because tiktoken reads its WebAssembly as it is imported.
  const { Tiktoken } = await import("tiktoken/lite");
  const ranks = tiktokenRanks(vocabulary);
  const fast = ranks && { tiktoken: new Tiktoken(ranks.text, {}, piecePatternRust), ids: ranks.ids };
  return new GPT2Tokenizer(vocabulary, vocabSizeLimit, fast);
}

/** tiktoken with ranks of its own numbering, and the ids they stand for. */
interface FastEncoder {
  readonly tiktoken: Tiktoken;
  readonly ids: Uint32Array;
}

class GPT2Tokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly endOfTextId: number | null;
  #freed = false;

  constructor(
    private readonly vocabulary: Vocabulary,
    private readonly modelVocabSize: number,
    private readonly fast: FastEncoder | null,
  ) {
    this.vocabSize = [...vocabulary.bytes.keys()].reduce((largest, id) => Math.max(largest, id), -1) + 1;
    this.endOfTextId = vocabulary.endOfTextId;
  }

  encode(text: string): number[] {
    const { fast, vocabulary } = this;
    if (fast === null || longRun.test(text)) return encodeByMerges(vocabulary.table, text);
    return Array.from(fast.tiktoken.encode_ordinary(text), (rank) => fast.ids[rank] ?? 0);
  }

  tokenBytes(id: number): Uint8Array {
    const bytes = this.vocabulary.bytes.get(id);
    if (bytes !== undefined) return bytes;
    if (Number.isInteger(id) && id >= 0 && id < this.modelVocabSize) return new Uint8Array();
    throw invalidTokenIds(l10n.t("{0} is not from 0 to {1}", String(id), this.modelVocabSize - 1));
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
