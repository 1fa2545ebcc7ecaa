/** What may be written at a place of a prompt file. Pure. */
import { stringify } from "yaml";
import type { PromptReading, YamlPath } from "../../runtime/prompt/promptText";
import { enumAt, keysAt, type SchemaNode } from "./promptSchema";
import { answerField, inlineFields, labelNames } from "./promptTree";
import { type YamlCursor, yamlCursorAt } from "./yamlCursor";

/** One thing that may be written. */
export interface PromptCompletion {
  readonly label: string;
  readonly kind: "key" | "value" | "field" | "label" | "file";
  /** A snippet: `$1` is where the cursor goes. */
  readonly insert: string;
  /** Markdown. */
  readonly documentation: string;
  /** Offset at which what it replaces begins; it ends at the cursor. */
  readonly start: number;
}

/** What lies around the file. */
export interface Surroundings {
  /** Paths of data files, relative to the prompt file. */
  readonly files: readonly string[];
  /** Columns of the data files that the prompt file names. */
  readonly columns: readonly string[];
}

/** What may be written at the cursor, best first. */
export function completionsAt(
  reading: PromptReading,
  offset: number,
  around: Surroundings,
): readonly PromptCompletion[] {
  const cursor = yamlCursorAt(reading.text, offset);
  if (!cursor) return [];
  const fields = [...new Set([...inlineFields(reading).keys(), ...around.columns])];
  const rest = /^[^\n]*/.exec(reading.text.slice(offset))?.[0] ?? "";
  const template = inTemplate(cursor, fields, rest);
  if (template) return template;
  if (cursor.kind === "text") return [];
  return cursor.kind === "key" ? keys(cursor, reading, fields, rest) : values(cursor, reading, fields, around);
}

/** Fields inside `{{ }}`; null elsewhere. */
function inTemplate(cursor: YamlCursor, fields: readonly string[], rest: string): PromptCompletion[] | null {
  if (cursor.path.at(-1) !== "template") return null;
  const open = /\{\{-?\s*([\w.]*)$/.exec(cursor.word);
  if (!open) return null;
  const start = cursor.start + cursor.word.length - (open[1]?.length ?? 0);
  const end = /^\s*-?\}\}/.test(rest) ? "" : " }}";
  const item = (label: string, documentation: string): PromptCompletion => ({
    ...{ label, kind: "field", insert: literal(label) + end, documentation, start },
  });
  const others = fields.filter((field) => field !== "answer" && /^\w+$/.test(field));
  return [item("answer", "Where the answer stands. Once in each template."), ...others.map((field) => item(field, ""))];
}

function keys(
  { path, start, keys: written }: YamlCursor,
  reading: PromptReading,
  fields: readonly string[],
  rest: string,
): PromptCompletion[] {
  const free = (name: string) => !written.includes(name);
  const inFlow = /^\s*[,}\]]/.test(rest) || reading.text.slice(0, start).split("\n").at(-1)?.includes("{") === true;
  const ends = /^\s*:/.test(rest);
  const known = [...keysAt(path)]
    .filter(([name]) => free(name))
    .map(([label, node]): PromptCompletion => {
      const insert = label + (ends ? "" : inFlow ? ": $0" : continuation(label, node));
      return { label, kind: "key", insert, documentation: node.description ?? "", start };
    });
  const named = ownKeys(path, reading, fields)
    .filter(free)
    .map((label): PromptCompletion => {
      const insert = literal(asYaml(label)) + (ends ? "" : ": $0");
      return { label, kind: "field", insert, documentation: "", start };
    });
  return [...known, ...named];
}

/** Keys that the file itself makes: fields of items, labels, fields that columns are for. */
function ownKeys(path: YamlPath, reading: PromptReading, fields: readonly string[]): readonly string[] {
  if (isItem(path)) return fields;
  if (path.at(-1) === "labels") return labelNames(reading);
  return path.at(-1) === "columns" ? fields : [];
}

/** Whether a path is that of an inline item. */
function isItem(path: YamlPath): boolean {
  const list = path.slice(0, -1);
  return (
    typeof path.at(-1) === "number" &&
    (list.join(".") === "input" || /(^|\.)demonstrations\.from$/.test(list.join(".")))
  );
}

/** How a value is usually written. */
function continuation(key: string, { type, anyOf }: SchemaNode): string {
  if (key === "variants") return ":\n  - name: $1\n    template: |-\n      $0";
  if (key === "template") return ": |-\n  $0";
  if (type === "object") return ":\n  $0";
  if (type === "array" || anyOf) return ":\n  - $0";
  return ": $0";
}

function values(
  { path, start }: YamlCursor,
  reading: PromptReading,
  fields: readonly string[],
  { files, columns }: Surroundings,
): PromptCompletion[] {
  const list = (kind: PromptCompletion["kind"], all: readonly string[]) =>
    all.map((label): PromptCompletion => {
      return { label, kind, insert: literal(asYaml(label)), documentation: "", start };
    });
  const allowed = [...enumAt(path)].map(([label, documentation]): PromptCompletion => {
    return { label, kind: "value", insert: literal(label), documentation, start };
  });
  if (allowed.length > 0) return allowed;
  const key = path.at(-1);
  if (isItem(path.slice(0, -1))) return key === answerField(reading) ? list("label", labelNames(reading)) : [];
  if (path.length === 1 && (key === "choices" || key === "answer")) return list("field", fields);
  if (path.at(-2) === "columns") return list("field", columns);
  return key === "file" ? list("file", files) : [];
}

/** As YAML writes it. */
function asYaml(text: string): string {
  return stringify(text).trimEnd();
}

/** Text that is no snippet. */
function literal(text: string): string {
  return text.replace(/[\\$}]/g, "\\$&");
}
