/** Right answers of items, and the texts that stand for them. */
import * as l10n from "@vscode/l10n";
import type { Item, ResolvedVariant } from "./promptFile";

/** The texts of an item's choices, from a list or from a JSON list in a cell of CSV; null when there are none. */
export function choicesOf(item: Item, field: string): readonly string[] | null {
  const value = Object.hasOwn(item, field) ? item[field] : undefined;
  if (Array.isArray(value)) return value.length > 0 ? value : null;
  if (typeof value !== "string" || !value.trimStart().startsWith("[")) return null;
  try {
    const parsed: unknown = JSON.parse(value);
    if (!Array.isArray(parsed) || parsed.length === 0 || parsed.length > 100) return null;
    return parsed.every((choice) => typeof choice === "string") ? (parsed as string[]) : null;
  } catch {
    return null;
  }
}

/**
 * The right answer: a label, the number of a choice from 0 as text, or a text; null when the item has none. Throws `Error`, with a
 * sentence, when the item's answer is none of those that are possible.
 */
export function goldOf(item: Item, variant: ResolvedVariant): string | null {
  const value = Object.hasOwn(item, variant.answer) ? item[variant.answer] : undefined;
  if (value === undefined || Array.isArray(value)) return null;
  const gold = String(value);
  if (variant.labels) {
    if (variant.labels.has(gold)) return gold;
    throw new Error(l10n.t('"{0}" is none of the labels {1}.', gold, [...variant.labels.keys()].join(", ")));
  }
  return variant.choices === null ? gold : choiceNumber(gold, choicesOf(item, variant.choices) ?? []);
}

function choiceNumber(gold: string, choices: readonly string[]): string {
  const byText = choices.indexOf(gold);
  const number = /^\d+$/.test(gold) && Number(gold) < choices.length ? Number(gold) : byText;
  if (number >= 0) return String(number);
  throw new Error(l10n.t('"{0}" is neither the number of a choice, from 0, nor its text.', gold));
}

/** The texts that stand for an answer, without white space in front: label words, the choice, the text itself. */
export function answerTexts(answer: string, item: Item, variant: ResolvedVariant): readonly string[] {
  if (variant.labels) return variant.labels.get(answer) ?? [];
  if (variant.choices === null) return [answer];
  const choice = choicesOf(item, variant.choices)?.[Number(answer)];
  return choice === undefined ? [] : [choice];
}

/** Every answer that is possible; null for free answers. */
export function possibleAnswers(item: Item, variant: ResolvedVariant): readonly string[] | null {
  if (variant.labels) return [...variant.labels.keys()];
  if (variant.choices === null) return null;
  return (choicesOf(item, variant.choices) ?? []).map((_, number) => String(number));
}
