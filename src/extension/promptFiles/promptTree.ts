/** What a prompt file holds, read from its YAML even when that has mistakes. Pure. */
import { isMap, isScalar } from "yaml";
import type { PromptReading, TextRange, YamlPath } from "../../runtime/prompt/promptText";
import { elements, pairs } from "../yamlFiles/yamlTree";

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
