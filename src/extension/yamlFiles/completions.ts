/** What may be written at a place of a YAML file, as its schema says it. Pure. */
import { stringify } from "yaml";
import type { SchemaNode, SchemaTree } from "./schemaTree";
import type { YamlCursor } from "./yamlCursor";

/** One thing that may be written. */
export interface YamlCompletion {
  readonly label: string;
  readonly kind: "key" | "value" | "field" | "label" | "file";
  /** A snippet: `$1` is where the cursor goes. */
  readonly insert: string;
  /** Markdown. */
  readonly documentation: string;
  /** Offset at which what it replaces begins; it ends at the cursor. */
  readonly start: number;
}

/** A cursor, and the text around it. */
export interface CursorInText {
  readonly cursor: YamlCursor;
  readonly text: string;
  /** What stands behind the cursor in its line. */
  readonly rest: string;
}

/** The cursor with the text around it. */
export function inText(cursor: YamlCursor, text: string, offset: number): CursorInText {
  return { cursor, text, rest: /^[^\n]*/.exec(text.slice(offset))?.[0] ?? "" };
}

/** Fields inside `{{ }}` of a template; null elsewhere. `path` ends with the template's key, or with its number in a list of templates. */
export function templateFields({ cursor, rest }: CursorInText, fields: readonly string[]): YamlCompletion[] | null {
  const key = cursor.path.findLast((step) => typeof step === "string");
  if (key !== "template") return null;
  const open = /\{\{-?\s*([\w.]*)$/.exec(cursor.word);
  if (!open) return null;
  const start = cursor.start + cursor.word.length - (open[1]?.length ?? 0);
  const end = /^\s*-?\}\}/.test(rest) ? "" : " }}";
  const item = (label: string, documentation: string): YamlCompletion => ({
    ...{ label, kind: "field", insert: literal(label) + end, documentation, start },
  });
  const others = fields.filter((field) => field !== "answer" && /^\w+$/.test(field));
  return [item("answer", "Where the answer stands. Once in each template."), ...others.map((field) => item(field, ""))];
}

/**
 * Keys that the schema knows, and those that the file itself makes: fields, labels. None that is there already.
 * @param continuation how a value of a key is usually written, with the colon before it.
 */
export function keyCompletions(
  { cursor, text, rest }: CursorInText,
  schema: SchemaTree,
  own: readonly string[],
  continuation: (key: string, node: SchemaNode) => string,
): YamlCompletion[] {
  const { path, start, keys } = cursor;
  const free = (name: string) => !keys.includes(name);
  const inFlow = /^\s*[,}\]]/.test(rest) || text.slice(0, start).split("\n").at(-1)?.includes("{") === true;
  const ends = /^\s*:/.test(rest);
  const known = [...schema.keysAt(path)]
    .filter(([name]) => free(name))
    .map(([label, node]): YamlCompletion => {
      const insert = label + (ends ? "" : inFlow ? ": $0" : continuation(label, node));
      return { label, kind: "key", insert, documentation: node.description ?? "", start };
    });
  const named = own.filter(free).map((label): YamlCompletion => {
    const insert = literal(asYaml(label)) + (ends ? "" : ": $0");
    return { label, kind: "field", insert, documentation: "", start };
  });
  return [...known, ...named];
}

/** Values of an enumeration, with what they mean; none where the schema has none. */
export function enumCompletions({ path, start }: YamlCursor, schema: SchemaTree): YamlCompletion[] {
  return [...schema.enumAt(path)].map(([label, documentation]): YamlCompletion => {
    return { label, kind: "value", insert: literal(label), documentation, start };
  });
}

/** Texts as values. */
export function valueCompletions(
  { start }: YamlCursor,
  kind: YamlCompletion["kind"],
  all: readonly string[],
): YamlCompletion[] {
  return all.map((label): YamlCompletion => {
    return { label, kind, insert: literal(asYaml(label)), documentation: "", start };
  });
}

/** As YAML writes it. */
function asYaml(text: string): string {
  return stringify(text).trimEnd();
}

/** Text that is no snippet. */
function literal(text: string): string {
  return text.replace(/[\\$}]/g, "\\$&");
}
