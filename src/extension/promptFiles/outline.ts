/** The parts of a prompt file, for the outline, and the lenses over its variants. Pure. */
import * as l10n from "@vscode/l10n";
import { isMap, isScalar } from "yaml";
import type { PromptReading, TextRange, YamlPath } from "../../runtime/prompt/promptText";
import { elements, pairs, variantsOf } from "./promptTree";

/** A part of the file. */
export interface OutlineNode {
  readonly name: string;
  readonly detail: string;
  readonly kind: "section" | "variant" | "item" | "label" | "property";
  readonly range: TextRange;
  /** The part that is selected when the node is chosen; inside `range`. */
  readonly selection: TextRange;
  readonly children: readonly OutlineNode[];
}

/** Most elements of a list that are listed one by one. */
const mostItems = 200;

/** The file's parts, in the order of the text. */
export function outlineOf(reading: PromptReading): readonly OutlineNode[] {
  return section(reading, []);
}

function section(reading: PromptReading, path: YamlPath): OutlineNode[] {
  const node = path.length === 0 ? reading.document.contents : reading.document.getIn(path, true);
  return pairs(node).map(({ key, value }) => {
    const name = String(key.value);
    const own = [...path, name];
    const detail = isScalar(value) ? firstLine(value.value) : "";
    const kind = path.at(-1) === "labels" ? "label" : isScalar(value) ? "property" : "section";
    return { ...placed(reading, own, true), name, detail, kind, children: inside(reading, own) } as const;
  });
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

function placed(reading: PromptReading, path: YamlPath, keyed: boolean): Pick<OutlineNode, "range" | "selection"> {
  const value = reading.rangeOf(path);
  const selection = keyed ? reading.keyRangeOf(path) : value;
  return {
    range: { start: Math.min(selection.start, value.start), end: Math.max(selection.end, value.end) },
    selection,
  };
}

function firstLine(value: unknown): string {
  const line =
    String(value ?? "")
      .trim()
      .split("\n", 1)[0] ?? "";
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
