/**
 * Templates of prompts: a small, safe part of Jinja. No calls, no assignments, no ranges: what a template gives is bounded by its own
 * length and its item's. Pure: the editor checks templates with it too.
 */
import { Environment, Interpreter, type Template as JinjaTemplate, parse, tokenize } from "@huggingface/jinja";
import * as l10n from "@vscode/l10n";
import type { Item } from "./promptFile";
import { type Found, type Walked, walkTemplate } from "./templateTree";

/** What is wrong with a template, and where in its text (UTF-16 code units). */
export interface TemplateProblem {
  readonly code:
    | "template.syntax"
    | "template.unsupported"
    | "template.unknownVariable"
    | "template.answerMissing"
    | "template.answerTwice"
    | "template.answerChanged";
  readonly message: string;
  readonly start: number;
  readonly end: number;
  /** The variable that is meant, if one is. */
  readonly name?: string;
}

/** A rendered example, in parts: `before + space + answer + after`. */
export interface RenderedExample {
  /** Up to the white space in front of the answer. */
  readonly before: string;
  /** The white space in front of the answer; it belongs to the answer. */
  readonly space: string;
  readonly after: string;
}

/** Longest text that a template may give, UTF-16 code units. */
export const maxRendered = 2_000_000;
/** Stands for the answer while a template is rendered: characters of no alphabet, which filters leave alone. */
const placeholder = "\uE0A1\uE0A2\uE0A3";
/** Longest white space in a template: the parser's time grows with the square of it. */
const maxSpace = 1000;
/** What templates call these values. */
const constants = { true: true, false: false, none: null, True: true, False: false, None: null };

/**
 * Everything that is wrong with a template.
 * @param known names that a template may use; null when the item's fields are not known.
 * @param withAnswer whether `{{ answer }}` must stand in it, once, or must not.
 */
export function checkTemplate(text: string, known: ReadonlySet<string> | null, withAnswer: boolean): TemplateProblem[] {
  const walked = walk(text);
  if ("code" in walked) return [walked];
  const unsupported = walked.unsupported.map((found) => ({
    ...place(text, found),
    code: "template.unsupported" as const,
    message: l10n.t("Templates have no {0} here.", found.name),
  }));
  const unknown = walked.variables
    .filter(({ name }) => name !== "answer" && known !== null && !known.has(name))
    .map((found) => ({
      ...place(text, found),
      code: "template.unknownVariable" as const,
      name: found.name,
      message: l10n.t('There is no field "{0}". There is: {1}.', found.name, [...(known ?? [])].join(", ")),
    }));
  return [...unsupported, ...unknown, ...answerProblems(text, walked, withAnswer)];
}

/** Names of the fields that a template uses, without `answer`. Empty when it cannot be read. */
export function templateVariables(text: string): readonly string[] {
  const walked = walk(text);
  if ("code" in walked) return [];
  return [...new Set(walked.variables.map(({ name }) => name))].filter((name) => name !== "answer");
}

/** A template without problems, ready to render. */
export class PromptTemplate {
  readonly #parsed: JinjaTemplate["parsed"];

  /** Throws `SyntaxError` when `checkTemplate` finds something wrong in the template itself. */
  constructor(
    text: string,
    private readonly withAnswer: boolean,
  ) {
    const [problem] = checkTemplate(text, null, withAnswer);
    if (problem) throw new SyntaxError(problem.message);
    this.#parsed = parse(tokens(text));
  }

  /** The text for an item, for templates without answer. Throws `RangeError` when it is too long, `Error` when it cannot be rendered. */
  text(item: Readonly<Record<string, unknown>>): string {
    return this.#render(item);
  }

  /** The example of an item, around its answer. Throws as `text`, and when the item leaves the answer out. */
  example(item: Item, also: Readonly<Record<string, unknown>>): RenderedExample {
    const parts = this.#render({ ...item, ...also, answer: placeholder }).split(placeholder);
    const [before, after] = parts;
    if (before === undefined || after === undefined || parts.length !== 2 || !this.withAnswer) {
      throw new Error(l10n.t("the template leaves out the answer of this item"));
    }
    const head = before.trimEnd();
    return { before: head, space: before.slice(head.length), after };
  }

  #render(values: Readonly<Record<string, unknown>>): string {
    const environment = new Environment();
    for (const [name, value] of Object.entries({ ...values, ...constants })) environment.set(name, value);
    const { value } = new Interpreter(environment).run(this.#parsed);
    const text = String(value);
    if (text.length > maxRendered)
      throw new RangeError(l10n.t("the prompt is longer than {0} characters", maxRendered));
    return text;
  }
}

function tokens(text: string): ReturnType<typeof tokenize> {
  return tokenize(text, { lstrip_blocks: true, trim_blocks: true });
}

function walk(text: string): Walked | TemplateProblem {
  const space = longSpace(text);
  if (space) return space;
  try {
    return walkTemplate(parse(tokens(text)));
  } catch (error) {
    const message = l10n.t("The template cannot be read: {0}", error instanceof Error ? error.message : String(error));
    return { code: "template.syntax", message, ...openPlace(text) };
  }
}

function longSpace(text: string): TemplateProblem | null {
  for (const { 0: space, index: start } of text.matchAll(/\s+/g)) {
    if (space.length <= maxSpace) continue;
    const message = l10n.t("There are more than {0} characters of white space here.", maxSpace);
    return { code: "template.unsupported", message, start, end: start + space.length };
  }
  return null;
}

function answerProblems(text: string, { variables, shown }: Walked, withAnswer: boolean): TemplateProblem[] {
  const uses = variables.filter(({ name }) => name === "answer");
  const [first, second] = uses;
  if (!withAnswer) {
    const message = l10n.t("The answer stands in the template, not in the instruction.");
    return first ? [{ code: "template.answerChanged", message, ...place(text, first) }] : [];
  }
  if (!first) {
    const message = l10n.t("{{ answer }} is missing: it says where the answer stands.");
    return [{ code: "template.answerMissing", message, start: 0, end: text.length }];
  }
  if (second) {
    const message = l10n.t("{{ answer }} stands here for the second time: it may stand in a template once.");
    return [{ code: "template.answerTwice", message, ...place(text, { ...second, nth: 1 }) }];
  }
  const message = l10n.t("The answer cannot be changed or tested: write {{ answer }} alone.");
  return shown.has("answer") ? [] : [{ code: "template.answerChanged", message, ...place(text, first) }];
}

/** Where a name stands in the tags of a template: the parser keeps no places. */
function place(text: string, { name, nth }: Found): { start: number; end: number } {
  let seen = 0;
  for (const tag of text.matchAll(/\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g)) {
    const code = tag[0].replaceAll(/"[^"]*"|'[^']*'/g, (literal) => " ".repeat(literal.length));
    for (const word of code.matchAll(/(?<![.\w])[A-Za-z_]\w*/g)) {
      if (word[0] !== name || seen++ < nth) continue;
      const start = tag.index + word.index;
      return { start, end: start + name.length };
    }
  }
  return { start: 0, end: text.length };
}

/** The last tag that was opened: what stands behind a parser's complaint most often. */
function openPlace(text: string): { start: number; end: number } {
  const start = Math.max(text.lastIndexOf("{{"), text.lastIndexOf("{%"), 0);
  const line = text.indexOf("\n", start);
  return { start, end: line < 0 ? text.length : line };
}
