/** Which fields of an input a prompt file's templates use, and which of them a selected text can be. Knows nothing of VS Code. */
import { type FieldValue, type Item, type PromptFile, resolveVariant } from "../../../runtime/prompt/promptFile";
import { templateVariables } from "../../../runtime/prompt/template";

/** The fields that an input needs. */
export interface InputFields {
  /** Fields with one text, in the order in which the templates name them. */
  readonly texts: readonly string[];
  /** Fields with a list of texts: the choices, and what the file's own inputs hold lists in. */
  readonly lists: readonly string[];
  /** An input of the file, to take values from that are not asked for; empty where it has none at hand. */
  readonly sample: Item;
}

/** The fields of `file`'s variants, or of those named. */
export function inputFields(file: PromptFile, variants?: readonly string[]): InputFields {
  const chosen = file.variants.filter(({ name }) => !variants || variants.includes(name));
  const resolved = chosen.map((variant) => resolveVariant(file, variant));
  const [sample = {}] = Array.isArray(file.input) ? file.input : [];
  const choices = new Set(resolved.flatMap((variant) => variant.choices ?? []));
  const used = [...new Set(resolved.flatMap(({ template }) => templateVariables(template)))];
  const isList = (field: string) => choices.has(field) || Array.isArray(sample[field]);
  return {
    texts: used.filter((field) => !isList(field)),
    lists: [...new Set([...choices, ...used.filter(isList)])],
    sample,
  };
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
