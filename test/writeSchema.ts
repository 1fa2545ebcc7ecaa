/** Writes the JSON Schema of prompt files, which editors without this extension use too. A test says when it is stale. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promptFileJsonSchema } from "../src/extension/promptFiles/promptSchema";

/** Where it lies. */
const schemaFile = join(__dirname, "../media/promptFile.schema.json");

writeFileSync(schemaFile, `${JSON.stringify(promptFileJsonSchema(), null, 2)}\n`);
