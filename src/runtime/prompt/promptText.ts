/** Reads the text of a prompt file: YAML to a checked file, or problems with their places. Pure. */
import * as l10n from "@vscode/l10n";
import { type Document, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { type PromptFile, promptFile } from "./promptFile";

/** Keys and indices from the root. */
export type YamlPath = readonly (string | number)[];

/** A part of the text, UTF-16 code units. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** What is wrong with a prompt file, and where. */
export interface PromptProblem extends TextRange {
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
}

/** The text, read. */
export interface PromptReading {
  /** Null when there are errors. */
  readonly file: PromptFile | null;
  readonly problems: readonly PromptProblem[];
  /** Range of the value at a path, or of the nearest thing around it that is there. */
  rangeOf(path: YamlPath): TextRange;
  /** Range of the key at a path; as `rangeOf` for elements of lists. */
  keyRangeOf(path: YamlPath): TextRange;
  /** A problem at a path. */
  problemAt(path: YamlPath, problem: Pick<PromptProblem, "severity" | "code" | "message">): PromptProblem;
}

/** Longest text that is read, UTF-16 code units. */
export const maxPromptFileLength = 5_000_000;
/** Deepest nesting that is read. */
const maxDepth = 20;

/** Reads a prompt file. Never throws for what the text contains. */
export function readPromptText(text: string): PromptReading {
  const lines = new LineCounter();
  if (text.length > maxPromptFileLength || nesting(text) > maxDepth) return refused(text, lines);
  // Anchors are not followed: a few lines of them could stand for gigabytes.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
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
  const parsed = promptFile.safeParse(value ?? {});
  if (parsed.success) return { ...reading, file: parsed.data, problems: [] };
  const problems = parsed.error.issues.map((issue) => {
    const unknown = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
    const path = [...(issue.path as (string | number)[]), ...(unknown === undefined ? [] : [unknown])];
    const problem = reading.problemAt(path, { severity: "error", code: issue.code, message: sentence(path, issue) });
    return unknown === undefined ? problem : { ...problem, ...at(lines, reading.keyRangeOf(path)) };
  });
  return { ...reading, file: null, problems };
}

function sentence(path: YamlPath, issue: { code?: string; message: string; keys?: string[] }): string {
  if (issue.code === "unrecognized_keys") return l10n.t('There is no key "{0}" here.', String(path.at(-1)));
  const key = path.length > 0 ? path.join(".") : l10n.t("the file");
  return `${key}: ${issue.message}`;
}

/** Depth of brackets or of indentation, whichever is deeper: a bound, seen before anything is parsed. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const char of text) {
    if (char === "[" || char === "{") deepest = Math.max(deepest, ++depth);
    else if (char === "]" || char === "}") depth = Math.max(0, depth - 1);
    else if (char === "\n") depth = 0;
  }
  return deepest;
}

function refused(text: string, lines: LineCounter): PromptReading {
  const reading = places(parseDocument(""), text, lines);
  const message =
    text.length > maxPromptFileLength
      ? l10n.t("The file is longer than {0} characters. Put its items into a data file.", maxPromptFileLength)
      : l10n.t("The file is nested deeper than {0} levels.", maxDepth);
  return { ...reading, file: null, problems: [reading.problemAt([], { severity: "error", code: "size", message })] };
}

function places(document: Document, text: string, lines: LineCounter): Omit<PromptReading, "file" | "problems"> {
  const rangeOf = (path: YamlPath): TextRange => nodeRange(document, path) ?? { start: 0, end: text.length };
  return {
    rangeOf,
    keyRangeOf: (path) => keyRange(document, path) ?? rangeOf(path),
    problemAt: (path, problem) => ({ ...at(lines, rangeOf(path)), ...problem, path }),
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
