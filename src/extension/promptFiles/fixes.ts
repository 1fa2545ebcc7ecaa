/** Quick fixes for problems of prompt files. Pure. */
import * as l10n from "@vscode/l10n";
import { isMap, isScalar, isSeq, stringify } from "yaml";
import type { PromptProblem, PromptReading, YamlPath } from "../../runtime/prompt/promptText";
import {
  addAnswer,
  change,
  nearestValue,
  nearestVariable,
  quoteTemplate,
  renameKey,
  replace,
  type TextChange,
  type YamlFix,
} from "../yamlFiles/fixes";
import { nearest } from "../yamlFiles/nearest";
import { elements, nodeOf, pairs } from "../yamlFiles/yamlTree";
import { promptSchema } from "./promptSchema";
import { inlineFields, labelNames } from "./promptTree";

type Fixer = (reading: PromptReading, problem: PromptProblem, columns: readonly string[]) => YamlFix | null;

const fixers: Readonly<Record<string, Fixer>> = {
  unrecognized_keys: (reading, problem) => renameKey(reading, problem, promptSchema),
  invalid_value: (reading, problem) => nearestValue(reading, problem, promptSchema),
  invalid_type: quoteTemplate,
  "template.unknownVariable": nearestField,
  "template.answerMissing": answerAtEnd,
  "lint.spaceAtEnd": stripEnd,
  "lint.imbalance": balance,
  "lint.recency": balance,
  "lint.labelPrefix": stripSharedWords,
  "lint.unknownLabel": nearestLabel,
  "lint.duplicateDemonstration": removeElement,
  "lint.leak": removeElement,
  "lint.tooFewDemonstrations": takeAll,
};

/** The ways to mend a problem, best first. `columns`: those of the data files. The reading is of the text as it is now. */
export function fixesFor(reading: PromptReading, problem: PromptProblem, columns: readonly string[]): YamlFix[] {
  if (problem.replacement !== undefined) return [replace(problem, problem.replacement)];
  const fixer = problem.code.startsWith("yaml.") ? quoteTemplate : fixers[problem.code];
  const fix = fixer?.(reading, problem, columns);
  return fix ? [fix] : [];
}

function nearestLabel(reading: PromptReading, problem: PromptProblem): YamlFix | null {
  const node = nodeOf(reading, problem.path);
  const meant = nearest(isScalar(node) ? String(node.value) : "", labelNames(reading));
  return meant === undefined ? null : replace(problem, stringify(meant).trimEnd());
}

function nearestField(reading: PromptReading, problem: PromptProblem, columns: readonly string[]): YamlFix | null {
  return nearestVariable(reading, problem, new Set([...inlineFields(reading).keys(), ...columns, "answer"]));
}

function answerAtEnd(reading: PromptReading, { path }: PromptProblem): YamlFix | null {
  const node = nodeOf(reading, path);
  return isScalar(node) ? addAnswer(reading, node.value, reading.rangeOf(path)) : null;
}

/** `|` keeps the last line break, `|-` does not. */
function stripEnd(reading: PromptReading, { path }: PromptProblem): YamlFix {
  const { start, end } = reading.rangeOf(path);
  const written = reading.text.slice(start, end);
  const header = /^[|>][+\d]*/.exec(written)?.[0];
  const title = l10n.t("Take the white space at the end away");
  if (header !== undefined) {
    const indent = header.replace(/\D/g, "");
    return { title, changes: [change({ start, end: start + header.length }, `${header[0]}${indent}-`)] };
  }
  const quote = /["']$/.exec(written)?.[0] ?? "";
  const body = written.slice(0, written.length - quote.length).replace(/(?:\\[nt]|\s)+$/, "");
  return { title, changes: [change({ start: start + body.length, end }, quote)] };
}

function balance(reading: PromptReading, { path }: PromptProblem): YamlFix | null {
  const changes = setKey(reading, path, "sampler", "balanced");
  return changes && { title: l10n.t("Draw as many of each label"), changes };
}

function takeAll(reading: PromptReading, problem: PromptProblem): YamlFix | null {
  const own = [...problem.path.slice(0, -1), "from"];
  const count = elements(reading.document, own).length || elements(reading.document, ["demonstrations", "from"]).length;
  return count === 0 ? null : replace(reading.rangeOf(problem.path), String(count));
}

/** Sets a key of a map that is there. */
function setKey(reading: PromptReading, path: YamlPath, key: string, value: string): TextChange[] | null {
  const node = nodeOf(reading, path);
  const [first] = pairs(node);
  const start = first?.key.range?.[0];
  if (!isMap(node) || start === undefined) return null;
  if (node.has(key)) return [change(reading.rangeOf([...path, key]), value)];
  const column = start - (reading.text.lastIndexOf("\n", start - 1) + 1);
  const between = node.flow ? ", " : `\n${" ".repeat(column)}`;
  return [change({ start, end: start }, `${key}: ${value}${between}`)];
}

/** `very good` and `very bad` become `good` and `bad`. */
function stripSharedWords(reading: PromptReading, { path }: PromptProblem): YamlFix | null {
  const labels = path.slice(0, -1);
  const scalars = pairs(nodeOf(reading, labels))
    .flatMap(({ value }) => (isSeq(value) ? value.items : [value]))
    .filter(isScalar);
  const words = scalars.map(({ value }) => String(value).trim().split(/\s+/));
  let shared = 0;
  while (words.every((one) => one.length > shared + 1 && one[shared] === words[0]?.[shared])) shared++;
  if (shared === 0) return null;
  const changes = scalars.map(({ range }, index) => {
    const rest = words[index]?.slice(shared).join(" ") ?? "";
    return change({ start: range?.[0] ?? 0, end: range?.[1] ?? 0 }, stringify(rest).trimEnd());
  });
  return {
    title: l10n.t('Take "{0}" away from every label word', words[0]?.slice(0, shared).join(" ") ?? ""),
    changes,
  };
}

/** An element of a list in block style, with its dash and its line break. */
function removeElement(reading: PromptReading, { path }: PromptProblem): YamlFix | null {
  const list = nodeOf(reading, path.slice(0, -1));
  if (!isSeq(list) || list.flow || list.items.length < 2) return null;
  const { text } = reading;
  const { start, end } = reading.rangeOf(path);
  const from = text.lastIndexOf("\n", start - 1) + 1;
  // A map in block style ends behind its line break already.
  const last = text.indexOf("\n", Math.max(start, end - 1));
  if (!/^\s*-\s+$/.test(text.slice(from, start))) return null;
  return {
    title: l10n.t("Remove this demonstration"),
    changes: [change({ start: from, end: last < 0 ? text.length : last + 1 }, "")],
  };
}
