/** Writes a `Graph` as an ONNX model, in memory. Parameters stay in the checkpoint: the model only says where. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from "onnx-buf";
import type { Graph } from "./graph";
import { type Branch, type Node, operators } from "./operators";
import { GraphError } from "./shapes";
import type { Dim, DType, Initializer, Value } from "./types";

/** ONNX operator set of our graphs: the first with `Attention`. */
const opset = 23n;
const irVersion = 11n;

/** ONNX's number for each element type. */
const dataTypes: { readonly [K in DType]: DataType } = {
  float32: DataType.FLOAT,
  float16: DataType.FLOAT16,
  bfloat16: DataType.BFLOAT16,
  uint8: DataType.UINT8,
  int64: DataType.INT64,
  int32: DataType.INT32,
  bool: DataType.BOOL,
};

/** The model's bytes, for `InferenceSession.create`. */
export function encodeModel(graph: Graph, name: string): Uint8Array {
  const names = new Map(graph.outputs.map(({ name, value }) => [value.name, name]));
  const used = new Set([...names.keys(), ...allNodes(graph.nodes).flatMap((n) => n.inputs.map((v) => v?.name))]);
  const model = create(ModelProtoSchema, {
    irVersion,
    producerName: "gpt-workbench",
    opsetImport: [
      { domain: "", version: opset },
      { domain: "com.microsoft", version: 1n },
    ],
    graph: {
      name,
      node: graph.nodes.map((node, i) => encodeNode(node, i, { names, used })),
      input: graph.inputs.map(valueInfo),
      output: graph.outputs.map(({ name, value }) => valueInfo({ ...value, name })),
      initializer: [...graph.initializers.map(encodeInitializer), ...allNodes(graph.nodes).flatMap(shapeConstants)],
    },
  });
  return toBinary(ModelProtoSchema, model);
}

/** How values are called in the file, and which of them anything reads. */
interface Naming {
  readonly names: ReadonlyMap<string, string>;
  readonly used: ReadonlySet<string | undefined>;
}

function encodeNode(node: Node, index: number, naming: Naming): MessageInitShape<typeof NodeProtoSchema> {
  const operator = operators[node.op];
  const unwritten = new Set<string>(operator.unwritten ?? []);
  const attributes = Object.entries(node.attributes).filter(([key]) => !unwritten.has(key));
  const input = node.inputs.map((v) => (v ? fileName(v, naming) : ""));
  if (node.op === "reshape") input.push(shapeName(node));
  return {
    name: `${node.op}_${index}`,
    opType: operator.onnx,
    domain: operator.domain ?? "",
    input: trimEnd(input),
    output: outputNames(node, naming),
    attribute: attributes.map(([key, value]) =>
      isBranch(value) ? encodeBranch(key, value, naming) : encodeAttribute(key, value),
    ),
  };
}

/** Every node, those inside branches too. */
function allNodes(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => [
    node,
    ...Object.values<unknown>(node.attributes).flatMap((value) => (isBranch(value) ? allNodes(value.nodes) : [])),
  ]);
}

function isBranch(value: unknown): value is Branch {
  return typeof value === "object" && value !== null && "nodes" in value && "result" in value;
}

/** A graph with no inputs of its own: it reads the values around it. */
function encodeBranch(
  name: string,
  { nodes, result }: Branch,
  naming: Naming,
): MessageInitShape<typeof AttributeProtoSchema> {
  const used = new Set([...naming.used, result.name]);
  const node = nodes.map((inner, i) => encodeNode(inner, i, { ...naming, used }));
  return { name, type: AttributeType.GRAPH, g: { name, node, output: [valueInfo(result)] } };
}

function fileName(value: Value, { names }: Naming): string {
  return names.get(value.name) ?? value.name;
}

/** Names by ONNX position; an optional output that nobody reads is left out. The first is never optional. */
function outputNames(node: Node, naming: Naming): string[] {
  const slots = operators[node.op].outputSlots;
  if (!slots) return node.outputs.map((v) => fileName(v, naming));
  const names: string[] = [];
  for (const [i, value] of node.outputs.entries())
    if (i === 0 || naming.used.has(value.name)) names[slots[i] ?? i] = fileName(value, naming);
  return Array.from(names, (name) => name ?? "");
}

function trimEnd(names: readonly string[]): string[] {
  return names.slice(0, names.findLastIndex((name) => name !== "") + 1);
}

/** Attributes that are floating-point numbers. */
const floats: ReadonlySet<string> = new Set(["scale", "epsilon", "alpha", "beta"]);

function encodeAttribute(name: string, value: unknown): MessageInitShape<typeof AttributeProtoSchema> {
  if (name === "to") return { name, type: AttributeType.INT, i: BigInt(dataTypes[value as DType]) };
  if (typeof value === "string") return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if (floats.has(name)) return { name, type: AttributeType.FLOAT, f: Number(value) };
  if (typeof value === "number") return { name, type: AttributeType.INT, i: BigInt(value) };
  if (Array.isArray(value)) return { name, type: AttributeType.INTS, ints: value.map((n) => BigInt(Number(n))) };
  throw new GraphError(`attribute ${name} cannot be written`);
}

function encodeInitializer(initializer: Initializer): MessageInitShape<typeof TensorProtoSchema> {
  const { name, dtype, shape } = initializer.value;
  const tensor = { name, dataType: dataTypes[dtype], dims: shape.map((d) => BigInt(d)) };
  if (initializer.kind === "inline") return { ...tensor, rawData: initializer.bytes };
  const { location, offset, byteLength } = initializer.data;
  return {
    ...tensor,
    dataLocation: DataLocation.EXTERNAL,
    externalData: [
      { key: "location", value: location },
      { key: "offset", value: String(offset) },
      { key: "length", value: String(byteLength) },
    ],
  };
}

function shapeName(node: Node): string {
  return `${node.outputs[0]?.name}.shape`;
}

/** `Reshape` takes its shape as a tensor. */
function shapeConstants(node: Node): MessageInitShape<typeof TensorProtoSchema>[] {
  if (node.op !== "reshape") return [];
  const dims = reshapeDims(node.inputs[0]?.shape ?? [], node.outputs[0]?.shape ?? []);
  const rawData = new Uint8Array(BigInt64Array.from(dims).buffer);
  return [{ name: shapeName(node), dataType: DataType.INT64, dims: [BigInt(dims.length)], rawData }];
}

/** ONNX's code for a shape: 0 keeps the input's length at that place, −1 (once) is what remains. */
function reshapeDims(from: readonly Dim[], to: readonly Dim[]): bigint[] {
  const dims = to.map((d, i) => (typeof d === "number" ? BigInt(d) : d === from[i] ? 0n : -1n));
  if (dims.filter((d) => d === -1n).length > 1) throw new GraphError(`reshape to [${to.join(", ")}] is ambiguous`);
  return dims;
}

function valueInfo({ name, dtype, shape }: Value): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape.map((d) => ({
    value:
      typeof d === "number" ? { case: "dimValue" as const, value: BigInt(d) } : { case: "dimParam" as const, value: d },
  }));
  return { name, type: { value: { case: "tensorType", value: { elemType: dataTypes[dtype], shape: { dim } } } } };
}
