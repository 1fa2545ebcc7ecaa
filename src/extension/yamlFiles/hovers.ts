/** What a schema says of a key or a value. Pure. */
import type { TextRange } from "../../runtime/yamlText";
import type { SchemaTree } from "./schemaTree";
import type { AnyReading, FoundNode } from "./yamlTree";

/** A hover. */
export interface YamlHover {
  readonly range: TextRange;
  /** Markdown; nothing of the file is in it but as code. */
  readonly text: string;
}

/** What the schema says of a key: its description, and what values it may have. */
export function keyHover({ path, range }: FoundNode, schema: SchemaTree): YamlHover | null {
  const description = schema.descriptionAt(path);
  if (description === undefined) return null;
  const values = [...schema.enumAt(path)].map(([value, text]) => `- \`${value}\`${text && `: ${text}`}`);
  return {
    range,
    text: [`**${String(path.at(-1))}**`, description, ...(values.length > 0 ? [values.join("\n")] : [])].join("\n\n"),
  };
}

/** What a value of an enumeration means. */
export function valueHover({ text }: AnyReading, { path, range }: FoundNode, schema: SchemaTree): YamlHover | null {
  const value = text.slice(range.start, range.end).replace(/^(["'])(.*)\1$/, "$2");
  const meaning = schema.enumAt(path).get(value);
  return meaning ? { range, text: `**${value}**\n\n${meaning}` } : null;
}

/** The variable of a template that stands at an offset, with its range; null elsewhere. */
export function variableAt(
  reading: AnyReading,
  { path, range }: FoundNode,
  offset: number,
): { readonly name: string; readonly range: TextRange } | null {
  if (path.findLast((step) => typeof step === "string") !== "template") return null;
  const written = reading.text.slice(range.start, range.end);
  for (const match of written.matchAll(/\{\{-?\s*(\w+)/g)) {
    const name = match[1] ?? "";
    const start = range.start + match.index + match[0].length - name.length;
    if (offset >= start && offset <= start + name.length) return { name, range: { start, end: start + name.length } };
  }
  return null;
}
