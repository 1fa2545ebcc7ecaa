/** The JSON Schema of prompt files, for the editor: what may stand where, in words. Pure. */
import * as z from "zod";
import { promptFile } from "../../runtime/prompt/promptFile";
import type { YamlPath } from "../../runtime/prompt/promptText";

/** A part of the schema. */
export type SchemaNode = z.core.JSONSchema.BaseSchema;

let schema: SchemaNode | undefined;

/** The whole schema, draft 7: the one that tools know best. */
export function promptFileJsonSchema(): SchemaNode {
  schema ??= z.toJSONSchema(promptFile, { target: "draft-7", io: "input" });
  return schema;
}

/** What the schema says of the value at a path: all alternatives. None where nothing may stand. */
export function schemasAt(path: YamlPath): readonly SchemaNode[] {
  let nodes: readonly SchemaNode[] = [promptFileJsonSchema()];
  for (const step of path) nodes = nodes.flatMap(alternatives).flatMap((node) => below(node, step));
  return nodes;
}

/** The keys that a map at a path may have, with what the schema says of them. */
export function keysAt(path: YamlPath): ReadonlyMap<string, SchemaNode> {
  const maps = schemasAt(path).flatMap(alternatives);
  return new Map(maps.flatMap(({ properties }) => Object.entries(properties ?? {})).flatMap(named));
}

/** The values that an enumeration at a path allows, each with its description. */
export function enumAt(path: YamlPath): ReadonlyMap<string, string> {
  const nodes = schemasAt(path);
  const said = nodes.find((node) => node.enum);
  if (said) {
    const texts: unknown[] = Array.isArray(said.enumDescriptions) ? said.enumDescriptions : [];
    return new Map(said.enum?.map((value, index) => [String(value), String(texts[index] ?? "")]));
  }
  if (nodes.some(({ type }) => type === "boolean"))
    return new Map([
      ["true", ""],
      ["false", ""],
    ]);
  return new Map();
}

/** What the schema says of the value at a path, in one or two sentences. */
export function descriptionAt(path: YamlPath): string | undefined {
  return schemasAt(path).find(({ description }) => description !== undefined)?.description;
}

function alternatives(node: SchemaNode): readonly SchemaNode[] {
  return node.anyOf ? node.anyOf.filter(isNode).flatMap(alternatives) : [node];
}

function below({ properties, additionalProperties, items }: SchemaNode, step: string | number): readonly SchemaNode[] {
  if (typeof step === "number") return isNode(items) ? [items] : [];
  const own = properties && Object.hasOwn(properties, step) ? properties[step] : additionalProperties;
  return isNode(own) ? [own] : [];
}

function named([key, node]: [string, unknown]): [string, SchemaNode][] {
  return isNode(node) ? [[key, node]] : [];
}

function isNode(value: unknown): value is SchemaNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
