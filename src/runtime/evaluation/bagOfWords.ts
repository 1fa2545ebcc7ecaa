/** Texts as counts of their words. */
import { type SparseRows, sparseRows } from "./sparseRows";

/** The column of every known word. */
export type Vocabulary = ReadonlyMap<string, number>;

/**
 * The words of a text, as scikit-learn's `CountVectorizer` has them by default: in lower case, runs of two or more letters, digits and
 * underscores. Single letters are no words; "don't" is "don".
 */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_]{2,}/gu) ?? [];
}

/** The words of the texts in alphabetic order. Give it the training texts only: words that only the test set has must not be known. */
export function fitVocabulary(texts: readonly string[]): Vocabulary {
  const words = [...new Set(texts.flatMap(wordsOf))].sort();
  return new Map(words.map((word, column) => [word, column]));
}

/** How often each text has each known word, a row for every text; others are not counted. */
export function countWords(vocabulary: Vocabulary, texts: readonly string[]): SparseRows {
  const rows = texts.map((text) => {
    const counts = new Map<number, number>();
    for (const word of wordsOf(text)) {
      const column = vocabulary.get(word);
      if (column !== undefined) counts.set(column, (counts.get(column) ?? 0) + 1);
    }
    return counts;
  });
  return sparseRows(vocabulary.size, rows);
}
