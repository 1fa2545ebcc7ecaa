/** Ranges of tokens by which attention is summed up: those that were named, or else paragraphs. Pure, but for the language. */
import * as l10n from "@vscode/l10n";
import type { AttentionOverview, Segment } from "../../../runtime/analysisProtocol";

/** Segments, and whose they are. */
export interface NamedSegments {
  /** `paragraphs` stand in where none were named. */
  readonly kind: "named" | "paragraphs";
  readonly segments: readonly Segment[];
}

/** Most rows of the table; more paragraphs are taken together. */
const mostSegments = 16;

/** The named segments, or the paragraphs of the tokens' text. */
export function segmentsOf(named: readonly Segment[], tokens: readonly { readonly text: string }[]): NamedSegments {
  return named.length > 0
    ? { kind: "named", segments: named }
    : { kind: "paragraphs", segments: namedParagraphs(paragraphStarts(tokens), tokens.length) };
}

/** First tokens of the paragraphs, which blank lines part: a token belongs to the paragraph of its first visible character. */
export function paragraphStarts(tokens: readonly { readonly text: string }[]): readonly number[] {
  const starts = [0];
  let lineEnds = 0;
  let begun = false; // whether anything visible stood before
  for (const [index, { text }] of tokens.entries()) {
    for (const character of text) {
      if (character === "\n") lineEnds++;
      if (/\s/.test(character)) continue;
      if (begun && lineEnds > 1 && index > (starts.at(-1) ?? 0)) starts.push(index);
      lineEnds = 0;
      begun = true;
    }
  }
  return starts;
}

function namedParagraphs(starts: readonly number[], tokens: number): readonly Segment[] {
  const together = Math.ceil(starts.length / mostSegments);
  const count = Math.ceil(starts.length / together);
  return Array.from({ length: count }, (_, index) => {
    const [from, to] = [index * together, Math.min(starts.length, (index + 1) * together)];
    const name = to - from === 1 ? l10n.t("Paragraph {0}", from + 1) : l10n.t("Paragraphs {0}–{1}", from + 1, to);
    return { name, start: starts[from] ?? 0, end: starts[to] ?? tokens };
  });
}

/** Rows of the table: [G, G + 1], of one head or the mean of its layer's. Null where the overview has none. */
export function segmentRows(
  { segments, heads }: AttentionOverview,
  layer: number,
  head: number | null,
): readonly (readonly number[])[] | null {
  if (!segments) return null;
  const size = segments.names.length;
  const of = (index: number, row: number, column: number) =>
    segments.data[((layer * heads + index) * size + row) * (size + 1) + column] ?? Number.NaN;
  const mean = (row: number, column: number) => {
    let sum = 0;
    for (let index = 0; index < heads; index++) sum += of(index, row, column);
    return sum / heads;
  };
  return segments.names.map((_, row) =>
    Array.from({ length: size + 1 }, (__, column) => (head === null ? mean(row, column) : of(head, row, column))),
  );
}
