/**
 * Where in a YAML text the cursor stands, told by indentation. Works on texts that are being written, which no parser takes. Knows block
 * style, block scalars, and flow collections within one line. Pure.
 */
import type { YamlPath } from "../../runtime/yamlText";

/** What would be written at the cursor. */
export interface YamlCursor {
  /** A key of the map at `path`; the value at `path`; or a line of the block scalar at `path`. */
  readonly kind: "key" | "value" | "text";
  readonly path: YamlPath;
  /** What is already written of it, up to the cursor, and where that begins. */
  readonly word: string;
  readonly start: number;
  /** Keys that the map has in other lines. */
  readonly keys: readonly string[];
}

interface Frame {
  /** Column of the key or of the dash. */
  readonly column: number;
  readonly step: string | number;
}

/** Where the cursor stands; null in comments. */
export function yamlCursorAt(text: string, offset: number): YamlCursor | null {
  const scan = new Scan();
  const found: { cursor?: YamlCursor | null } = {};
  let start = 0;
  for (const line of text.split("\n")) {
    const here = offset >= start && offset <= start + line.length;
    if (here) found.cursor = scan.cursor(line.slice(0, offset - start), start);
    scan.line(line.replace(/\r$/, ""), here ? offset - start : null);
    start += line.length + 1;
  }
  const { cursor = null } = found;
  return cursor && { ...cursor, keys: [...new Set([...scan.keysOf(cursor.path), ...cursor.keys])] };
}

const keyPattern = /^("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'#:,[\]{}&*!|>%@`-][^:#]*?|-[^\s:#][^:#]*?)\s*:(?=\s|$)/;
const blockScalar = /^\s*[|>][-+\d]*\s*(#.*)?$/;

class Scan {
  #frames: Frame[] = [];
  /** Column of the key whose block scalar goes on; null outside. */
  #scalar: number | null = null;
  readonly #keys = new Map<string, Set<string>>();

  /** Takes in a line. The key under the cursor is not noted. */
  line(line: string, cursor: number | null): void {
    let column = line.search(/\S|$/);
    if (column === line.length) return;
    if (this.#scalar !== null && column > this.#scalar) return;
    this.#scalar = null;
    if (line[column] === "#") return;
    column = this.#dashes(line, column);
    const rest = line.slice(column);
    const match = keyPattern.exec(rest);
    if (!match?.[1]) return;
    const key = unquote(match[1]);
    const written = cursor !== null && cursor >= column && cursor <= column + match[1].length;
    this.#pop(column);
    if (!written) this.#note(this.#path(), key);
    this.#frames.push({ column, step: key });
    if (blockScalar.test(rest.slice(match[0].length))) this.#scalar = column;
  }

  /** The cursor at the end of `prefix`, the beginning of a line at offset `start`. */
  cursor(prefix: string, start: number): YamlCursor | null {
    const indent = prefix.search(/\S|$/);
    if (this.#scalar !== null && indent > this.#scalar) {
      const word = prefix.trimStart();
      return { kind: "text", path: this.#path(), word, start: start + indent, keys: [] };
    }
    if (/(^|\s)#/.test(prefix.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, ""))) return null;
    const saved = this.#frames;
    try {
      this.#frames = [...saved];
      return this.#cursor(prefix, indent, start);
    } finally {
      this.#frames = saved;
    }
  }

  /** Keys that were seen in the map at a path. */
  keysOf(path: YamlPath): readonly string[] {
    return [...(this.#keys.get(JSON.stringify(path)) ?? [])];
  }

  #cursor(prefix: string, indent: number, start: number): YamlCursor {
    const column = this.#dashes(prefix, indent);
    const rest = prefix.slice(column);
    const match = keyPattern.exec(rest);
    this.#pop(column);
    const path = this.#path();
    if (match?.[1] && match[0].length < rest.length) {
      const from = match[0].length + rest.slice(match[0].length).search(/\S|$/);
      return flow(rest.slice(from), [...path, unquote(match[1])], start + column + from, "value");
    }
    return flow(rest, path, start + column, "key");
  }

  /** Takes the dashes at `column`: each begins an element. Returns the column of what follows them. */
  #dashes(line: string, from: number): number {
    let column = from;
    for (let dash = dashAt(line, column); dash; dash = dashAt(line, column)) {
      // A dash may stand right below the key of its list, and stands below the dash before.
      this.#pop(column + 1);
      const top = this.#frames.at(-1);
      const again = top && typeof top.step === "number" && top.column === column;
      if (again) this.#frames.pop();
      this.#frames.push({ column, step: again ? Number(top.step) + 1 : 0 });
      column += dash;
    }
    return column;
  }

  /** Leaves what a key in this column is not inside of. */
  #pop(column: number): void {
    while ((this.#frames.at(-1)?.column ?? -1) >= column) this.#frames.pop();
  }

  #path(): YamlPath {
    return this.#frames.map(({ step }) => step);
  }

  #note(path: YamlPath, key: string): void {
    const id = JSON.stringify(path);
    const keys = this.#keys.get(id) ?? new Set();
    this.#keys.set(id, keys.add(key));
  }
}

/** Length of the dash in this column with the white space behind it; 0 when there is none. */
function dashAt(line: string, column: number): number {
  return /^-(\s+|$)/.exec(line.slice(column))?.[0].length ?? 0;
}

/** Follows `[` and `{` up to the cursor. */
function flow(text: string, path: YamlPath, start: number, kind: "key" | "value"): YamlCursor {
  const open: { map: boolean; step: string | number | null; keys: string[] }[] = [];
  let word = 0;
  for (const { token, index } of tokens(text)) {
    const top = open.at(-1);
    if (token === "{" || token === "[") open.push({ map: token === "{", step: token === "[" ? 0 : null, keys: [] });
    else if (token === "}" || token === "]") open.pop();
    else if (token === "," && top) top.step = top.map ? null : Number(top.step) + 1;
    else if (token === ":" && top?.map) {
      top.step = unquote(text.slice(word, index).trim());
      top.keys.push(top.step);
    } else continue;
    word = index + 1;
  }
  const from = word + text.slice(word).search(/\S|$/);
  const steps = open.flatMap(({ step }) => (step === null ? [] : [step]));
  const top = open.at(-1);
  const inner = top ? (top.step === null ? "key" : "value") : kind;
  return { kind: inner, path: [...path, ...steps], word: text.slice(from), start: start + from, keys: top?.keys ?? [] };
}

/** The characters that shape flow collections, outside quotes. Those inside `{{ }}` shape nothing. */
function* tokens(text: string): Iterable<{ token: string; index: number }> {
  if (!/^[{["']/.test(text)) return;
  const pattern = /"(?:[^"\\]|\\.)*("|$)|'[^']*('|$)|\{\{|\}\}|[{}[\],]|:(?=\s|$)/g;
  for (const { 0: token, index } of text.matchAll(pattern)) if (token.length === 1) yield { token, index };
}

function unquote(key: string): string {
  return /^(["']).*\1$/.test(key) ? key.slice(1, -1) : key;
}
