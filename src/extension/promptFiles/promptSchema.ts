/** The JSON Schema of prompt files, for the editor: what may stand where, in words. Pure. */
import * as z from "zod";
import { promptFile } from "../../runtime/prompt/promptFile";
import { type SchemaNode, SchemaTree } from "../yamlFiles/schemaTree";

let schema: SchemaNode | undefined;

/** The whole schema, draft 7: the one that tools know best. */
export function promptFileJsonSchema(): SchemaNode {
  schema ??= z.toJSONSchema(promptFile, { target: "draft-7", io: "input" });
  return schema;
}

/** What may stand where in a prompt file. */
export const promptSchema = new SchemaTree(promptFileJsonSchema);
