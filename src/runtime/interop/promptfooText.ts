/** Texts in promptfoo's templates (Nunjucks), as its version 0.123 renders prompts and variables (`renderPrompt`). Pure. */
import { foreignTemplate } from "./foreignTemplate";

/** `text`, so that it means itself: in a prompt, a variable or an expected value. */
export function nunjucksLiteral(text: string): string {
  return text.replace(/\{(?=[{%#]|$)/g, '{{ "{" }}');
}

/** As `nunjucksLiteral`, for a variable: it names no file, and keeps a line feed at its end. */
export function variableLiteral(text: string): string {
  const literal = nunjucksLiteral(text);
  const named = /^(file:\/\/|package:)/.test(literal) ? `{{ "" }}${literal}` : literal;
  return named.endsWith("\n") ? `${named}{{ "" }}` : named;
}

/** The prompt that promptfoo makes of a template and variables. Throws `Error`, with a sentence, for what is beyond us. */
export function renderPromptfoo(prompt: string, variables: Readonly<Record<string, unknown>>): string {
  return renderedText(prompt, renderedVariables(variables));
}

/** Variables may name others, and are templates themselves. */
export function renderedVariables(variables: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(variables))
    all[name] = typeof value === "string" ? value.replace(/\n$/, "") : value;
  resolveNames(all);
  const values = { ...all };
  for (const [name, value] of Object.entries(all))
    if (typeof value === "string" && !namesUnknown(value, all)) values[name] = renderedText(value, all);
  return values;
}

/** A text that is a template: an expected value, or a prompt. */
export function renderedText(text: string, values: Readonly<Record<string, unknown>>): string {
  if (!/\{[{%#]/.test(text)) return text;
  // What is no whole tag stands for itself.
  if (/(\{%[^%]*$|\{\{[^}]*$|\{#[^#]*$)/m.test(text)) return text;
  return foreignTemplate(text).render(values);
}

/** Puts variables into variables, five times at most. */
function resolveNames(all: Record<string, unknown>): void {
  for (let round = 0; round < 5; round++) {
    let changed = false;
    for (const [name, value] of Object.entries(all)) {
      const found = typeof value === "string" ? /\{\{\s*(\w+)\s*\}\}/.exec(value) : null;
      const other = found?.[1] !== undefined && Object.hasOwn(all, found[1]) ? all[found[1]] : undefined;
      if (!found || typeof value !== "string" || other === undefined || value.length > 1_000_000) continue;
      all[name] = value.replace(found[0], () => String(other));
      changed = true;
    }
    if (!changed) return;
  }
}

function namesUnknown(text: string, all: Readonly<Record<string, unknown>>): boolean {
  return [...text.matchAll(/\{\{\s*([A-Za-z_]\w*)/g)].some(([, name]) => !Object.hasOwn(all, name ?? ""));
}
