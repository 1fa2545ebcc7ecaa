/** What a JSON Schema says may stand where, in words. Pure. */
import type * as z from "zod";
import type { YamlPath } from "../../runtime/yamlText";

/** A part of a schema. */
export type SchemaNode = z.core.JSONSchema.BaseSchema;

/** A schema, asked by paths. It is made with the first question. */
export class SchemaTree {
  constructor(private readonly root: () => SchemaNode) {}

  /** What the schema says of the value at a path: all alternatives. None where nothing may stand. */
  at(path: YamlPath): readonly SchemaNode[] {
    let nodes: readonly SchemaNode[] = [this.root()];
    for (const step of path) nodes = nodes.flatMap(alternatives).flatMap((node) => below(node, step));
    return nodes;
  }

  /** The keys that a map at a path may have, with what the schema says of them. */
  keysAt(path: YamlPath): ReadonlyMap<string, SchemaNode> {
    const maps = this.at(path).flatMap(alternatives);
    return new Map(maps.flatMap(({ properties }) => Object.entries(properties ?? {})).flatMap(named));
  }

  /** The values that an enumeration at a path allows, each with its description. */
  enumAt(path: YamlPath): ReadonlyMap<string, string> {
    const nodes = this.at(path).flatMap(alternatives);
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
  descriptionAt(path: YamlPath): string | undefined {
    return this.at(path).find(({ description }) => description !== undefined)?.description;
  }
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
