/** The JSON Schema of comparison files, for the editor and for others: what may stand where, in words. Pure. */
import * as z from "zod";
import { comparisonFile } from "./comparisonFile";

let schema: z.core.JSONSchema.BaseSchema | undefined;

/** The whole schema, draft 7: the one that tools know best. */
export function comparisonFileJsonSchema(): z.core.JSONSchema.BaseSchema {
  schema ??= z.toJSONSchema(comparisonFile, { target: "draft-7", io: "input" });
  return schema;
}
