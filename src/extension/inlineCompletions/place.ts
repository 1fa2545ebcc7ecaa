/** Where a suggestion is asked for, and what may stand there. Knows nothing of VS Code. */

/** The text around the cursor; line ends are `\n` whatever the document has. */
export interface Place {
  /** Everything before the cursor. With an entry of the suggest widget selected, that entry is already typed here. */
  readonly before: string;
  /** Everything after the cursor, or enough of it: at least the rest of the line and the next line that is not blank. */
  readonly after: string;
}

/** What fits a place: nothing, the rest of a line, or lines. */
export type Shape = "none" | "single" | "multi";

const onlyClosers = /^[\s)\]}>"'`;,:]*$/;
const blockOpener = /(?:[{([:]|=>|\b(?:then|do|else|begin))\s*$/;

/** Lines on an empty line and after what opens a block; nothing in front of text other than what closes. */
export function shapeOf({ before, after }: Place): Shape {
  const rest = firstLine(after);
  if (!onlyClosers.test(rest)) return "none";
  if (rest.trim() !== "") return "single";
  const line = lastLine(before);
  return line.trim() === "" || blockOpener.test(line) ? "multi" : "single";
}

/** `text` with `\n` for every line end. */
export function normalized(text: string): string {
  return text.replaceAll(/\r\n?/g, "\n");
}

/** The part before the first line end. */
export function firstLine(text: string): string {
  const end = text.indexOf("\n");
  return end < 0 ? text : text.slice(0, end);
}

/** The part after the last line end. */
export function lastLine(text: string): string {
  return text.slice(text.lastIndexOf("\n") + 1);
}

/** Columns of the white space that `line` begins with; a tab counts four. */
export function indentation(line: string): number {
  const space = /^[ \t]*/.exec(line)?.[0] ?? "";
  return space.replaceAll("\t", "    ").length;
}
