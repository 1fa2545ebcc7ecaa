/** What may be written at a place of a prompt file. Pure. */
import type { PromptReading, YamlPath } from "../../runtime/prompt/promptText";
import {
  enumCompletions,
  inText,
  keyCompletions,
  templateFields,
  valueCompletions,
  type YamlCompletion,
} from "../yamlFiles/completions";
import type { SchemaNode } from "../yamlFiles/schemaTree";
import { type YamlCursor, yamlCursorAt } from "../yamlFiles/yamlCursor";
import { promptSchema } from "./promptSchema";
import { answerField, inlineFields, labelNames } from "./promptTree";

/** What lies around the file. */
export interface Surroundings {
  /** Paths of data files, relative to the prompt file. */
  readonly files: readonly string[];
  /** Columns of the data files that the prompt file names. */
  readonly columns: readonly string[];
}

/** What may be written at the cursor, best first. */
export function completionsAt(reading: PromptReading, offset: number, around: Surroundings): readonly YamlCompletion[] {
  const cursor = yamlCursorAt(reading.text, offset);
  if (!cursor) return [];
  const fields = [...new Set([...inlineFields(reading).keys(), ...around.columns])];
  const placed = inText(cursor, reading.text, offset);
  const template = templateFields(placed, fields);
  if (template) return template;
  if (cursor.kind === "text") return [];
  if (cursor.kind === "value") return values(cursor, reading, fields, around);
  return keyCompletions(placed, promptSchema, ownKeys(cursor.path, reading, fields), continuation);
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
  cursor: YamlCursor,
  reading: PromptReading,
  fields: readonly string[],
  { files, columns }: Surroundings,
): YamlCompletion[] {
  const { path } = cursor;
  const key = path.at(-1);
  if (isItem(path.slice(0, -1)))
    return key === answerField(reading) ? valueCompletions(cursor, "label", labelNames(reading)) : [];
  const allowed = enumCompletions(cursor, promptSchema);
  if (allowed.length > 0) return allowed;
  if (path.length === 1 && (key === "choices" || key === "answer")) return valueCompletions(cursor, "field", fields);
  if (path.at(-2) === "columns") return valueCompletions(cursor, "field", columns);
  return key === "file" ? valueCompletions(cursor, "file", files) : [];
}
