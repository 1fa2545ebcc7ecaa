/** What may be written at a place of a comparison file. Pure. */
import type { ComparisonReading } from "../../runtime/comparison/comparisonText";
import type { YamlPath } from "../../runtime/yamlText";
import {
  enumCompletions,
  inText,
  keyCompletions,
  templateFields,
  valueCompletions,
  type YamlCompletion,
} from "../yamlFiles/completions";
import type { SchemaNode } from "../yamlFiles/schemaTree";
import { yamlCursorAt } from "../yamlFiles/yamlCursor";
import { elements } from "../yamlFiles/yamlTree";
import { comparisonSchema } from "./comparisonSchema";
import { armsOf, fieldsOf, labelNamesOf, taskOf, textAt } from "./comparisonTree";
import type { Surroundings } from "./surroundings";

/** What is offered that the file itself does not say. Paths are relative to the comparison file. */
export interface Offered {
  readonly dataFiles: readonly string[];
  readonly promptFiles: readonly string[];
  /** Columns of the data file. */
  readonly columns: readonly string[];
  /** Names of the variants of prompt files, by path. */
  readonly variants: Surroundings["variants"];
  readonly models: readonly string[];
}

/** What may be written at the cursor, best first. */
export function completionsAt(reading: ComparisonReading, offset: number, offered: Offered): readonly YamlCompletion[] {
  const cursor = yamlCursorAt(reading.text, offset);
  if (!cursor) return [];
  const placed = inText(cursor, reading.text, offset);
  const fields = fieldsOf(reading, offered.columns);
  const template = templateFields(placed, fields);
  if (template) return template;
  if (cursor.kind === "text") return [];
  if (cursor.kind === "key" && typeof cursor.path.at(-1) !== "number" && isValueList(cursor.path)) return [];
  // An element of a list is a value to the reader and a key to the cursor: a map could begin there.
  const inList = cursor.kind === "key" && typeof cursor.path.at(-1) === "number";
  const named = cursor.kind === "value" || inList ? namesAt(cursor.path, reading, offered) : null;
  if (named) return valueCompletions(cursor, named.kind, named.names);
  if (cursor.kind === "value" || (inList && comparisonSchema.keysAt(cursor.path).size === 0))
    return enumCompletions(cursor, comparisonSchema);
  return keyCompletions(placed, comparisonSchema, ownKeys(cursor.path, reading, offered), continuation);
}

/** Whether a path is that of a list of plain values: nothing is a key there. */
function isValueList(path: YamlPath): boolean {
  return path.at(-1) === "metrics";
}

/** Names that the file or what lies around it gives, by where they go. */
function namesAt(
  path: YamlPath,
  reading: ComparisonReading,
  { dataFiles, promptFiles, columns, variants, models }: Offered,
): { readonly kind: YamlCompletion["kind"]; readonly names: readonly string[] } | null {
  const steps = path.map((step) => (typeof step === "number" ? "#" : step)).join(".");
  const where = (pattern: RegExp) => pattern.test(steps);
  if (where(/^data\.(file|dev|test)$/)) return { kind: "file", names: dataFiles };
  if (where(/^arms\.#\.prompt\.file$/)) return { kind: "file", names: promptFiles };
  if (where(/^data\.columns\.[^.]+$/)) return { kind: "field", names: columns };
  if (where(/^(arms\.#\.)?model$/)) return { kind: "value", names: models };
  if (where(/^arms\.#\.prompt\.variant(\.#)?$/)) {
    const [file] = textAt(reading, [...path.slice(0, 3), "file"]);
    return { kind: "value", names: (file && variants.get(file.file)) ?? [] };
  }
  if (where(/^assertions\.#\.(arm|noWorseThan|betterThan)$/)) {
    const said = textAt(reading, [...path.slice(0, 2), path.at(-1) === "arm" ? "" : "arm"]).map(({ file }) => file);
    return { kind: "value", names: armsOf(reading).flatMap(({ name }) => (said.includes(name) ? [] : [name])) };
  }
  const measured = elements(reading.document, ["metrics"]).flatMap((_, i) => textAt(reading, ["metrics", i]));
  if (where(/^assertions\.#\.metric$/) && measured.length > 0)
    return { kind: "value", names: measured.map(({ file }) => file) };
  return null;
}

/** Keys that the data make: fields that columns are for, labels. */
function ownKeys(path: YamlPath, reading: ComparisonReading, { columns }: Offered): readonly string[] {
  const steps = path.map((step) => (typeof step === "number" ? "#" : step)).join(".");
  if (steps === "data.columns")
    return [...fieldsOf(reading, columns), taskOf(reading) === "generation" ? "answer" : "label"];
  return steps === "arms.#.prompt.labels" ? labelNamesOf(reading) : [];
}

/** How a value is usually written. */
function continuation(key: string, { type, anyOf }: SchemaNode): string {
  if (key === "arms") return ":\n  - name: $1\n    prompt:\n      template: |-\n        $0";
  if (key === "finetune") return ":\n  method: $0";
  if (key === "template") return ": |-\n  $0";
  if (key === "assertions") return ":\n  - arm: $1\n    atLeast: $0";
  if (type === "object") return ":\n  $0";
  // Where one value or several may stand, one is the rule.
  return type === "array" && !anyOf ? ": [$0]" : ": $0";
}
