/** Quick fixes for problems of comparison files. Pure. */
import * as l10n from "@vscode/l10n";
import { isScalar, isSeq, stringify } from "yaml";
import type { ComparisonReading } from "../../runtime/comparison/comparisonText";
import type { YamlProblem } from "../../runtime/yamlText";
import {
  addAnswer,
  change,
  nearestValue,
  nearestVariable,
  quoteTemplate,
  renameKey,
  replace,
  type YamlFix,
} from "../yamlFiles/fixes";
import { nearest } from "../yamlFiles/nearest";
import { nodeOf } from "../yamlFiles/yamlTree";
import { comparisonSchema } from "./comparisonSchema";
import { armsOf, fieldsOf, textAt } from "./comparisonTree";
import type { Offered } from "./completions";

type Fixer = (reading: ComparisonReading, problem: YamlProblem, offered: Offered) => YamlFix | null;

const fixers: Readonly<Record<string, Fixer>> = {
  unrecognized_keys: (reading, problem) => renameKey(reading, problem, comparisonSchema),
  invalid_value: (reading, problem) => nearestValue(reading, problem, comparisonSchema),
  invalid_type: quoteTemplate,
  "data.field": (reading, problem) => nearestKey(problem, [...fieldsOf(reading, []), "label"]),
  "template.unknownVariable": (reading, problem, { columns }) =>
    nearestVariable(reading, problem, new Set([...fieldsOf(reading, columns), "answer", "labels"])),
  "template.answerMissing": (reading, { path }) => {
    const node = nodeOf(reading, path);
    return isScalar(node) ? addAnswer(reading, node.value, reading.rangeOf(path)) : null;
  },
  "arm.name": (reading, problem) => otherName(reading, problem),
  "assertion.arm": (reading, problem) =>
    nearestText(
      reading,
      problem,
      armsOf(reading).map(({ name }) => name),
    ),
  metric: addMetric,
  "around.missing": (reading, problem, { dataFiles, promptFiles }) =>
    nearestText(reading, problem, problem.path.includes("prompt") ? promptFiles : dataFiles),
  "around.column": nearestColumn,
  "around.variant": (reading, problem, { variants }) => {
    const [file] = textAt(reading, [...problem.path.slice(0, 3), "file"]);
    return nearestText(reading, problem, (file && variants.get(file.file)) ?? []);
  },
  "around.model": (reading, problem, { models }) => nearestText(reading, problem, models),
};

/** The ways to mend a problem, best first. The reading is of the text as it is now. */
export function fixesFor(reading: ComparisonReading, problem: YamlProblem, offered: Offered): YamlFix[] {
  const fixer = problem.code.startsWith("yaml.") ? quoteTemplate : fixers[problem.code];
  const fix = fixer?.(reading, problem, offered);
  return fix ? [fix] : [];
}

function nearestKey(problem: YamlProblem, keys: readonly string[]): YamlFix | null {
  const meant = nearest(String(problem.path.at(-1)), keys);
  return meant === undefined ? null : replace(problem, meant);
}

function nearestText(reading: ComparisonReading, problem: YamlProblem, texts: readonly string[]): YamlFix | null {
  const node = nodeOf(reading, problem.path);
  const meant = nearest(isScalar(node) ? String(node.value) : "", texts);
  return meant === undefined ? null : replace(problem, stringify(meant).trimEnd());
}

/** Of an expression with several columns only the unknown one is another. */
function nearestColumn(reading: ComparisonReading, problem: YamlProblem, { columns }: Offered): YamlFix | null {
  const { start, end, path } = problem;
  const node = nodeOf(reading, path);
  const expression = isScalar(node) ? String(node.value) : "";
  if (!/[|{]/.test(expression)) return nearestText(reading, problem, columns);
  const words = expression.split(/\||\{\{|\}\}/).map((word) => word.trim());
  const unknown = words.find((word) => word !== "" && !columns.includes(word) && nearest(word, columns) !== undefined);
  const meant = unknown === undefined ? undefined : nearest(unknown, columns);
  if (unknown === undefined || meant === undefined) return null;
  const at = reading.text.slice(start, end).indexOf(unknown);
  return at < 0 ? null : replace({ start: start + at, end: start + at + unknown.length }, meant);
}

function otherName(reading: ComparisonReading, problem: YamlProblem): YamlFix | null {
  const [said] = textAt(reading, problem.path);
  if (!said) return null;
  const names = new Set(armsOf(reading).map(({ name }) => name));
  const base = said.file.replace(/ \d+$/, "");
  let number = 2;
  while (names.has(`${base} ${number}`)) number++;
  return replace(problem, stringify(`${base} ${number}`).trimEnd());
}

/** What an assertion looks at has to be measured. */
function addMetric(reading: ComparisonReading, { path }: YamlProblem): YamlFix | null {
  const [said] = textAt(reading, path);
  const list = nodeOf(reading, ["metrics"]);
  // One that the task has not cannot be added; the file does not measure anything but what it lists.
  if (path[0] !== "assertions" || !said || !isSeq(list) || !list.flow) return null;
  const last = list.items.at(-1);
  const end = isScalar(last) ? last.range?.[1] : undefined;
  if (end === undefined) return null;
  return { title: l10n.t("Add {0} to metrics", said.file), changes: [change({ start: end, end }, `, ${said.file}`)] };
}
