/** The parts of a comparison file, for the outline, and what its lenses stand over. Pure. */
import { isMap, isScalar } from "yaml";
import type { ComparisonReading } from "../../runtime/comparison/comparisonText";
import type { TextRange, YamlPath } from "../../runtime/yamlText";
import { mapOutline, mostItems, type OutlineNode, placed } from "../yamlFiles/outline";
import { elements, pairs } from "../yamlFiles/yamlTree";
import { armsOf, textAt } from "./comparisonTree";

/** The file's parts, in the order of the text. */
export function outlineOf(reading: ComparisonReading): readonly OutlineNode[] {
  return section(reading, []);
}

/** How many assertions there are, and where their key stands; null where there are none. */
export function assertionsOf(reading: ComparisonReading): { readonly count: number; readonly range: TextRange } | null {
  const count = elements(reading.document, ["assertions"]).length;
  return count > 0 ? { count, range: reading.keyRangeOf(["assertions"]) } : null;
}

function section(reading: ComparisonReading, path: YamlPath): OutlineNode[] {
  return mapOutline(reading, path, (own) => inside(reading, own));
}

function inside(reading: ComparisonReading, path: YamlPath): OutlineNode[] {
  if (path.length > 1) return path.at(-1) === "labels" ? section(reading, path) : [];
  switch (path[0]) {
    case "arms":
      return armsOf(reading).map(({ name, index }) => arm(reading, name, [...path, index]));
    case "assertions":
      return assertions(reading, path);
    default:
      return section(reading, path);
  }
}

function arm(reading: ComparisonReading, name: string, path: YamlPath): OutlineNode {
  const children = ["prompt", "finetune"].flatMap((key) => section(reading, [...path, key]));
  const method = textAt(reading, [...path, "finetune", "method"])[0]?.file;
  const file = textAt(reading, [...path, "prompt", "file"])[0]?.file;
  const k = children.find((child) => child.name === "k");
  const detail = method ?? file ?? (k?.detail ? `k ${k.detail}` : "");
  return { ...placed(reading, path, false), name, detail, kind: "variant", children };
}

function assertions(reading: ComparisonReading, path: YamlPath): OutlineNode[] {
  return elements(reading.document, path)
    .slice(0, mostItems)
    .map((node, index) => {
      const said = (isMap(node) ? pairs(node) : []).map(({ key, value }) => {
        const text = isScalar(value) ? String(value.value) : "…";
        return key.value === "arm" || key.value === "metric" ? text : `${String(key.value)} ${text}`;
      });
      return {
        ...placed(reading, [...path, index], false),
        name: said.join(" "),
        detail: "",
        kind: "item",
        children: [],
      };
    });
}
