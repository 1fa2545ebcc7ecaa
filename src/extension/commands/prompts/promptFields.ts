/** Which fields of an input a prompt file's templates use, and which of them a selected text can be. Knows nothing of VS Code. */
import { parse, tokenize } from "@huggingface/jinja";
import { type FieldValue, type Item, type PromptFile, resolveVariant } from "../../../runtime/prompt/promptFile";

/** The fields that an input needs. */
export interface InputFields {
  /** Fields with one text, in the order in which the templates name them. */
  readonly texts: readonly string[];
  /** Fields with a list of texts: the choices, and what the file's own inputs hold lists in. */
  readonly lists: readonly string[];
  /** An input of the file, to take values from that are not asked for; empty where it has none at hand. */
  readonly sample: Item;
}

/** Names that a template's engine knows by itself, and the answer's place. */
const known: ReadonlySet<string> = new Set([
  "answer",
  "loop",
  "range",
  "namespace",
  "true",
  "false",
  "none",
  "strftime_now",
]);

/** The fields of `file`'s variants, or of those named. */
export function inputFields(file: PromptFile, variants?: readonly string[]): InputFields {
  const chosen = file.variants.filter(({ name }) => !variants || variants.includes(name));
  const resolved = chosen.map((variant) => resolveVariant(file, variant));
  const [sample = {}] = Array.isArray(file.input) ? file.input : [];
  const choices = new Set(resolved.flatMap((variant) => variant.choices ?? []));
  const used = [...new Set(resolved.flatMap(({ template }) => templateNames(template)))];
  const isList = (field: string) => choices.has(field) || Array.isArray(sample[field]);
  return {
    texts: used.filter((field) => !isList(field)),
    lists: [...new Set([...choices, ...used.filter(isList)])],
    sample,
  };
}

/** Names that a template takes from outside, in order; none for a template that cannot be parsed. */
export function templateNames(template: string): string[] {
  const found = new Set<string>();
  const bound = new Set<string>();
  try {
    visit(parse(tokenize(template)), found, bound);
  } catch {
    return []; // the runtime says what is wrong with it, and where
  }
  return [...found].filter((name) => !bound.has(name) && !known.has(name));
}

/** What of a node is no expression: names of attributes, filters and tests. */
const names: Readonly<Record<string, readonly string[]>> = {
  FilterExpression: ["filter"],
  FilterStatement: ["filter"],
  TestExpression: ["test"],
  KeywordArgumentExpression: ["key"],
};
/** What of a node gives a name a value. */
const binding: Readonly<Record<string, readonly string[]>> = {
  For: ["loopvar"],
  Set: ["assignee"],
  Macro: ["name", "args"],
};

function visit(node: unknown, found: Set<string>, bound: Set<string>): void {
  if (Array.isArray(node)) for (const one of node) visit(one, found, bound);
  // Object literals hold their entries in a map.
  if (node instanceof Map) for (const pair of node) visit(pair, found, bound);
  if (!isNode(node)) return;
  if (node.type === "Identifier") found.add(String(node.value));
  for (const [key, child] of Object.entries(node)) {
    if (names[node.type]?.includes(key)) visitArguments(child, found, bound);
    else if (binding[node.type]?.includes(key)) visit(child, bound, bound);
    else if (node.type !== "MemberExpression" || key !== "property" || node.computed === true)
      visit(child, found, bound);
  }
}

/** `x | join(separator)`: the filter's name is none of ours, its arguments are. */
function visitArguments(node: unknown, found: Set<string>, bound: Set<string>): void {
  if (isNode(node) && node.type === "CallExpression") visit(node.args, found, bound);
}

function isNode(node: unknown): node is { readonly type: string; readonly [key: string]: unknown } {
  return typeof node === "object" && node !== null && "type" in node && typeof node.type === "string";
}

/** The selection as a field's value: line ends are \n, and neither blank lines before it nor white space after it count. */
export function selectedValue(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(/^([^\S\n]*\n)+/, "")
    .trimEnd();
}

/** What separates the entries of a list that is typed in one line. */
export const listSeparator = "|";

/** A typed line as a list. */
export function typedList(line: string): string[] {
  return line
    .split(listSeparator)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** A value as it is typed in one line. */
export function typedValue(value: FieldValue | undefined): string {
  if (value === undefined) return "";
  return Array.isArray(value) ? value.join(` ${listSeparator} `) : String(value);
}
