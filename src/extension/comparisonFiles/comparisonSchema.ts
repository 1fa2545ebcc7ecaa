import { comparisonFileJsonSchema } from "../../runtime/comparison/comparisonSchema";
import { SchemaTree } from "../yamlFiles/schemaTree";

/** What may stand where in a comparison file. */
export const comparisonSchema = new SchemaTree(comparisonFileJsonSchema);
