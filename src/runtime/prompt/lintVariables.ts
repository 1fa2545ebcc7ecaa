/** Mistakes of templates and instructions: their syntax, and fields that there are not. Pure. */
import { type Linted, saidAt } from "./lintPlaces";
import type { Item, PromptFile } from "./promptFile";
import type { PromptProblem, YamlPath } from "./promptText";
import { checkTemplate, type TemplateProblem } from "./template";
import { placeInYaml } from "./templatePlaces";

/** Columns of data files, by their path in the prompt file. */
export type Columns = ReadonlyMap<string, readonly string[]>;

/** Names that stand for no field. */
const others = ["labels"];

/** Looks at templates and instructions. */
export function lintVariables(linted: Linted, columns: Columns): PromptProblem[] {
  const { file, variants } = linted;
  return variants.flatMap((variant, index) => {
    const path = saidAt(file, index, "instruction");
    const fields = knownFields(file, index, columns);
    return [
      ...problems(
        linted,
        ["variants", index, "template"],
        variant.template,
        checkTemplate(variant.template, fields, true),
      ),
      ...(path
        ? problems(linted, path, variant.instruction, checkTemplate(variant.instruction, new Set(others), false))
        : []),
    ];
  });
}

function problems(
  { reading }: Linted,
  path: YamlPath,
  text: string,
  found: readonly TemplateProblem[],
): PromptProblem[] {
  return found.map((one) => {
    const problem = { severity: "error", code: one.code, message: one.message } as const;
    return reading.problemAt(path, problem, placeInYaml(reading, reading.text, path, text, one));
  });
}

/** The fields of a variant's inputs and demonstrations; null when a data file has them that is not known. */
function knownFields(file: PromptFile, index: number, columns: Columns): ReadonlySet<string> | null {
  const sources = [file.input, file.variants[index]?.demonstrations?.from ?? file.demonstrations?.from];
  const known = new Set(others);
  for (const source of sources) {
    const fields = !source || Array.isArray(source) ? fieldsOf(source ?? []) : columns.get(source.file);
    if (!fields) return null;
    for (const field of fields) known.add(field);
    if (source && !Array.isArray(source)) for (const field of Object.keys(source.columns ?? {})) known.add(field);
  }
  // A file without items says nothing of its fields: they come with the selection.
  return known.size > others.length ? known : null;
}

function fieldsOf(items: readonly Item[]): string[] {
  return [...new Set(items.flatMap((item) => Object.keys(item)))];
}
