/** Reads the text of a YAML file of a known form: to a checked value, or problems with their places. Pure. */
import * as l10n from "@vscode/l10n";
import { type Document, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type * as z from "zod";

/** Keys and indices from the root. */
export type YamlPath = readonly (string | number)[];

/** A part of the text, UTF-16 code units. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** What is wrong with a file, and where. */
export interface YamlProblem extends TextRange {
  readonly severity: "error" | "warning" | "info";
  /** Tells kinds of problems apart, for quick fixes. */
  readonly code: string;
  readonly message: string;
  /** Line of `start`, from 1. */
  readonly line: number;
  /** Column of `start` in its line, UTF-16 code units, from 1. */
  readonly column: number;
  /** Where in the file's structure; empty for problems of the YAML itself. */
  readonly path: YamlPath;
  /** What should stand in the range instead, where that is plain. */
  readonly replacement?: string;
}

/** The text, read. */
export interface YamlReading<T> {
  /** Null when there are errors. */
  readonly file: T | null;
  readonly problems: readonly YamlProblem[];
  /** What was read. */
  readonly text: string;
  /** The YAML, also when it has mistakes; empty for a text that is refused for its size. */
  readonly document: Document;
  /** Range of the value at a path, or of the nearest thing around it that is there. */
  rangeOf(path: YamlPath): TextRange;
  /** Range of the key at a path; as `rangeOf` for elements of lists. */
  keyRangeOf(path: YamlPath): TextRange;
  /** A problem at a path; in a part of its value when a range is given. */
  problemAt(
    path: YamlPath,
    problem: Pick<YamlProblem, "severity" | "code" | "message" | "replacement">,
    range?: TextRange,
  ): YamlProblem;
}

/** Longest text that is read, UTF-16 code units. */
export const maxYamlLength = 5_000_000;
/** Deepest nesting that is read. */
const maxDepth = 20;
/** Deepest indentation that is read: more, because the text of a template may be indented too. */
const maxIndents = 100;

/** Reads a file of a form. Never throws for what the text contains. */
export function readYaml<T>(text: string, form: z.ZodType<T>): YamlReading<T> {
  const lines = new LineCounter();
  if (text.length > maxYamlLength || tooDeep(text)) return refused(text, lines);
  // Anchors are not followed: a few lines of them could stand for gigabytes.
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: "error",
  });
  const reading = places(document, text, lines);
  const syntax = [...document.errors, ...document.warnings].map(({ message, pos, code }) => ({
    ...at(lines, { start: pos[0], end: Math.max(pos[1], pos[0]) }),
    severity: "error" as const,
    code: `yaml.${code}`,
    message,
    path: [],
  }));
  if (syntax.length > 0) return { ...reading, file: null, problems: syntax };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch {
    const message = l10n.t("Anchors and aliases (& and *) are not read here: write the value out.");
    return { ...reading, file: null, problems: [reading.problemAt([], { severity: "error", code: "alias", message })] };
  }
  const parsed = form.safeParse(value ?? {});
  if (parsed.success) return { ...reading, file: parsed.data, problems: [] };
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(reading, [], issue));
  return { ...reading, file: null, problems };
}

/** What zod says, with places. */
function problemsOf(reading: Places, base: YamlPath, issue: z.core.$ZodIssue): YamlProblem[] {
  const path = [...base, ...(issue.path as (string | number)[])];
  const { code } = issue;
  if (code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const message = l10n.t('There is no key "{0}" here.', key);
      return reading.problemAt(
        [...path, key],
        { severity: "error", code, message },
        reading.keyRangeOf([...path, key]),
      );
    });
  }
  const meant = code === "invalid_union" ? meantOf(issue.errors) : null;
  if (meant) return meant.flatMap((inner) => problemsOf(reading, path, inner));
  return [reading.problemAt(path, { severity: "error", code, message: sentence(reading, path, issue) })];
}

/** What is wrong with the alternative of a union that is meant: of those whose kind (list or map) was written, the nearest. */
function meantOf(alternatives: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | null {
  const written = alternatives.filter((all) => !all.some((one) => one.path.length === 0 && mistyped(one)));
  const faults = (all: readonly z.core.$ZodIssue[]) =>
    all.reduce((sum, one) => sum + (one.code === "unrecognized_keys" ? one.keys.length : 1), 0);
  const fewest = Math.min(...written.map(faults));
  const [nearest, ...others] = written.filter((all) => faults(all) === fewest);
  return nearest && others.length === 0 ? nearest : null;
}

function sentence({ document }: Places, path: YamlPath, issue: z.core.$ZodIssue): string {
  const key = path.length > 0 ? path.join(".") : l10n.t("the file");
  if (path.length > 0 && !document.hasIn(path)) return l10n.t('The key "{0}" is missing.', key);
  if (issue.code === "invalid_union") return l10n.t("{0}: this kind of value cannot stand here.", key);
  return `${key}: ${issue.message}`;
}

function mistyped({ code }: z.core.$ZodIssue): boolean {
  return code === "invalid_type";
}

/** Whether brackets, dashes or indentation go deeper than the parser's stack: seen before anything is parsed. */
function tooDeep(text: string): boolean {
  const indents: number[] = [];
  for (const line of text.split("\n")) {
    const marks = /^\s*(?:[-?]\s+)*/.exec(line)?.[0] ?? "";
    if (marks.replace(/\s/g, "").length > maxDepth || brackets(line) > maxDepth) return true;
    if (marks.length === line.length) continue;
    while ((indents.at(-1) ?? -1) >= marks.length) indents.pop();
    indents.push(marks.length);
    if (indents.length > maxIndents) return true;
  }
  return false;
}

function brackets(line: string): number {
  let depth = 0;
  let deepest = 0;
  for (const char of line) {
    if (char === "[" || char === "{") deepest = Math.max(deepest, ++depth);
    else if (char === "]" || char === "}") depth = Math.max(0, depth - 1);
  }
  return deepest;
}

function refused(text: string, lines: LineCounter): Places & { file: null; problems: YamlProblem[] } {
  const reading = places(parseDocument(""), text, lines);
  const message =
    text.length > maxYamlLength
      ? l10n.t("The file is longer than {0} characters. Put its items into a data file.", maxYamlLength)
      : l10n.t("The file is nested deeper than {0} levels.", maxDepth);
  return { ...reading, file: null, problems: [reading.problemAt([], { severity: "error", code: "size", message })] };
}

type Places = Omit<YamlReading<unknown>, "file" | "problems">;

function places(document: Document, text: string, lines: LineCounter): Places {
  const rangeOf = (path: YamlPath): TextRange => nodeRange(document, path) ?? { start: 0, end: text.length };
  return {
    text,
    document,
    rangeOf,
    keyRangeOf: (path) => keyRange(document, path) ?? rangeOf(path),
    problemAt: (path, problem, range) => ({ ...at(lines, range ?? rangeOf(path)), ...problem, path }),
  };
}

function nodeRange(document: Document, path: YamlPath): TextRange | null {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return { start: node.range[0], end: node.range[1] };
    const key = keyRange(document, path.slice(0, length));
    if (key) return key;
  }
  return null;
}

function keyRange(document: Document, path: YamlPath): TextRange | null {
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  if (isSeq(parent) || !isMap(parent)) return null;
  const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === path.at(-1));
  const key = pair?.key;
  return isScalar(key) && key.range ? { start: key.range[0], end: key.range[1] } : null;
}

function at(lines: LineCounter, { start, end }: TextRange): TextRange & { line: number; column: number } {
  const { line, col } = lines.linePos(start);
  return { start, end, line: Math.max(1, line), column: Math.max(1, col) };
}
