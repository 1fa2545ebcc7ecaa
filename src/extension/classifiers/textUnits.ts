/** Lines and paragraphs of a text: what is classified by itself. Knows nothing of VS Code. */

/** How a text is cut. */
export type UnitKind = "line" | "paragraph";

/** A stretch of a document, UTF-16 code units. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** A line or a paragraph, without the white space around it. */
export interface TextUnit extends Stretch {
  readonly text: string;
}

/** The units of `text` that lie in `region`, or of all of it; none is blank. A paragraph ends at a blank line. */
export function unitsOf(text: string, kind: UnitKind, region: Stretch | null): TextUnit[] {
  const [from, to] = region ? [region.start, region.end] : [0, text.length];
  const pattern = kind === "line" ? /[^\r\n]+/g : /\S[^\r\n]*(?:\r?\n|\r)?(?:[^\S\r\n]*\S[^\r\n]*(?:\r?\n|\r)?)*/g;
  const units: TextUnit[] = [];
  for (const { 0: found, index } of text.slice(from, to).matchAll(pattern)) {
    const trimmed = found.trim();
    if (trimmed === "") continue;
    const start = from + index + found.indexOf(trimmed);
    units.push({ start, end: start + trimmed.length, text: trimmed });
  }
  return units;
}
