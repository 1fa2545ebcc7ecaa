/** What a YAML text holds, read even when it has mistakes. Pure. */
import { type Document, isMap, isPair, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from "yaml";
import type { TextRange, YamlPath, YamlReading } from "../../runtime/yamlText";

/** A text, read, whatever its form. */
export type AnyReading = YamlReading<unknown>;

/** A key or a value of the file. */
export interface FoundNode {
  readonly path: YamlPath;
  readonly kind: "key" | "value";
  readonly range: TextRange;
}

/** The key or the scalar at an offset. */
export function nodeAt({ document }: AnyReading, offset: number): FoundNode | null {
  return within(document.contents, [], offset);
}

/** What the parser has at a path. */
export function nodeOf({ document }: AnyReading, path: YamlPath): unknown {
  return path.length === 0 ? document.contents : document.getIn(path, true);
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
