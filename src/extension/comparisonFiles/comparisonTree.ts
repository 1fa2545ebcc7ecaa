/** What a comparison file holds, read from its YAML even when that has mistakes. Pure. */
import { isMap, isScalar } from "yaml";
import type { ComparisonReading } from "../../runtime/comparison/comparisonText";
import { taskFields } from "../../runtime/trainingDataProtocol";
import type { TextRange, YamlPath } from "../../runtime/yamlText";
import { elements, nodeOf, pairs } from "../yamlFiles/yamlTree";

/** An arm and where it stands. */
export interface FoundArm {
  readonly name: string;
  readonly index: number;
  readonly range: TextRange;
}

/** A path of another file, and where the comparison file says it. */
export interface FoundPath {
  readonly path: YamlPath;
  readonly file: string;
}

/** The arms that have a name. */
export function armsOf({ document, rangeOf }: ComparisonReading): readonly FoundArm[] {
  return elements(document, ["arms"]).flatMap((element, index) => {
    const name = isMap(element) ? element.get("name") : undefined;
    return typeof name === "string" && name ? [{ name, index, range: rangeOf(["arms", index]) }] : [];
  });
}

/** The data files. */
export function dataFilesOf(reading: ComparisonReading): readonly FoundPath[] {
  return ["file", "dev", "test"].flatMap((key) => textAt(reading, ["data", key]));
}

/** The prompt files of arms. */
export function promptFilesOf(reading: ComparisonReading): readonly FoundPath[] {
  return elements(reading.document, ["arms"]).flatMap((_, index) => textAt(reading, ["arms", index, "prompt", "file"]));
}

/** The models that the file and its arms name. */
export function modelsOf(reading: ComparisonReading): readonly FoundPath[] {
  const own = elements(reading.document, ["arms"]).flatMap((_, index) => textAt(reading, ["arms", index, "model"]));
  return [...textAt(reading, ["model"]), ...own];
}

/** The text at a path, with the path; none where no text stands. */
export function textAt({ document }: ComparisonReading, path: YamlPath): readonly FoundPath[] {
  const file = document.getIn(path);
  return typeof file === "string" && file.trim() !== "" ? [{ path, file }] : [];
}

/** The keys of the map at a path with the scalars they stand for; other values as an empty text. */
export function entriesOf(reading: ComparisonReading, path: YamlPath): ReadonlyMap<string, string> {
  return new Map(
    pairs(nodeOf(reading, path)).map(({ key, value }) => [
      String(key.value),
      isScalar(value) ? String(value.value) : "",
    ]),
  );
}

/** The task that the file says, if it is one that there is. */
export function taskOf({ document }: ComparisonReading): keyof typeof taskFields | "generation" | null {
  const said = document.getIn(["data", "task"]);
  if (said === "generation") return said;
  return typeof said === "string" && isTask(said) ? said : null;
}

/** Names of the labels that the file says. */
export function labelNamesOf(reading: ComparisonReading): readonly string[] {
  const said = [...entriesOf(reading, ["data", "labels"]).values()];
  const prompts = elements(reading.document, ["arms"]).flatMap((_, index) => [
    ...entriesOf(reading, ["arms", index, "prompt", "labels"]).keys(),
  ]);
  return [...new Set([...said, ...prompts])].filter((name) => name !== "");
}

/** Fields of an item, as templates name them; `columns` are those of the data file, if they are known. */
export function fieldsOf(reading: ComparisonReading, columns: readonly string[]): readonly string[] {
  const task = taskOf(reading);
  if (task !== null && task !== "generation") return taskFields[task].filter((field) => field !== "label");
  const named = entriesOf(reading, ["data", "columns"]).keys();
  return [...new Set([...named, ...columns])].filter((field) => field !== "answer");
}

/** Whether a name is that of a labelled task. */
function isTask(name: string): name is keyof typeof taskFields {
  return Object.hasOwn(taskFields, name);
}
