/** Plain text in columns, which no editor wraps and a screen reader reads line by line. Knows nothing of VS Code. */
import { visibleName } from "./modelTexts";

/** A document with a title; its parts are set apart by blank lines. */
export function textDocument(name: string, parts: readonly string[]): string {
  return `${[underlined(oneLine(name), "="), ...parts].join("\n\n")}\n`;
}

/** A titled part of a document. */
export function section(title: string, body: string): string {
  return `${underlined(title, "-")}\n${body}`;
}

function underlined(title: string, line: string): string {
  return `${title}\n${line.repeat(width(title))}`;
}

/** Longest name that is written out, UTF-16 code units. */
const longest = 200;

/** Any text in one line, everything in it visible. */
export function oneLine(text: string): string {
  return visibleName(text.length > longest ? `${text.slice(0, longest)}…` : text);
}

/** Widest column that is padded, characters: one long name must not push everything out of sight. */
const widest = 60;

/** Lines whose cells stand below each other. The columns named in `right` hold numbers and end at one place. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const cells = rows.map((row) => row.map(oneLine));
  const widths = (cells[0] ?? []).map((_, i) =>
    Math.min(
      widest,
      cells.reduce((most, row) => Math.max(most, width(row[i] ?? "")), 0),
    ),
  );
  const align = (text: string, i: number) => {
    const space = " ".repeat(Math.max(0, (widths[i] ?? 0) - width(text)));
    return right.includes(i) ? space + text : text + space;
  };
  return cells.map((row) => row.map(align).join("  ").trimEnd()).join("\n");
}

/** Characters, not UTF-16 code units. */
function width(text: string): number {
  return [...text].length;
}
