/** What a prompt file holds, read from its YAML even when that has mistakes. Pure. */
import { type Document, isMap, isPair, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from "yaml";
import type { PromptReading, TextRange, YamlPath } from "../../runtime/prompt/promptText";

/** A variant and where it stands. */
export interface FoundVariant {
  readonly name: string;
  readonly index: number;
  readonly range: TextRange;
}

/** The variants that have a name. */
export function variantsOf({ document, rangeOf }: PromptReading): readonly FoundVariant[] {
  return elements(document, ["variants"]).flatMap((element, index) => {
    const name = isMap(element) ? element.get("name") : undefined;
    return typeof name === "string" && name ? [{ name, index, range: rangeOf(["variants", index]) }] : [];
  });
}

/** Paths of the lists of items that are written in the file. */
export function itemLists({ document }: PromptReading): readonly YamlPath[] {
  const own = elements(document, ["variants"]).map((_, index) => ["variants", index, "demonstrations", "from"]);
  return [["input"], ["demonstrations", "from"], ...own].filter((path) => elements(document, path).length > 0);
}

/** Paths of the data files that the file names, with the name. */
export function dataFiles({ document }: PromptReading): readonly { readonly path: YamlPath; readonly file: string }[] {
  const own = elements(document, ["variants"]).map((_, index) => ["variants", index, "demonstrations", "from"]);
  return [["input"], ["demonstrations", "from"], ...own].flatMap((path) => {
    const file = document.getIn([...path, "file"]);
    return typeof file === "string" ? [{ path, file }] : [];
  });
}

/** Names of the fields that the items have, in the order in which they first come, with the first value of each. */
export function inlineFields(reading: PromptReading): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const path of itemLists(reading)) {
    for (const element of elements(reading.document, path)) {
      for (const { key, value } of pairs(element)) {
        const name = String(key.value);
        if (!fields.has(name)) fields.set(name, isScalar(value) ? String(value.value) : "");
      }
    }
  }
  return fields;
}

/** Names of the columns of data files that the file gives fields, by field. */
export function columnNames({ document }: PromptReading, path: YamlPath): ReadonlyMap<string, string> {
  const columns = document.getIn([...path, "columns"], true);
  return new Map(
    pairs(columns).map(({ key, value }) => [String(key.value), isScalar(value) ? String(value.value) : ""]),
  );
}

/** The labels of the file and of its variants. */
export function labelNames({ document }: PromptReading): readonly string[] {
  const own = elements(document, ["variants"]).map((_, index) => ["variants", index, "labels"]);
  const all = [["labels"], ...own].flatMap((path) => pairs(document.getIn(path, true)));
  return [...new Set(all.map(({ key }) => String(key.value)))];
}

/** The field with the right answer. */
export function answerField({ document }: PromptReading): string {
  const said = document.get("answer");
  if (typeof said === "string") return said;
  const own = elements(document, ["variants"]).some((_, index) => document.hasIn(["variants", index, "labels"]));
  return own || document.has("labels") || document.has("choices") ? "label" : "answer";
}

/** A key or a value of the file. */
export interface FoundNode {
  readonly path: YamlPath;
  readonly kind: "key" | "value";
  readonly range: TextRange;
}

/** The key or the scalar at an offset. */
export function nodeAt({ document }: PromptReading, offset: number): FoundNode | null {
  return within(document.contents, [], offset);
}

function within(node: unknown, path: YamlPath, offset: number): FoundNode | null {
  if (isScalar(node)) return holds(node, offset) ? { path, kind: "value", range: rangeOf(node) } : null;
  if (isSeq(node)) return first(node.items, (item, index) => within(item, [...path, index], offset));
  if (!isMap(node)) return null;
  return first(pairs(node), ({ key, value }) => {
    const own = [...path, String(key.value)];
    return holds(key, offset) ? { path: own, kind: "key", range: rangeOf(key) } : within(value, own, offset);
  });
}

function first<T, R>(values: readonly T[], look: (value: T, index: number) => R | null): R | null {
  for (const [index, value] of values.entries()) {
    const found = look(value, index);
    if (found) return found;
  }
  return null;
}

function holds({ range }: Scalar, offset: number): boolean {
  return range ? offset >= range[0] && offset <= range[1] : false;
}

function rangeOf({ range }: Scalar): TextRange {
  return { start: range?.[0] ?? 0, end: range?.[1] ?? 0 };
}

/** The elements of the list at a path; none when there is no list. */
export function elements(document: Document, path: YamlPath): readonly unknown[] {
  const node = document.getIn(path, true);
  return isSeq(node) ? node.items : [];
}

/** The pairs of a map whose keys are scalars; none when it is no map. */
export function pairs(node: unknown): readonly Pair<Scalar>[] {
  if (!isMap(node)) return [];
  return (node as YAMLMap).items.filter((pair): pair is Pair<Scalar> => isPair(pair) && isScalar(pair.key));
}
