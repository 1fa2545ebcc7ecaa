/** An item's texts as one. */
import type { ComparisonItem } from "./comparisonInput";

/** An item's texts, one after the other: what words, features and overlaps are of. */
export function itemText({ fields }: Pick<ComparisonItem, "fields">): string {
  return Object.values(fields).flat().join("\n");
}

/** An item's texts with each of its choices; none where it has no choices. */
export function choiceTexts({ fields: { choices, ...others } }: Pick<ComparisonItem, "fields">): string[] {
  const context = Object.values(others).flat().join("\n");
  return (Array.isArray(choices) ? choices : []).map((choice) => `${context}\n${choice}`);
}
