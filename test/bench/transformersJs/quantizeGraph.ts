/**
 * Quantizes an ONNX graph as the tools do that published exports come from: at 8 bits onnxruntime's dynamic quantization (one scale per
 * matrix, inputs rounded as they come, tables rounded too), at 4 bits blocks of 32 for `MatMulNBits`.
 */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type NodeProto,
  NodeProtoSchema,
} from "onnx-buf";
import { type MatrixSource, panels, QuantizedMatrix } from "../../../src/runtime/checkpoint/quantizedMatrix";

/** A tensor of the file. */
export interface Weight {
  readonly name: string;
  readonly dataType: DataType;
  readonly dims: readonly number[];
  readonly read: () => Promise<Uint8Array<ArrayBuffer>>;
}

/** A graph's nodes, and the weights that they name. */
export interface WeightedGraph {
  readonly nodes: readonly NodeProto[];
  readonly weights: ReadonlyMap<string, Weight>;
}

/** How published exports are quantized, by transformers.js' names. */
export type Quantizer = "q8" | "q4";

/** A matrix of the graph and how its values lie. */
interface Matrix extends MatrixSource {
  readonly name: string;
  readonly values: Float32Array;
}

/** What stands in a node's place. */
interface Replacement {
  readonly nodes: readonly NodeProto[];
  readonly weights: readonly Weight[];
}

const block = 32;

/**
 * Products by weights, and with `q8` rows taken from tables, become quantized; all else stays.
 * @param accuracyLevel of `MatMulNBits`: 0 as published, 4 to round inputs to 8 bits.
 */
export async function quantizeGraph(graph: WeightedGraph, to: Quantizer, accuracyLevel: 0 | 4): Promise<WeightedGraph> {
  const nodes: NodeProto[] = [];
  const weights = new Map(graph.weights);
  const turned = new Map(graph.nodes.filter(isTransposed(graph)).map((n) => [n.output[0] ?? "", n.input[0] ?? ""]));
  for (const node of graph.nodes) {
    if (turned.has(node.output[0] ?? "")) continue;
    const replacement = await replace(node, graph, turned, to, accuracyLevel);
    nodes.push(...(replacement?.nodes ?? [node]));
    for (const weight of replacement?.weights ?? []) weights.set(weight.name, weight);
  }
  const used = new Set(nodes.flatMap(({ input }) => input));
  return { nodes, weights: new Map([...weights].filter(([name]) => used.has(name))) };
}

/** Whether a node only turns a weight: the token embedding, for the head. */
function isTransposed({ weights }: WeightedGraph): (node: NodeProto) => boolean {
  return ({ opType, input }) => opType === "Transpose" && weights.has(input[0] ?? "");
}

async function replace(
  node: NodeProto,
  { weights }: WeightedGraph,
  turned: ReadonlyMap<string, string>,
  to: Quantizer,
  accuracyLevel: 0 | 4,
): Promise<Replacement | null> {
  const [first = "", second = ""] = node.input;
  const table = weights.get(first);
  if (node.opType === "Gather" && table && to === "q8") return integerGather(node, table);
  const layout = turned.has(second) ? "outIn" : "inOut";
  const weight = weights.get(turned.get(second) ?? second);
  if (node.opType !== "MatMul" || !weight) return null;
  const [rows = 0, columns = 0] = weight.dims;
  const [N, K] = layout === "outIn" ? [rows, columns] : [columns, rows];
  const matrix: Matrix = { name: weight.name, N, K, layout, values: floats(await weight.read()) };
  return to === "q8" ? integerProduct(node, matrix) : blockProduct(node, matrix, accuracyLevel);
}

