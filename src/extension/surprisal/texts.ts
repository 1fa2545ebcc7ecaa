/** Which texts of a document are scored, and where they are while it is edited. Knows nothing of VS Code. */
import { DocumentEdits, type Edit } from "../documentEdits";
import type { Stretch } from "./ranges";

/** Most UTF-16 code units of a document that are coloured: what can be read from the runtime without holding the host. */
export const surprisalLimit = 50_000;

/** A part of a document that is scored as a text of its own. */
export type Part =
  /** All of it, whatever its length becomes. */
  { readonly kind: "file" } | ({ readonly kind: "selection" } & Stretch);

/** A part's text, as it is sent to the model. */
export interface PartText {
  readonly text: string;
  /** Where it begins in the document, UTF-16 code units. */
  readonly offset: number;
}

/** Reads a stretch of the document as it is now; beyond its end there is nothing. */
export type ReadText = (start: number, end: number) => string;

/** The selections that hold something, in the order of the document; without any the whole file. */
export function chooseParts(selections: readonly Stretch[]): readonly Part[] {
  const parts = selections
    .filter(({ start, end }) => end > start)
    .toSorted((a, b) => a.start - b.start)
    .map(({ start, end }): Part => ({ kind: "selection", start, end }));
  return parts.length > 0 ? parts : [{ kind: "file" }];
}

/** Moves the parts along with edits. What is typed at an edge of a selection belongs to it; parts never overlap. */
export function moveParts(parts: readonly Part[], changes: readonly Edit[]): readonly Part[] {
  const edits = new DocumentEdits();
  edits.record(changes);
  let behind = 0;
  return parts.map((part) => {
    if (part.kind === "file") return part;
    const start = Math.max(behind, edits.map(part.start, "before"));
    behind = Math.max(start, edits.map(part.end, "after"));
    return { kind: "selection", start, end: behind };
  });
}

/**
 * Texts of the parts, of all together at most `limit` UTF-16 code units: what is beyond is left out, and `cut` tells so. No surrogate
 * pair is split.
 */
export function readParts(
  parts: readonly Part[],
  read: ReadText,
  limit = surprisalLimit,
): { readonly texts: readonly PartText[]; readonly cut: boolean } {
  let [left, cut] = [limit, false];
  const texts = parts.map((part): PartText => {
    const { start, end } = part.kind === "file" ? { start: 0, end: Number.MAX_SAFE_INTEGER } : part;
    // One more than may be kept, to know whether there is more.
    const text = read(start, Math.min(end, start + left + 1));
    if (text.length <= left) {
      left -= text.length;
      return { text, offset: start };
    }
    const kept = text.slice(0, /[\uD800-\uDBFF]$/.test(text.slice(0, left)) ? left - 1 : left);
    [left, cut] = [0, true];
    return { text: kept, offset: start };
  });
  return { texts, cut };
}

/** Where the parts are once all line ends of the document became CRLF, or LF. `text` is the document's, after that. */
export function convertLineEnds(parts: readonly Part[], text: string, to: "crlf" | "lf"): readonly Part[] {
  const before = to === "crlf" ? text.replaceAll("\r\n", "\n") : text.replaceAll("\n", "\r\n");
  const lineEnds = (offset: number) => before.slice(0, offset).split("\n").length - 1;
  const moved = (offset: number) => offset + (to === "crlf" ? 1 : -1) * lineEnds(offset);
  return parts.map((part) =>
    part.kind === "file" ? part : { ...part, start: moved(part.start), end: moved(part.end) },
  );
}
