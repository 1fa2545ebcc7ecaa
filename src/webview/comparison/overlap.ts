/** Where in a text the words of an overlap stand. Pure. */

/** A stretch of the text. */
export interface OverlapPiece {
  readonly text: string;
  readonly marked: boolean;
}

/** The text in pieces: the words of `overlap`, which are lower-cased and without punctuation, are marked where they stand in a row. */
export function overlapPieces(text: string, overlap: string): readonly OverlapPiece[] {
  const wanted = wordsOf(overlap).map(({ word }) => word);
  const words = wordsOf(text);
  const at = words.findIndex((_, i) => wanted.length > 0 && wanted.every((word, k) => words[i + k]?.word === word));
  const [first, last] = [words[at], words[at + wanted.length - 1]];
  if (at < 0 || !first || !last) return [{ text, marked: false }];
  return [
    { text: text.slice(0, first.from), marked: false },
    { text: text.slice(first.from, last.to), marked: true },
    { text: text.slice(last.to), marked: false },
  ].filter(({ text: piece }) => piece !== "");
}

/** Words as the check for contamination sees them: parted by white space, NFC, lower case, without punctuation and symbols. */
function wordsOf(text: string): { readonly word: string; readonly from: number; readonly to: number }[] {
  return Array.from(text.matchAll(/\S+/gu), ({ 0: piece, index }) => ({
    word: piece
      .normalize("NFC")
      .toLowerCase()
      .replace(/[\p{P}\p{S}]+/gu, ""),
    from: index,
    to: index + piece.length,
  })).filter(({ word }) => word !== "");
}
