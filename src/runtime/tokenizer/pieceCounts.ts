/** How often each piece of a text occurs: all that training a vocabulary needs to know of it. */
import { splitPieces } from "./bytePairs";
import { cleanWords } from "./gpt1Text";

/** How texts are cut into pieces: GPT-2's pattern, or GPT-1's cleaned-up words. */
export type VocabularyKind = "byteLevel" | "gpt1";

/** Counts pieces, text after text. Memory is bounded: see `mostUnits`. */
export class PieceCounter {
  readonly #counts = new Map<string, number>();
  /** UTF-16 units of all pieces held. */
  #units = 0;

  /** @param mostUnits UTF-16 units of different pieces that are held; beyond it the rarest are forgotten. */
  constructor(
    readonly kind: VocabularyKind,
    private readonly mostUnits = 1 << 24,
  ) {}

  /** How often each piece occurred so far, in the order of their first occurrence. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Counts the pieces of a text. */
  add(text: string): void {
    for (const piece of piecesOf(text, this.kind)) {
      const count = this.#counts.get(piece);
      if (count === undefined) this.#addNew(piece);
      else this.#counts.set(piece, count + 1);
    }
  }

  #addNew(piece: string): void {
    this.#counts.set(ownCopy(piece), 1);
    this.#units += piece.length;
    for (let rare = 1; this.#units > this.mostUnits; rare *= 2) this.#forget(rare);
  }

  /** Drops the pieces that occurred so often or less. */
  #forget(count: number): void {
    for (const [piece, found] of this.#counts) {
      if (found > count) continue;
      this.#counts.delete(piece);
      this.#units -= piece.length;
    }
  }
}

function* piecesOf(text: string, kind: VocabularyKind): Generator<string, void> {
  if (kind === "byteLevel") yield* splitPieces(text);
  else for (const { chars } of cleanWords(text)) yield chars.join("");
}

/** V8's longer substrings keep the text alive that they are cut from: all texts would stay in memory. */
function ownCopy(piece: string): string {
  return piece.length < 13 ? piece : Buffer.from(piece, "utf16le").toString("utf16le");
}
