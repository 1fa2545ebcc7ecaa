/** The strip's tokens as blocks of lines of chunks, so that what did not change is not drawn again. Pure. */
import type { TokenSpan } from "../../runtime/protocol";

/** Tokens `start` to `end` (exclusive), drawn together. Never crosses a line. */
export interface Chunk {
  readonly start: number;
  readonly end: number;
}

/** Tokens up to a line break, which the last one holds. */
export interface Line extends Chunk {
  readonly chunks: readonly Chunk[];
  /** Ends with more than one line break. */
  readonly endsParagraph: boolean;
}

/** Whole lines that the browser may skip together while they are out of sight. */
export interface Block extends Chunk {
  readonly lines: readonly Line[];
}

/** Tokens in a chunk at most. */
export const chunkLength = 64;
/** A block is closed at the first line end past this many tokens. */
export const blockLength = 128;

type Text = Pick<TokenSpan, "text">;

/**
 * Lays out `tokens`, taking from `before` (the layout of fewer of the same tokens) all blocks but the last as they are.
 * Pass an empty array for other tokens.
 */
export function extendLayout(before: readonly Block[], tokens: readonly Text[]): readonly Block[] {
  const kept = before.slice(0, -1);
  return [...kept, ...blocksFrom(tokens, kept.at(-1)?.end ?? 0)];
}

function blocksFrom(tokens: readonly Text[], from: number): Block[] {
  const blocks: Block[] = [];
  let lines: Line[] = [];
  for (let start = from; start < tokens.length; ) {
    const line = lineFrom(tokens, start);
    lines.push(line);
    start = line.end;
    const first = lines[0]?.start ?? 0;
    if (start - first >= blockLength || start === tokens.length) {
      blocks.push({ start: first, end: start, lines });
      lines = [];
    }
  }
  return blocks;
}

function lineFrom(tokens: readonly Text[], start: number): Line {
  let end = start;
  while (end < tokens.length && !tokens[end]?.text.includes("\n")) end++;
  const last = tokens[end]?.text ?? "";
  if (end < tokens.length) end++;
  return { start, end, chunks: chunksOf(start, end), endsParagraph: /\n[^\n]*\n/.test(last) };
}

function chunksOf(start: number, end: number): Chunk[] {
  const length = Math.ceil((end - start) / chunkLength);
  return Array.from({ length }, (_, index) => {
    const from = start + index * chunkLength;
    return { start: from, end: Math.min(end, from + chunkLength) };
  });
}
