/** How often a word occurs. */
export interface WordCount {
  readonly word: string;
  readonly count: number;
}

/** The most frequent words of a text, most frequent first; words of equal count in alphabetical order. */
export function wordCounts(text: string, limit = 10): WordCount[] {
  const counts = new Map<string, number>();
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{M}']+/gu)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts]
    .map(([word, count]) => ({ word, count }))
    .sort((a, b) => b.count - a.count || a.word.localeCompare(b.word))
    .slice(0, limit);
}
