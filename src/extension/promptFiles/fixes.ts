/** Quick fixes for problems of prompt files. Pure. */
import * as l10n from "@vscode/l10n";
import { isMap, isScalar, isSeq, stringify } from "yaml";
import type { PromptProblem, PromptReading, TextRange, YamlPath } from "../../runtime/prompt/promptText";
import { nearest } from "./nearest";
import { enumAt, keysAt } from "./promptSchema";
import { elements, inlineFields, labelNames, pairs } from "./promptTree";

/** A change of the text. */
export interface TextChange extends TextRange {
  readonly text: string;
}

/** One way to mend a problem. */
export interface PromptFix {
  readonly title: string;
  readonly changes: readonly TextChange[];
}

type Fixer = (reading: PromptReading, problem: PromptProblem, columns: readonly string[]) => PromptFix | null;

const fixers: Readonly<Record<string, Fixer>> = {
  unrecognized_keys: renameKey,
  invalid_value: nearestValue,
  invalid_type: quoteTemplate,
  "template.unknownVariable": nearestField,
  "template.answerMissing": addAnswer,
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
export function fixesFor(reading: PromptReading, problem: PromptProblem, columns: readonly string[]): PromptFix[] {
  if (problem.replacement !== undefined) return [replace(problem, problem.replacement)];
  const fixer = problem.code.startsWith("yaml.") ? quoteTemplate : fixers[problem.code];
  const fix = fixer?.(reading, problem, columns);
  return fix ? [fix] : [];
}

function replace(range: TextRange, text: string): PromptFix {
  const shown = text.trim() ? `"${text}"` : l10n.t("one space");
  return { title: l10n.t("Replace by {0}", shown), changes: [change(range, text)] };
}

function change({ start, end }: TextRange, text: string): TextChange {
  return { start, end, text };
}

function renameKey(reading: PromptReading, { path, start, end }: PromptProblem): PromptFix | null {
  const written = new Set(pairs(nodeAt(reading, path.slice(0, -1))).map(({ key }) => String(key.value)));
  const free = [...keysAt(path.slice(0, -1)).keys()].filter((key) => !written.has(key));
  const meant = nearest(String(path.at(-1)), free);
  return meant === undefined ? null : replace({ start, end }, meant);
}

function nearestValue({ text }: PromptReading, problem: PromptProblem): PromptFix | null {
  const meant = nearest(text.slice(problem.start, problem.end), enumAt(problem.path).keys());
  return meant === undefined ? null : replace(problem, meant);
}

function nearestLabel(reading: PromptReading, problem: PromptProblem): PromptFix | null {
  const node = nodeAt(reading, problem.path);
  const meant = nearest(isScalar(node) ? String(node.value) : "", labelNames(reading));
  return meant === undefined ? null : replace(problem, stringify(meant).trimEnd());
}

function nearestField(reading: PromptReading, problem: PromptProblem, columns: readonly string[]): PromptFix | null {
  const written = /\w+/.exec(reading.text.slice(problem.start, problem.end))?.[0] ?? "";
  const meant = nearest(written, new Set([...inlineFields(reading).keys(), ...columns, "answer"]));
  if (meant === undefined || !written) return null;
  const start = problem.start + reading.text.slice(problem.start, problem.end).indexOf(written);
  return replace({ start, end: start + written.length }, meant);
}

/** At the end of the template, after one space. */
function addAnswer(reading: PromptReading, { path }: PromptProblem): PromptFix | null {
  const node = nodeAt(reading, path);
  if (!isScalar(node) || typeof node.value !== "string" || node.value.includes("answer")) return null;
  const { start, end } = reading.rangeOf(path);
  const written = reading.text.slice(start, end);
  const close = /^(["']).*\1$/s.test(written) ? 1 : 0;
  const at = start + written.slice(0, written.length - close).trimEnd().length;
  return { title: l10n.t("Add {0}", "{{ answer }}"), changes: [change({ start: at, end: at }, " {{ answer }}")] };
}

/** `|` keeps the last line break, `|-` does not. */
function stripEnd(reading: PromptReading, { path }: PromptProblem): PromptFix {
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

function balance(reading: PromptReading, { path }: PromptProblem): PromptFix | null {
  const changes = setKey(reading, path, "sampler", "balanced");
  return changes && { title: l10n.t("Draw as many of each label"), changes };
}

function takeAll(reading: PromptReading, problem: PromptProblem): PromptFix | null {
  const own = [...problem.path.slice(0, -1), "from"];
  const count = elements(reading.document, own).length || elements(reading.document, ["demonstrations", "from"]).length;
  return count === 0 ? null : replace(reading.rangeOf(problem.path), String(count));
}

/** Sets a key of a map that is there. */
function setKey(reading: PromptReading, path: YamlPath, key: string, value: string): TextChange[] | null {
  const node = nodeAt(reading, path);
  const [first] = pairs(node);
  const start = first?.key.range?.[0];
  if (!isMap(node) || start === undefined) return null;
  if (node.has(key)) return [change(reading.rangeOf([...path, key]), value)];
  const column = start - (reading.text.lastIndexOf("\n", start - 1) + 1);
  const between = node.flow ? ", " : `\n${" ".repeat(column)}`;
  return [change({ start, end: start }, `${key}: ${value}${between}`)];
}

/** `very good` and `very bad` become `good` and `bad`. */
function stripSharedWords(reading: PromptReading, { path }: PromptProblem): PromptFix | null {
  const labels = path.slice(0, -1);
  const scalars = pairs(nodeAt(reading, labels))
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
function removeElement(reading: PromptReading, { path }: PromptProblem): PromptFix | null {
  const list = nodeAt(reading, path.slice(0, -1));
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

/** `template: {{ text }}` is a map for YAML. */
function quoteTemplate({ text }: PromptReading, problem: PromptProblem): PromptFix | null {
  const from = text.lastIndexOf("\n", problem.start - 1) + 1;
  const line = /^[^\n\r]*/.exec(text.slice(from))?.[0] ?? "";
  const match = /^(\s*(?:-\s+)?(?:template|instruction):\s+)(\{\{.*?)\s*$/.exec(line);
  if (!match) return null;
  const start = from + (match[1]?.length ?? 0);
  const value = match[2] ?? "";
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return { title: l10n.t("Put it in quotes"), changes: [change({ start, end: start + value.length }, quoted)] };
}

function nodeAt({ document }: PromptReading, path: YamlPath): unknown {
  return path.length === 0 ? document.contents : document.getIn(path, true);
}
