/** SPDX license expressions in source files (SPDX specification 2.3, annexes D and E). */

/** Where the expression is looked for: the beginning of the file, as the REUSE tool does. */
const headLength = 8192;

/** What a file says of its license, `SPDX-License-Identifier: …`; null when it says nothing. */
export function declaredLicense(text: string): string | null {
  const [, expression = ""] = /SPDX-License-Identifier:[ \t]*([^\r\n]*)/.exec(text.slice(0, headLength)) ?? [];
  // Ends of comments are no part of it.
  const [clean = ""] = expression.split(/\s*(?:\*\/|-->|\*\)|#\}|"""|'''|$)/);
  return clean.trim() === "" ? null : clean.trim();
}

/**
 * Whether someone who may use texts under the licenses `allowed` may use one under `expression`: with `OR` one side suffices, with `AND`
 * both are needed; `X WITH Y` is allowed where `X` is. What is no expression is not allowed.
 */
export function isAllowed(expression: string, allowed: readonly string[]): boolean {
  const names = new Set(allowed.map((name) => name.toLowerCase()));
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  const parser = new ExpressionParser(tokens.slice(0, 200), names);
  return parser.parse();
}

/** `OR` binds least, then `AND`, then `WITH`. */
class ExpressionParser {
  #at = 0;

  constructor(
    private readonly tokens: readonly string[],
    private readonly allowed: ReadonlySet<string>,
  ) {}

  parse(): boolean {
    const result = this.#or();
    return result && this.#at === this.tokens.length;
  }

  #or(): boolean {
    let result = this.#and();
    while (this.#take("OR")) result = this.#and() || result;
    return result;
  }

  #and(): boolean {
    let result = this.#license();
    while (this.#take("AND")) result = this.#license() && result;
    return result;
  }

  #license(): boolean {
    if (this.#take("(")) {
      const result = this.#or();
      return this.#take(")") && result;
    }
    const name = (this.tokens[this.#at++] ?? "").toLowerCase();
    if (!this.#take("WITH")) return this.allowed.has(name);
    const exception = (this.tokens[this.#at++] ?? "").toLowerCase();
    return this.allowed.has(name) || this.allowed.has(`${name} with ${exception}`);
  }

  #take(word: string): boolean {
    if (this.tokens[this.#at]?.toUpperCase() !== word) return false;
    this.#at++;
    return true;
  }
}
