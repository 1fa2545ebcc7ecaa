/** Where a suggestion ends. Knows nothing of VS Code. */
import { firstLine, indentation, lastLine, type Place, type Shape } from "./place";

/** What of a text is shown. */
export interface Fitted {
  /** A beginning of the text, without white space at its end. */
  readonly text: string;
  /** Whether the end was found: whatever follows changes nothing. */
  readonly ended: boolean;
}

/** Most lines of one suggestion. */
const mostLines = 20;

/** How far back brackets that are still open are looked for, UTF-16 code units. */
const bracketReach = 8192;

const closerOf: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const closers = new Set(Object.values(closerOf));
const quotes = new Set(["'", '"', "`"]);

/**
 * The part of `text` to show at `place`: up to the end of the line, a dedent, a blank line, or the line that closes a
 * bracket which was opened before the cursor; never what already stands after the cursor.
 */
export function fitSuggestion(place: Place, shape: Exclude<Shape, "none">, text: string): Fitted {
  const end = new Scan(place, shape, text).end();
  return { text: text.slice(0, end).trimEnd(), ended: end !== undefined };
}

/** Of lines that were cut off by a limit, the whole ones; of a single line all of it. */
export function wholeLines(text: string): string {
  const end = text.lastIndexOf("\n");
  const whole = text.slice(0, Math.max(0, end)).trimEnd();
  return whole.trim() === "" ? text : whole;
}

/** Whether a suggestion only says again what stands on the next line that is not blank. */
export function repeatsNextLine({ after }: Place, text: string): boolean {
  const next = after.slice(firstLine(after).length).trimStart();
  return next !== "" && firstLine(text.trim()).trim() === firstLine(next).trim();
}

/** One pass over a text, which looks at nothing beyond the character it stands on: so ends are the same while it streams. */
class Scan {
  readonly #following: string;
  readonly #blank: boolean;
  readonly #leastIndentation: number;
  /** Brackets open before the cursor, innermost last, each as what closes it. */
  readonly #outer: string[];
  readonly #inner: string[] = [];
  #lineStart = 0;
  #lines = 1;
  #closed = false;

  constructor(
    place: Place,
    private readonly shape: Exclude<Shape, "none">,
    private readonly text: string,
  ) {
    const line = lastLine(place.before);
    this.#following = place.after.trimStart()[0] ?? "";
    this.#blank = line.trim() === "";
    this.#leastIndentation = indentation(line) + (this.#blank ? 0 : 1);
    this.#outer = openBrackets(place.before.slice(-bracketReach));
  }

  /** Index in the text of its end; undefined when it may go on. */
  end(): number | undefined {
    for (let at = 0; at < this.text.length; at++) {
      const end = this.#step(at, this.text[at] ?? "");
      if (end !== undefined) return end;
    }
    return undefined;
  }

  #step(at: number, character: string): number | undefined {
    if (character === "\n") return this.#lineEnd(at);
    if (character.trim() === "") return undefined;
    if (this.#lineStart > 0 && this.#isBlankTo(at) && this.#dedents(at, character)) return this.#lineStart - 1;
    if (quotes.has(character)) return this.shape === "single" && this.#following === character ? at : undefined;
    const closer = closerOf[character];
    if (closer) this.#inner.push(closer);
    return closers.has(character) ? this.#close(at, character) : undefined;
  }

  #lineEnd(at: number): number | undefined {
    if (this.shape === "single" || this.#closed || this.#lines === mostLines) return at;
    // On an empty line another one is no help; elsewhere a blank line ends a block.
    if (this.#isBlankTo(at) && (this.#lineStart > 0 || this.#blank)) return Math.max(0, this.#lineStart - 1);
    this.#lineStart = at + 1;
    this.#lines++;
    return undefined;
  }

  #close(at: number, character: string): number | undefined {
    if (this.#inner.length > 0) {
      if (this.#inner.at(-1) === character) this.#inner.pop();
      return undefined;
    }
    if (this.#following === character) return at;
    if (this.#outer.at(-1) === character) {
      this.#outer.pop();
      this.#closed = true;
      return undefined;
    }
    return this.shape === "multi" ? at : undefined;
  }

  #dedents(at: number, character: string): boolean {
    const closes = this.#inner.at(-1) === character || this.#outer.at(-1) === character;
    return !closes && indentation(this.text.slice(this.#lineStart, at)) < this.#leastIndentation;
  }

  #isBlankTo(at: number): boolean {
    return this.text.slice(this.#lineStart, at).trim() === "";
  }
}

/** What would close the brackets that `text` leaves open, innermost last. Brackets that do not match are passed over. */
function openBrackets(text: string): string[] {
  const open: string[] = [];
  for (const character of text) {
    const closer = closerOf[character];
    if (closer) open.push(closer);
    else if (open.at(-1) === character) open.pop();
  }
  return open;
}
