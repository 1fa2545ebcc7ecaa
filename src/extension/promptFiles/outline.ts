/** The parts of a prompt file, for the outline, and the lenses over its variants. Pure. */
import * as l10n from "@vscode/l10n";
import { isMap, isScalar } from "yaml";
import type { PromptReading, YamlPath } from "../../runtime/prompt/promptText";
import { firstLine, mapOutline, mostItems, type OutlineNode, placed } from "../yamlFiles/outline";
import { elements, pairs } from "../yamlFiles/yamlTree";
import { variantsOf } from "./promptTree";

/** The file's parts, in the order of the text. */
export function outlineOf(reading: PromptReading): readonly OutlineNode[] {
  return section(reading, []);
}

function section(reading: PromptReading, path: YamlPath): OutlineNode[] {
  return mapOutline(reading, path, (own) => inside(reading, own));
}

function inside(reading: PromptReading, path: YamlPath): OutlineNode[] {
  switch (path.at(-1)) {
    case "variants":
      return variantsOf(reading).map(({ name, index }) => variant(reading, name, [...path, index]));
    case "demonstrations":
    case "labels":
      return section(reading, path);
    case "from":
    case "input":
      return elements(reading.document, path).length > 0 ? items(reading, path) : section(reading, path);
    default:
      return [];
  }
}

function variant(reading: PromptReading, name: string, path: YamlPath): OutlineNode {
  const children = section(reading, path).filter((child) => child.name !== "name");
  const template = children.find((child) => child.name === "template");
  return { ...placed(reading, path, false), name, detail: template?.detail ?? "", kind: "variant", children };
}

function items(reading: PromptReading, path: YamlPath): OutlineNode[] {
  const all = elements(reading.document, path);
  return all.slice(0, mostItems).map((item, index) => {
    const texts = isMap(item) ? pairs(item).map(({ value }) => (isScalar(value) ? firstLine(value.value) : "…")) : [];
    const name = l10n.t("{0}: {1}", index + 1, texts[0] ?? "");
    return {
      ...placed(reading, [...path, index], false),
      name,
      detail: texts.slice(1).join(" · "),
      kind: "item",
      children: [],
    };
  });
}
