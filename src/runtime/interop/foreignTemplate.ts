/**
 * Templates of other programs, rendered row by row. Theirs may do more than ours: methods of texts, lists and maps. What could grow beyond
 * the text of template and row is refused: assignments, macros, ranges, and replacements by something longer. Pure.
 */
import { Environment, Interpreter, parse, type Template, tokenize } from "@huggingface/jinja";
import * as l10n from "@vscode/l10n";

type Program = Template["parsed"];

/** A template ready to render. */
export interface ForeignTemplate {
  /** Throws `Error`, with a sentence, when a name has no value or the text is too long. */
  render(values: Readonly<Record<string, unknown>>): string;
}

/** Longest template and longest text that it may give, UTF-16 code units. */
const maxTemplate = 200_000;
const maxText = 2_000_000;
/** Deepest nesting of loops. */
const maxLoops = 2;
/** Longest white space: the parser's time grows with the square of it. */
const maxSpace = 1000;

const nodes = new Set(
  "Program If For Break Continue Ternary BinaryExpression UnaryExpression SelectExpression TestExpression SliceExpression TupleLiteral ArrayLiteral ObjectLiteral KeywordArgumentExpression Identifier StringLiteral IntegerLiteral FloatLiteral NumericLiteral MemberExpression FilterExpression CallExpression Comment".split(
    " ",
  ),
);
const filters = new Set(
  "trim upper lower capitalize title first last length join default string int float reverse unique sort list tojson".split(
    " ",
  ),
);
const methods = new Set(
  "strip lstrip rstrip upper lower title capitalize split startswith endswith replace items keys values".split(" "),
);
const constants: ReadonlySet<string> = new Set(["true", "false", "none", "True", "False", "None"]);

/**
 * Reads a template; rendered, it keeps a line feed at its end, as both programs do. Throws `Error`, with a sentence, when it cannot be
 * read or does more than is allowed.
 */
export function foreignTemplate(text: string): ForeignTemplate {
  if (text.length > maxTemplate) throw new Error(l10n.t("The template is longer than {0} characters.", maxTemplate));
  if (longestSpace(text) > maxSpace)
    throw new Error(l10n.t("There are more than {0} characters of white space here.", maxSpace));
  const program = read(text);
  const names = new Set<string>();
  check(program, new Set(), 0, names);
  // A test for what is there may name what is not.
  const required = /\bis\s+(not\s+)?defined\b|\bdefault\b/.test(text) ? [] : [...names];
  const shows = !/\{%|\bif\b/.test(text);
  return { render: (values) => rendered(program, required, shows ? asPython(values) : values) };
}

/** The value of an expression. Throws as `foreignTemplate` and its `render`. */
export function foreignValue(expression: string, values: Readonly<Record<string, unknown>>): unknown {
  return JSON.parse(foreignTemplate(`{{ (${expression}) | tojson }}`).render(values));
}

function read(text: string): Program {
  try {
    return parse(tokenize(text.endsWith("\n") ? `${text}\n` : text));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(l10n.t("The template cannot be read: {0}", reason));
  }
}

function rendered(program: Program, required: readonly string[], values: Readonly<Record<string, unknown>>): string {
  const missing = required.find((name) => !Object.hasOwn(values, name));
  if (missing !== undefined) throw new Error(l10n.t('There is no field "{0}".', missing));
  const environment = new Environment();
  for (const [name, value] of Object.entries({
    True: true,
    False: false,
    None: null,
    true: true,
    false: false,
    none: null,
    ...values,
  }))
    environment.set(name, value);
  const text = String(new Interpreter(environment).run(program).value);
  if (text.length > maxText) throw new Error(l10n.t("The text is longer than {0} characters.", maxText));
  return text;
}

/** What is only shown, as Python shows it. */
function asPython(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const python = (value: unknown) => (typeof value === "boolean" ? (value ? "True" : "False") : (value ?? "None"));
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, python(value)]));
}

/** Throws for what is not allowed; gathers free names. */
function check(node: unknown, bound: ReadonlySet<string>, loops: number, names: Set<string>): void {
  if (Array.isArray(node)) for (const part of node) check(part, bound, loops, names);
  if (!isNode(node)) return;
  const { type } = node;
  if (!nodes.has(type)) throw refused(type.replace(/Statement$/, "").toLowerCase());
  const all = (parts: readonly unknown[]) => check(parts, bound, loops, names);
  switch (type) {
    case "Identifier":
      addName(String(node.value), bound, names);
      break;
    case "For":
      if (loops >= maxLoops) throw refused("for");
      all([node.iterable, node.defaultBlock]);
      check([node.body], new Set([...bound, ...loopNames(node.loopvar), "loop"]), loops + 1, names);
      break;
    case "MemberExpression":
      all(node.computed === true ? [node.object, node.property] : [node.object]);
      break;
    case "FilterExpression":
      all([node.operand, ...filterArguments(node.filter)]);
      break;
    case "CallExpression":
      all(methodParts(node));
      break;
    case "TestExpression":
      all([node.operand]);
      break;
    case "ObjectLiteral":
      all(node.value instanceof Map ? [...node.value].flat() : []);
      break;
    default:
      all(Object.entries(node).flatMap(([key, part]) => (key === "type" ? [] : [part])));
  }
}

function addName(name: string, bound: ReadonlySet<string>, names: Set<string>): void {
  if (!bound.has(name) && !constants.has(name)) names.add(name);
}

/** The object and the arguments of a method that is allowed. */
function methodParts({ callee, args }: Node): readonly unknown[] {
  const given = Array.isArray(args) ? args : [];
  if (!isNode(callee) || callee.type !== "MemberExpression" || callee.computed === true || !isNode(callee.property))
    throw refused("( )");
  const method = String(callee.property.value);
  if (!methods.has(method)) throw refused(`${method}( )`);
  if (method === "replace" && !isShortening(given)) throw refused("replace( )");
  return [callee.object, ...given];
}

function isShortening([from, to]: readonly unknown[]): boolean {
  const text = (node: unknown) => (isNode(node) && node.type === "StringLiteral" ? String(node.value) : null);
  const [before, after] = [text(from), text(to)];
  return before !== null && after !== null && before !== "" && after.length <= before.length;
}

function filterArguments(filter: unknown): readonly unknown[] {
  const called = isNode(filter) && filter.type === "CallExpression";
  const callee = called ? filter.callee : filter;
  const name = isNode(callee) ? String(callee.value) : "";
  if (!filters.has(name)) throw refused(name);
  return called && Array.isArray(filter.args) ? filter.args : [];
}

function loopNames(node: unknown): string[] {
  if (!isNode(node)) return [];
  if (node.type === "Identifier") return [String(node.value)];
  return Array.isArray(node.value) ? node.value.flatMap(loopNames) : [];
}

function refused(what: string): Error {
  return new Error(l10n.t("Templates have no {0} here.", what));
}

function longestSpace(text: string): number {
  let longest = 0;
  for (const [space] of text.matchAll(/\s+/g)) longest = Math.max(longest, space.length);
  return longest;
}

type Node = { readonly type: string; readonly [key: string]: unknown };

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
