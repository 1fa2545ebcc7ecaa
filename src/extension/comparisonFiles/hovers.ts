/** What there is to say of a place in a comparison file. Pure. */
import * as l10n from "@vscode/l10n";
import type { ComparisonReading } from "../../runtime/comparison/comparisonText";
import { keyHover, valueHover, variableAt, type YamlHover } from "../yamlFiles/hovers";
import { nodeAt } from "../yamlFiles/yamlTree";
import { comparisonSchema } from "./comparisonSchema";

/** What there is to say at an offset; null for nothing. */
export function comparisonHoverAt(reading: ComparisonReading, offset: number): YamlHover | null {
  const node = nodeAt(reading, offset);
  if (!node) return null;
  if (node.kind === "key") return keyHover(node, comparisonSchema);
  const variable = variableAt(reading, node, offset);
  if (!variable) return valueHover(reading, node, comparisonSchema);
  const text =
    variable.name === "answer"
      ? l10n.t("Where the answer stands. The query ends before it.")
      : l10n.t("A field of the items.");
  return { range: variable.range, text };
}