/** x · W with x rounded to uint8 by a scale and a zero point of its own, and W to int8. */
function integerProduct(node: NodeProto, matrix: Matrix): Replacement {
  const [x = ""] = node.input;
  const [y = ""] = node.output;
  const { name, N, K, values, layout } = matrix;
  const [quants, scale] = [`${name}_${layout}_quantized`, `${name}_${layout}_scale`];
  const { data, scale: step } = rounded(layout === "inOut" ? values : transposed(values, N, K));
  const of = (part: string) => `${y}_${part}`;
  return {
    nodes: [
      operation("DynamicQuantizeLinear", [x], [of("x"), of("x_scale"), of("x_zero")]),
      operation("MatMulInteger", [of("x"), quants, of("x_zero"), zeroPoint.name], [of("sum")]),
      operation("Cast", [of("sum")], [of("float")], { to: DataType.FLOAT }),
      operation("Mul", [of("x_scale"), scale], [of("scale")]),
      operation("Mul", [of("float"), of("scale")], [y]),
    ],
    weights: [weight(quants, DataType.INT8, [K, N], data), float(scale, step), zeroPoint],
  };
}

/** Rows of an int8 table, made float32. */
async function integerGather(node: NodeProto, table: Weight): Promise<Replacement> {
  const [, indices = ""] = node.input;
  const [y = ""] = node.output;
  const [quants, scale] = [`${table.name}_quantized`, `${table.name}_scale`];
  const { data, scale: step } = rounded(floats(await table.read()));
  return {
    nodes: [
      operation("Gather", [quants, indices], [`${y}_rows`]),
      operation("DequantizeLinear", [`${y}_rows`, scale, zeroPoint.name], [y]),
    ],
    weights: [weight(quants, DataType.INT8, table.dims, data), float(scale, step), zeroPoint],
  };
}

/** x · W with W in blocks of 4 bits. */
function blockProduct(node: NodeProto, matrix: Matrix, accuracyLevel: 0 | 4): Replacement {
  const { name, N, K, values } = matrix;
  const quantized = new QuantizedMatrix(matrix, { bits: 4, blockSize: block });
  for (const panel of panels(matrix, block)) {
    const finite = quantized.fill(values.subarray(panel.start, panel.start + panel.count), panel);
    if (!finite) throw new RangeError(`${name} holds a value that is not finite`);
  }
  const [quants, scales] = [`${name}_Q4`, `${name}_scales`];
  const attributes = { K, N, bits: 4, block_size: block, ...(accuracyLevel ? { accuracy_level: accuracyLevel } : {}) };
  const product = operation("MatMulNBits", [node.input[0] ?? "", quants, scales], node.output, attributes);
  product.domain = "com.microsoft";
  const blocks = K / block;
  return {
    nodes: [product],
    weights: [
      weight(quants, DataType.UINT8, [N, blocks, block / 2], new Uint8Array(quantized.qweight)),
      weight(scales, DataType.FLOAT, [N, blocks], new Uint8Array(quantized.scales.buffer)),
    ],
  };
}

function operation(
  opType: string,
  input: string[],
  output: string[],
  attributes: Readonly<Record<string, number>> = {},
): NodeProto {
  const attribute = Object.entries(attributes).map(([name, i]) => ({ name, type: AttributeType.INT, i: BigInt(i) }));
  const node: MessageInitShape<typeof NodeProtoSchema> = { name: `${opType}_${output[0]}`, opType, input, output };
  return create(NodeProtoSchema, { ...node, attribute });
}

function weight(name: string, dataType: DataType, dims: readonly number[], data: Uint8Array<ArrayBuffer>): Weight {
  return { name, dataType, dims, read: async () => data };
}

function float(name: string, value: number): Weight {
  return weight(name, DataType.FLOAT, [], new Uint8Array(Float32Array.of(value).buffer));
}

const zeroPoint = weight("int8_zero", DataType.INT8, [], new Uint8Array(1));

/** The nearest multiples of one scale, from −127 to 127, as int8. */
function rounded(values: Float32Array): { readonly data: Uint8Array<ArrayBuffer>; readonly scale: number } {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] ?? 0));
  const scale = Math.fround(largest / 127);
  const data = new Int8Array(values.length);
  for (let i = 0; i < values.length; i++) data[i] = Math.round((values[i] ?? 0) / scale);
  return { data: new Uint8Array(data.buffer), scale };
}

/** [N, K] to [K, N]. */
function transposed(values: Float32Array, N: number, K: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let n = 0; n < N; n++) for (let k = 0; k < K; k++) out[k * N + n] = values[n * K + k] ?? 0;
  return out;
}

function floats(bytes: Uint8Array<ArrayBuffer>): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}
