/** What is wrong between a comparison file and what lies around it: files, columns, models. Pure. */
import * as l10n from "@vscode/l10n";
import type { ComparisonReading } from "../../runtime/comparison/comparisonText";
import { taskFields } from "../../runtime/trainingDataProtocol";
import type { YamlPath, YamlProblem } from "../../runtime/yamlText";
import { elements } from "../yamlFiles/yamlTree";
import { dataFilesOf, entriesOf, modelsOf, promptFilesOf, taskOf, textAt } from "./comparisonTree";
import { isModelPath, type Surroundings } from "./surroundings";

/** Finds problems, in no order. What is not known is not complained of. */
export function lintSurroundings(reading: ComparisonReading, around: Surroundings): YamlProblem[] {
  return [
    ...lintFiles(reading, around),
    ...lintColumns(reading, around),
    ...lintFields(reading, around),
    ...lintVariants(reading, around),
    ...lintModels(reading, around),
  ];
}

function lintFiles(reading: ComparisonReading, { missing, outside }: Surroundings): YamlProblem[] {
  return [...dataFilesOf(reading), ...promptFilesOf(reading)].flatMap(({ path, file }) => {
    if (missing.has(file))
      return [problem(reading, path, "around.missing", l10n.t('There is no file "{0}" beside this one.', file))];
    if (!outside.has(file)) return [];
    const message = l10n.t('"{0}" lies outside of the workspace folder: copy it into it.', file);
    return [problem(reading, path, "around.outside", message)];
  });
}

/** Columns that the file names, and fields that would be columns of their own name. */
function lintColumns(reading: ComparisonReading, { columns }: Surroundings): YamlProblem[] {
  const task = taskOf(reading);
  const named = entriesOf(reading, ["data", "columns"]);
  // Every data file has the columns.
  return dataFilesOf(reading).flatMap(({ path, file }) => {
    const there = columns.get(file);
    if (!there || task === null) return [];
    const has = l10n.t('"{0}" has the columns {1}.', file, there.join(", "));
    const unknown = [...named].flatMap(([field, expression]) =>
      columnsIn(expression, there)
        .filter((name) => !there.includes(name))
        .map((name) => {
          const message = `${l10n.t('There is no column "{0}".', name)} ${has}`;
          return problem(reading, ["data", "columns", field], "around.column", message);
        }),
    );
    const fields = task === "generation" ? ["answer"] : taskFields[task];
    const without = fields.filter((field) => !named.has(field) && !there.includes(field));
    if (without.length === 0) return unknown;
    const message = l10n.t("Say with data.columns which column is {0}.", without.join(", "));
    return [...unknown, problem(reading, path, "around.noColumn", `${message} ${has}`)];
  });
}

/** The columns that an expression names: one, several joined by `|`, or those of a template. */
function columnsIn(expression: string, there: readonly string[]): readonly string[] {
  if (there.includes(expression)) return [expression];
  const inTemplate = Array.from(expression.matchAll(/\{\{\s*(.+?)\s*\}\}/g), ([, name = ""]) => name);
  return inTemplate.length > 0 ? inTemplate : expression.split("|").map((name) => name.trim());
}

/** Variables of templates that are no column; of labelled tasks the fields are known without a file. */
function lintFields(reading: ComparisonReading, { columns }: Surroundings): YamlProblem[] {
  const [data] = textAt(reading, ["data", "file"]);
  const there = data && columns.get(data.file);
  if (taskOf(reading) !== "generation" || !there) return [];
  const known = new Set([...there, ...entriesOf(reading, ["data", "columns"]).keys(), "answer", "labels"]);
  return templatesOf(reading).flatMap(({ path }) => {
    const { start, end } = reading.rangeOf(path);
    return Array.from(reading.text.slice(start, end).matchAll(/\{\{-?\s*(\w+)\s*-?\}\}/g)).flatMap((match) => {
      const name = match[1] ?? "";
      if (known.has(name)) return [];
      const from = start + match.index + match[0].indexOf(name);
      const message = l10n.t('There is no field "{0}". There is: {1}.', name, [...known].join(", "));
      const range = { start: from, end: from + name.length };
      return [reading.problemAt(path, { severity: "error", code: "template.unknownVariable", message }, range)];
    });
  });
}

function templatesOf(reading: ComparisonReading) {
  return elements(reading.document, ["arms"]).flatMap((_, index) => {
    const path = ["arms", index, "prompt", "template"];
    const many = elements(reading.document, path).flatMap((_, number) => textAt(reading, [...path, number]));
    return [...textAt(reading, path), ...many];
  });
}

function lintVariants(reading: ComparisonReading, { variants }: Surroundings): YamlProblem[] {
  return promptFilesOf(reading).flatMap(({ path, file }) => {
    const there = variants.get(file);
    if (!there) return [];
    const own = [...path.slice(0, -1), "variant"];
    const many = elements(reading.document, own).flatMap((_, number) => textAt(reading, [...own, number]));
    return [...textAt(reading, own), ...many]
      .filter((said) => !there.includes(said.file))
      .map((said) => {
        const message = l10n.t('"{0}" has no variant "{1}". It has: {2}.', file, said.file, there.join(", "));
        return problem(reading, said.path, "around.variant", message);
      });
  });
}

function lintModels(reading: ComparisonReading, { models, folders }: Surroundings): YamlProblem[] {
  return modelsOf(reading).flatMap(({ path, file: name }) => {
    if (!folders || folders.has(name)) return [];
    if (isModelPath(name))
      return [problem(reading, path, "around.model", l10n.t('There is no model in the folder "{0}".', name))];
    if (models === null || models.includes(name) || models.includes(name.replace("/", "--"))) return [];
    const message = l10n.t('There is no model "{0}" in the store, and no such folder beside this file.', name);
    return [problem(reading, path, "around.model", message)];
  });
}

function problem(reading: ComparisonReading, path: YamlPath, code: string, message: string): YamlProblem {
  return reading.problemAt(path, { severity: "error", code, message });
}
