/** What there is to say of a place in a prompt file. Pure. */
import * as l10n from "@vscode/l10n";
import type { PromptReading } from "../../runtime/prompt/promptText";
import { keyHover, valueHover, variableAt, type YamlHover } from "../yamlFiles/hovers";
import { type FoundNode, nodeAt } from "../yamlFiles/yamlTree";
import { promptSchema } from "./promptSchema";
import { inlineFields } from "./promptTree";

/** What there is to say at an offset; null for nothing. */
export function promptHoverAt(reading: PromptReading, offset: number): YamlHover | null {
  const node = nodeAt(reading, offset);
  if (!node) return null;
  if (node.kind === "key") return keyHover(node, promptSchema);
  return ofField(reading, node, offset) ?? valueHover(reading, node, promptSchema);
}

/** A variable in a template. */
function ofField(reading: PromptReading, node: FoundNode, offset: number): YamlHover | null {
  const found = variableAt(reading, node, offset);
  return found && { range: found.range, text: fieldText(reading, found.name) };
}

function fieldText(reading: PromptReading, name: string): string {
  if (name === "answer") return l10n.t("Where the answer stands. The query ends before it.");
  const example = inlineFields(reading).get(name);
  if (example === undefined) return l10n.t("A field of the inputs.");
  const code = example
    .replace(/[`\s]+/g, " ")
    .trim()
    .slice(0, 200);
  return code ? l10n.t("A field of the inputs, such as `{0}`.", code) : l10n.t("A field of the inputs.");
}
