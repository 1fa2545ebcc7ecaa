/** The parts of a YAML file, for the outline. Pure. */
import { isScalar } from "yaml";
import type { TextRange, YamlPath } from "../../runtime/yamlText";
import { type AnyReading, nodeOf, pairs } from "./yamlTree";

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
export const mostItems = 200;

/** The keys of a map, in the order of the text. `inside` gives what stands below each; by its name a property may be another kind of node. */
export function mapOutline(
  reading: AnyReading,
  path: YamlPath,
  inside: (own: YamlPath) => readonly OutlineNode[],
): OutlineNode[] {
  return pairs(nodeOf(reading, path)).map(({ key, value }) => {
    const name = String(key.value);
    const own = [...path, name];
    const detail = isScalar(value) ? firstLine(value.value) : "";
    const kind = path.at(-1) === "labels" ? "label" : isScalar(value) ? "property" : "section";
    return { ...placed(reading, own, true), name, detail, kind, children: inside(own) } as const;
  });
}

/** Where the value at a path stands, with its key when `keyed`. */
export function placed(reading: AnyReading, path: YamlPath, keyed: boolean): Pick<OutlineNode, "range" | "selection"> {
  const value = reading.rangeOf(path);
  const selection = keyed ? reading.keyRangeOf(path) : value;
  return {
    range: { start: Math.min(selection.start, value.start), end: Math.max(selection.end, value.end) },
    selection,
  };
}

/** The first line of a value, cut to what an outline can show. */
export function firstLine(value: unknown): string {
  const line =
    String(value ?? "")
      .trim()
      .split("\n", 1)[0] ?? "";
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
