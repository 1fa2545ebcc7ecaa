/** What stands in a parsed template: the variables that it uses, and what is beyond the part of Jinja that prompts may use. */
import type { Template } from "@huggingface/jinja";

type Program = Template["parsed"];
type Node = Program["body"][number];

/** A name in a template. */
export interface Found {
  readonly name: string;
  /** How many times the name stood before, from 0. */
  readonly nth: number;
}

/** What was found. */
export interface Walked {
  /** Free variables, each as often as it is used. */
  readonly variables: readonly Found[];
  readonly unsupported: readonly Found[];
  /** Variables that are shown as they are: `{{ name }}`. */
  readonly shown: ReadonlySet<string>;
}

/** Filters whose result is no longer than what they are given. */
const filters = new Set([
  "trim",
  "upper",
  "lower",
  "capitalize",
  "title",
  "first",
  "last",
  "length",
  "join",
  "default",
  "string",
  "int",
  "reverse",
  "unique",
  "sort",
  "list",
]);

/** Deepest nesting of loops: each may go over a list of the item. */
const maxLoops = 2;

/** Node types whose parts are walked, and the names of these parts. */
const parts: Readonly<Record<string, readonly string[]>> = {
  If: ["test", "body", "alternate"],
  Ternary: ["condition", "trueExpr", "falseExpr"],
  BinaryExpression: ["left", "right"],
  UnaryExpression: ["argument"],
  SelectExpression: ["lhs", "test"],
  TestExpression: ["operand"],
  SliceExpression: ["start", "stop", "step"],
  TupleLiteral: ["value"],
  ArrayLiteral: ["value"],
  KeywordArgumentExpression: ["value"],
};

/** Without parts. */
const leaves = new Set([
  "StringLiteral",
  "IntegerLiteral",
  "FloatLiteral",
  "NumericLiteral",
  "Comment",
  "Break",
  "Continue",
]);

/** Walks a parsed template. */
export function walkTemplate(program: Program): Walked {
  const walker = new Walker();
  walker.all(program.body, new Set(), 0);
  return walker;
}

class Walker implements Walked {
  readonly variables: Found[] = [];
  readonly unsupported: Found[] = [];
  readonly shown = new Set<string>();
  readonly #seen = new Map<string, number>();

  /** Statements: an identifier among them is shown as it is. */
  all(nodes: readonly Node[], bound: ReadonlySet<string>, loops: number): void {
    for (const node of nodes) {
      if (node.type === "Identifier") this.shown.add(String(field(node, "value")));
      this.#walk(node, bound, loops);
    }
  }

  #walk(node: Node, bound: ReadonlySet<string>, loops: number): void {
    switch (node.type) {
      case "Identifier":
        this.#use(String(field(node, "value")), bound);
        break;
      case "For":
        this.#loop(node, bound, loops);
        break;
      case "FilterExpression":
        this.#filter(node, bound, loops);
        break;
      case "MemberExpression":
        this.#each(field(node, "object"), bound, loops);
        if (field(node, "computed") === true) this.#each(field(node, "property"), bound, loops);
        break;
      default:
        this.#parts(node, bound, loops);
    }
  }

  #parts(node: Node, bound: ReadonlySet<string>, loops: number): void {
    const names = leaves.has(node.type) ? [] : parts[node.type];
    if (!names) this.#refuse(words[node.type] ?? node.type);
    for (const name of names ?? []) this.#each(field(node, name), bound, loops);
  }

  #each(value: unknown, bound: ReadonlySet<string>, loops: number): void {
    if (Array.isArray(value)) this.all(value.filter(isNode), bound, loops);
    else if (isNode(value)) this.#walk(value, bound, loops);
  }

  #loop(node: Node, bound: ReadonlySet<string>, loops: number): void {
    if (loops >= maxLoops) this.#refuse("for");
    if (loops >= maxLoops) return;
    this.#each(field(node, "iterable"), bound, loops);
    const loopvar = field(node, "loopvar");
    const names = isNode(loopvar) ? namesOf(loopvar) : [];
    const inside = new Set([...bound, ...names, "loop"]);
    for (const name of names) this.#count(name);
    this.#each(field(node, "body"), inside, loops + 1);
    this.#each(field(node, "defaultBlock"), bound, loops);
  }

  #filter(node: Node, bound: ReadonlySet<string>, loops: number): void {
    this.#each(field(node, "operand"), bound, loops);
    const filter = field(node, "filter");
    if (!isNode(filter)) return;
    const callee = filter.type === "CallExpression" ? field(filter, "callee") : filter;
    const name = isNode(callee) ? String(field(callee, "value")) : "";
    if (!filters.has(name)) this.#refuse(name);
    else this.#count(name);
    if (filter.type === "CallExpression") this.#each(field(filter, "args"), bound, loops);
  }

  #use(name: string, bound: ReadonlySet<string>): void {
    const nth = this.#count(name);
    if (!bound.has(name) && !constants.has(name)) this.variables.push({ name, nth });
  }

  #refuse(name: string): void {
    this.unsupported.push({ name, nth: 0 });
  }

  #count(name: string): number {
    const nth = this.#seen.get(name) ?? 0;
    this.#seen.set(name, nth + 1);
    return nth;
  }
}

const constants = new Set(["true", "false", "none", "True", "False", "None"]);

/** How the author wrote what a node stands for. */
const words: Readonly<Record<string, string>> = {
  Set: "set",
  SetStatement: "set",
  Macro: "macro",
  CallStatement: "call",
  CallExpression: "( )",
  ObjectLiteral: "{ }",
};

function namesOf(node: Node): string[] {
  if (node.type === "Identifier") return [String(field(node, "value"))];
  const value = field(node, "value");
  return Array.isArray(value) ? value.filter(isNode).flatMap(namesOf) : [];
}

function field(node: Node, name: string): unknown {
  return (node as unknown as Readonly<Record<string, unknown>>)[name];
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}
