/** Follows places of a document through its edits. Offsets count UTF-16 code units. */

/** One replaced stretch: VS Code's `TextDocumentContentChangeEvent` has this shape. */
export interface Edit {
  readonly rangeOffset: number;
  readonly rangeLength: number;
  readonly text: string;
}

/** Text inserted exactly at a place: does the place stay before it, or move behind it? */
export type Gravity = "before" | "after";

/** The edits of one document since some moment, in the order they were made. */
export class DocumentEdits {
  readonly #edits: { readonly start: number; readonly end: number; readonly length: number }[] = [];

  /** Takes the edits of one event. Those of VS Code come last place first, so each one's offset holds when applied. */
  record(edits: readonly Edit[]): void {
    for (const { rangeOffset, rangeLength, text } of edits) {
      this.#edits.push({ start: rangeOffset, end: rangeOffset + rangeLength, length: text.length });
    }
  }

  /** Where the place that was at `offset` is now. A place inside deleted text goes to that text's place. */
  map(offset: number, gravity: Gravity): number {
    let place = offset;
    for (const { start, end, length } of this.#edits) {
      if (place > end || (place === end && end > start)) place += length - (end - start);
      else if (place > start || (place === start && end === start && gravity === "after")) place = start + length;
    }
    return place;
  }
}

/** What is known when a completion is to be inserted behind its prompt. */
export interface InsertionSearch {
  /** The document as it is now. */
  readonly text: string;
  readonly prompt: string;
  /** End of the prompt, followed through the edits that were seen. */
  readonly tracked: number;
  /** Whether every edit was seen: false after the document was closed or the window reloaded. */
  readonly continuous: boolean;
}

/**
 * Offset at which to insert: the tracked place if the prompt still stands before it or every edit was seen, else
 * the end of the prompt's only occurrence, else null.
 */
export function findInsertionOffset({ text, prompt, tracked, continuous }: InsertionSearch): number | null {
  if (text.endsWith(prompt, tracked) && tracked <= text.length) return tracked;
  const first = text.indexOf(prompt);
  if (first >= 0 && first === text.lastIndexOf(prompt)) return first + prompt.length;
  return continuous ? Math.min(tracked, text.length) : null;
}

/** `offset` of `text` after each of its lone line feeds became a CRLF, as VS Code inserts it in a CRLF document. */
export function withCarriageReturns(text: string, offset: number): number {
  const before = text.slice(0, offset);
  return offset + (before.match(/(?<!\r)\n/g)?.length ?? 0);
}
