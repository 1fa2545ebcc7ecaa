/** Quick fixes for what a schema finds wrong. Pure. */
import * as l10n from "@vscode/l10n";
import type { TextRange, YamlProblem } from "../../runtime/yamlText";
import { nearest } from "./nearest";
import type { SchemaTree } from "./schemaTree";
import { type AnyReading, nodeOf, pairs } from "./yamlTree";

/** A change of the text. */
export interface TextChange extends TextRange {
  readonly text: string;
}

/** One way to mend a problem. */
export interface YamlFix {
  readonly title: string;
  readonly changes: readonly TextChange[];
}

/** Writes another text in a range. */
export function replace(range: TextRange, text: string): YamlFix {
  const shown = text.trim() ? `"${text}"` : l10n.t("one space");
  return { title: l10n.t("Replace by {0}", shown), changes: [change(range, text)] };
}

/** A change of a range. */
export function change({ start, end }: TextRange, text: string): TextChange {
  return { start, end, text };
}

/** The key of the schema that was probably meant. */
export function renameKey(reading: AnyReading, { path, start, end }: YamlProblem, schema: SchemaTree): YamlFix | null {
  const written = new Set(pairs(nodeOf(reading, path.slice(0, -1))).map(({ key }) => String(key.value)));
  const free = [...schema.keysAt(path.slice(0, -1)).keys()].filter((key) => !written.has(key));
  const meant = nearest(String(path.at(-1)), free);
  return meant === undefined ? null : replace({ start, end }, meant);
}

/** The value of the enumeration that was probably meant. */
export function nearestValue({ text }: AnyReading, problem: YamlProblem, schema: SchemaTree): YamlFix | null {
  const meant = nearest(text.slice(problem.start, problem.end), schema.enumAt(problem.path).keys());
  return meant === undefined ? null : replace(problem, meant);
}

/** `template: {{ text }}` is a map for YAML. */
export function quoteTemplate({ text }: AnyReading, problem: YamlProblem): YamlFix | null {
  const from = text.lastIndexOf("\n", problem.start - 1) + 1;
  const line = /^[^\n\r]*/.exec(text.slice(from))?.[0] ?? "";
  const match = /^(\s*(?:-\s+)?(?:template|instruction):\s+)(\{\{.*?)\s*$/.exec(line);
  if (!match) return null;
  const start = from + (match[1]?.length ?? 0);
  const value = match[2] ?? "";
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return { title: l10n.t("Put it in quotes"), changes: [change({ start, end: start + value.length }, quoted)] };
}

/** The variable of a template that was probably meant, of a problem whose range holds it. */
export function nearestVariable(
  { text }: AnyReading,
  problem: YamlProblem,
  fields: ReadonlySet<string>,
): YamlFix | null {
  const written = /\w+/.exec(text.slice(problem.start, problem.end))?.[0] ?? "";
  const meant = nearest(written, fields);
  if (meant === undefined || !written) return null;
  const start = problem.start + text.slice(problem.start, problem.end).indexOf(written);
  return replace({ start, end: start + written.length }, meant);
}

/** At the end of the template, after one space. */
export function addAnswer(reading: AnyReading, value: unknown, { start, end }: TextRange): YamlFix | null {
  if (typeof value !== "string" || value.includes("answer")) return null;
  const written = reading.text.slice(start, end);
  const close = /^(["']).*\1$/s.test(written) ? 1 : 0;
  const at = start + written.slice(0, written.length - close).trimEnd().length;
  return { title: l10n.t("Add {0}", "{{ answer }}"), changes: [change({ start: at, end: at }, " {{ answer }}")] };
}
