/** Templates that every dialect of Jinja reads alike: text, and names in double braces. Pure. */

/** A part of one: literal text, or a field's name. */
export type PlainPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "field"; readonly name: string };

/** Names that some dialect reads otherwise. */
const reserved = new Set(
  "true false none True False None not and or in is if else for loop self super varargs kwargs caller labels env range dict import".split(
    " ",
  ),
);

/**
 * The parts of a template before its answer, without the white space in front of the answer; null when it has more than text and names.
 * The parser of templates drops one line feed at their end, and so does this.
 */
export function plainParts(template: string): readonly PlainPart[] | null {
  const parts: PlainPart[] = [];
  let end = 0;
  let answered = false;
  for (const tag of template.matchAll(/\{\{\s*([A-Za-z_]\w*)\s*\}\}/g)) {
    const name = tag[1] ?? "";
    const text = template.slice(end, tag.index);
    if (!isLiteral(text) || reserved.has(name)) return null;
    end = tag.index + tag[0].length;
    if (answered) return null;
    answered = name === "answer";
    const kept = answered ? text.trimEnd() : text;
    if (kept !== "") parts.push({ kind: "text", text: kept });
    if (!answered) parts.push({ kind: "field", name });
  }
  return answered && isLiteral(template.slice(end)) ? parts : null;
}

/** What stands behind the answer; "" when the template is not plain. */
export function textBehind(template: string): string {
  const behind = /\{\{\s*answer\s*\}\}([\s\S]*)$/.exec(template)?.[1] ?? "";
  return behind.endsWith("\n") ? behind.slice(0, -1) : behind;
}

/** Whether text means itself, in templates of every dialect. */
export function isLiteral(text: string): boolean {
  return !/\{\{|\{%|\{#|\r/.test(text) && !text.endsWith("{");
}

/** The template of the parts. */
export function plainTemplate(parts: readonly PlainPart[], literal: (text: string) => string = (text) => text): string {
  return parts.map((part) => (part.kind === "text" ? literal(part.text) : `{{ ${part.name} }}`)).join("");
}
