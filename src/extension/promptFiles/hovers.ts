/** What there is to say of a place in a prompt file. Pure. */
import * as l10n from "@vscode/l10n";
import type { PromptReading, TextRange } from "../../runtime/prompt/promptText";
import { descriptionAt, enumAt } from "./promptSchema";
import { type FoundNode, inlineFields, nodeAt } from "./promptTree";

/** A hover. */
export interface PromptHover {
  readonly range: TextRange;
  /** Markdown; nothing of the file is in it but as code. */
  readonly text: string;
}

/** What there is to say at an offset; null for nothing. */
export function promptHoverAt(reading: PromptReading, offset: number): PromptHover | null {
  const node = nodeAt(reading, offset);
  if (!node) return null;
  return node.kind === "key" ? ofKey(node) : (ofField(reading, node, offset) ?? ofValue(reading, node));
}

function ofKey({ path, range }: FoundNode): PromptHover | null {
  const description = descriptionAt(path);
  if (description === undefined) return null;
  const values = [...enumAt(path)].map(([value, text]) => `- \`${value}\`${text && `: ${text}`}`);
  return {
    range,
    text: [`**${String(path.at(-1))}**`, description, ...(values.length > 0 ? [values.join("\n")] : [])].join("\n\n"),
  };
}

function ofValue({ text }: PromptReading, { path, range }: FoundNode): PromptHover | null {
  const value = text.slice(range.start, range.end).replace(/^(["'])(.*)\1$/, "$2");
  const meaning = enumAt(path).get(value);
  return meaning ? { range, text: `**${value}**\n\n${meaning}` } : null;
}

/** A variable in a template. */
function ofField(reading: PromptReading, { path, range }: FoundNode, offset: number): PromptHover | null {
  if (path.at(-1) !== "template") return null;
  const written = reading.text.slice(range.start, range.end);
  for (const match of written.matchAll(/\{\{-?\s*(\w+)/g)) {
    const name = match[1] ?? "";
    const start = range.start + match.index + match[0].length - name.length;
    if (offset < start || offset > start + name.length) continue;
    return { range: { start, end: start + name.length }, text: fieldText(reading, name) };
  }
  return null;
}

function fieldText(reading: PromptReading, name: string): string {
  if (name === "answer") return l10n.t("Where the answer stands. The query ends before it.");
  const example = inlineFields(reading).get(name);
  if (example === undefined) return l10n.t("A field of the inputs.");
  const code = example
    .replace(/[`\s]+/g, " ")
    .trim()
    .slice(0, 200);
  return code ? l10n.t("A field of the inputs, such as `{0}`.", code) : l10n.t("A field of the inputs.");
}
