/** An item's texts as one. */
import type { ComparisonItem } from "./comparisonInput";

/** An item's texts, one after the other: what words, features and overlaps are of. */
export function itemText({ fields }: Pick<ComparisonItem, "fields">): string {
  return Object.values(fields).flat().join("\n");
}
