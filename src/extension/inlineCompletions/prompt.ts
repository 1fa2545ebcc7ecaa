/** What the model is given of the text before the cursor. Knows nothing of VS Code. */

/** A prompt, and the white space at its end that the model is left to write itself. */
export interface Prompt {
  readonly text: string;
  /** What a continuation must begin with; it already stands before the cursor. */
  readonly held: string;
}

/** Longest prompt, UTF-16 code units: more than most small models have room for; the runtime keeps the end. */
export const promptLimit = 8192;

/**
 * Whole lines from the end of `before`, at most `limit` UTF-16 code units. Undefined when there is nothing but white
 * space. Where a longer text is cut moves in steps of a quarter of the limit, so that the prompt keeps its beginning
 * while one types, and what the model computed for it can be used again.
 *
 * A space at the end is held back: these tokenizers join a space to the word after it, and after a lone space a model
 * expects no word.
 */
export function promptOf(before: string, limit = promptLimit): Prompt | undefined {
  const kept = cut(before, limit);
  if (kept.trim() === "") return undefined;
  return kept.endsWith(" ") ? { text: kept.slice(0, -1), held: " " } : { text: kept, held: "" };
}

function cut(before: string, limit: number): string {
  if (before.length <= limit) return before;
  const step = Math.max(1, Math.floor(limit / 4));
  const earliest = Math.ceil((before.length - limit) / step) * step;
  const line = before[earliest - 1] === "\n" ? earliest : before.indexOf("\n", earliest) + 1;
  const start = line > 0 && line < before.length ? line : earliest;
  // Not between the halves of a character.
  return before.slice(/[\uDC00-\uDFFF]/.test(before[start] ?? "") ? start + 1 : start);
}
