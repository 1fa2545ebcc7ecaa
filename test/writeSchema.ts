/** Writes the JSON Schemas of prompt and comparison files, which editors without this extension use too. Tests say when one is stale. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promptFileJsonSchema } from "../src/extension/promptFiles/promptSchema";
import { comparisonFileJsonSchema } from "../src/runtime/comparison/comparisonSchema";

const write = (name: string, schema: unknown) =>
  writeFileSync(join(__dirname, "../media", name), `${JSON.stringify(schema, null, 2)}\n`);

write("promptFile.schema.json", promptFileJsonSchema());
write("compareFile.schema.json", comparisonFileJsonSchema());
