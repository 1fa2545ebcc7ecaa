/** Hazards of a prompt file that its text alone shows: no model, no tokenizer, no data file. Pure. */
import * as l10n from "@vscode/l10n";
import { lintDemonstrations } from "./lintDemonstrations";
import { lintLabels } from "./lintLabels";
import type { Linted } from "./lintPlaces";
import { lintTemplates } from "./lintTemplates";
import { type Columns, lintVariables } from "./lintVariables";
import { type PromptFile, resolveVariant } from "./promptFile";
import type { PromptProblem, PromptReading } from "./promptText";

/**
 * Finds problems, in the order of the text. Their codes begin with `lint.` or `template.`.
 * @param columns of data files, by their path in the prompt file; of those that are absent nothing is known.
 */
export function staticLint(file: PromptFile, reading: PromptReading, columns: Columns = new Map()): PromptProblem[] {
  const linted: Linted = { file, variants: file.variants.map((own) => resolveVariant(file, own)), reading };
  const found = [
    ...lintVariables(linted, columns),
    ...duplicateNames(linted),
    ...lintTemplates(linted),
    ...lintLabels(linted),
    ...lintDemonstrations(linted),
  ];
  // What the file says for all variants is looked at with each of them.
  const unique = new Map(found.map((problem) => [`${problem.code} ${problem.start} ${problem.message}`, problem]));
  return [...unique.values()].sort((a, b) => a.start - b.start);
}

/** Runs, reports and links know a variant by its name. */
function duplicateNames({ file, reading }: Linted): PromptProblem[] {
  const names = file.variants.map(({ name }) => name);
  return names.flatMap((name, index) => {
    if (names.indexOf(name) === index) return [];
    const message = l10n.t('There is another variant "{0}": give each its own name.', name);
    const problem = { severity: "error", code: "lint.duplicateVariant", message } as const;
    return [reading.problemAt(["variants", index, "name"], { ...problem, replacement: freeName(name, names) })];
  });
}

function freeName(name: string, names: readonly string[]): string {
  const base = name.replace(/ \d+$/, "");
  for (let n = 2; ; n++) if (!names.includes(`${base} ${n}`)) return `${base} ${n}`;
}
