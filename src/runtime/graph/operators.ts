/**
 * Every operator of the graph language: its attributes, its ONNX name and its shape rule. The table is total: an operator
 * without a shape rule does not compile.
 */
import {
  attentionShapes,
  broadcastFloat,
  compare,
  concatShape,
  dimensionShape,
  expandShape,
  first,
  fusedMatMulShape,
  GraphError,
  gatherElementsShape,
  gatherShape,
  gemmShape,
  groupQueryAttentionShapes,
  layerNormalizationShapes,
  matMulNBitsShape,
  matMulShape,
  rangeShape,
  reduceShape,
  reshapeShape,
  resizeShape,
  scatterElementsShape,
  splitShapes,
  topKShapes,
  transposeShape,
  unsqueezeShape,
  whereShape,
} from "./shapes";
import { type Dim, type DType, formatShape, type TensorType, type Value } from "./types";

/** Nodes that are computed only when their branch is taken, and the value that comes of them. */
export interface Branch {
  readonly nodes: readonly Node[];
  readonly result: Value;
}

/** One application of an operator. An optional input or output that is not there is null. */
export interface Node<K extends Op = Op> {
  readonly op: K;
  readonly inputs: readonly (Value | null)[];
  readonly attributes: OperatorAttributes[K];
  readonly outputs: readonly Value[];
}

/** Over which axes, and whether they stay, with length 1. */
type Reduction = { readonly axes: readonly number[]; readonly keepdims: 0 | 1 };

/** Attributes of each operator, under their ONNX names. */
export interface OperatorAttributes {
  add: Record<never, never>;
  sub: Record<never, never>;
  mul: Record<never, never>;
  div: Record<never, never>;
  min: Record<never, never>;
  max: Record<never, never>;
  neg: Record<never, never>;
  reciprocal: Record<never, never>;
  sqrt: Record<never, never>;
  floor: Record<never, never>;
  exp: Record<never, never>;
  log: Record<never, never>;
  relu: Record<never, never>;
  sigmoid: Record<never, never>;
  tanh: Record<never, never>;
  erf: Record<never, never>;
  gelu: { readonly approximate: "none" | "tanh" };
  matMul: Record<never, never>;
  /** onnxruntime's `alpha` · a·b of the last two dimensions, either or both of the factors transposed. */
  fusedMatMul: { readonly alpha: number; readonly transA: 0 | 1; readonly transB: 0 | 1 };
  /** `alpha` · a·b, either or both of the factors transposed, and `beta` · c where there is one; two-dimensional. */
  gemm: { readonly alpha: number; readonly beta: number; readonly transA: 0 | 1; readonly transB: 0 | 1 };
  /** Also returns the mean and 1 / √(variance + ε), whose last axis has length 1. */
  layerNormalization: { readonly axis: number; readonly epsilon: number };
  softmax: { readonly axis: number };
  logSoftmax: { readonly axis: number };
  /** `axes` are ours: the file gets them as an input. */
  reduceSum: Reduction;
  reduceMean: Reduction;
  reduceMax: Reduction;
  gather: { readonly axis: number };
  gatherElements: { readonly axis: number };
  /** The first input, with the updates added at the places that the indices name along `axis`. */
  scatterElements: { readonly axis: number; readonly reduction: "add" };
  topK: { readonly axis: number; readonly largest: 0 | 1; readonly sorted: 0 | 1 };
  greater: Record<never, never>;
  less: Record<never, never>;
  equal: Record<never, never>;
  not: Record<never, never>;
  and: Record<never, never>;
  where: Record<never, never>;
  /** `to` is ours; the file gets ONNX's number for it. */
  cast: { readonly to: DType };
  /** `shape` is ours: the file gets it as a constant input. */
  reshape: { readonly shape: readonly Dim[] };
  transpose: { readonly perm: readonly number[] };
  unsqueeze: { readonly axes: readonly number[] };
  /** Broadcast to `shape`, which is ours: the file gets it as an input. */
  expand: { readonly shape: readonly Dim[] };
  /** Lengths of some axes when the graph runs. */
  shape: { readonly start: number; readonly end: number };
  mod: Record<never, never>;
  /** From the first input up to the second, by the third. `length` is ours. */
  range: { readonly length: Dim };
  /** Values put before and after one axis; how many is an input. `axis` and the resulting `length` are ours. */
  pad: { readonly axis: number; readonly length: Dim };
  concat: { readonly axis: number };
  /** Part of one axis; its bounds are inputs. `axis` and the resulting `length` are ours. */
  slice: { readonly axis: number; readonly length: Dim };
  split: { readonly axis: number; readonly sizes: readonly number[] };
  /** ONNX 23: inputs [batch, sequence, heads × size]; also returns the probabilities [batch, heads, query, key]. */
  attention: {
    readonly q_num_heads: number;
    readonly kv_num_heads: number;
    readonly scale: number;
    readonly is_causal: 0 | 1;
    readonly qk_matmul_output_mode: 0 | 3;
  };
  /**
   * onnxruntime's a·bᵀ for b [N, K] in whole numbers of few bits: along K, blocks of `block_size` share a scale, and 0 is stored as
   * 2^(bits − 1). `accuracy_level` 1 multiplies float32, 4 rounds `a` to 8 bits first.
   */
  matMulNBits: {
    readonly K: number;
    readonly N: number;
    readonly bits: 4 | 8;
    readonly block_size: 32 | 128;
    readonly accuracy_level: 1 | 4;
  };
  /** One of two branches, as a bool [] says; the other is not computed. They may read every value that stands before them. */
  choose: { readonly then_branch: Branch; readonly else_branch: Branch };
  /** onnxruntime's attention with a key/value cache; query, key and value packed in one input. */
  groupQueryAttention: { readonly num_heads: number; readonly kv_num_heads: number; readonly scale: number };
}

/** Name of an operator. */
export type Op = keyof OperatorAttributes;

/** Both branches give the same type; the lengths that differ in name are those of the first. */
function chooseShape(_: readonly unknown[], { then_branch, else_branch }: OperatorAttributes["choose"]) {
  const [{ dtype, shape }, other] = [then_branch.result, else_branch.result];
  if (dtype !== other.dtype || shape.length !== other.shape.length)
    throw new GraphError(`${dtype} ${formatShape(shape)} or ${other.dtype} ${formatShape(other.shape)}`);
  return [{ dtype, shape }];
}

/** What the graph language knows of an operator. */
export interface Operator<K extends Op> {
  readonly onnx: string;
  /** ONNX operator set; absent for the standard one. */
  readonly domain?: "com.microsoft";
  /** Positions in ONNX's list of outputs, where we leave optional ones out. Absent: in order, all of them. */
  readonly outputSlots?: readonly number[];
  /** Attributes that are not written to the ONNX node: there they are inputs, or defaults. */
  readonly unwritten?: readonly (keyof OperatorAttributes[K])[];
  /** Types of the outputs. Throws `GraphError` when the inputs do not fit. An absent optional input is null. */
  readonly infer: (inputs: readonly (TensorType | null)[], attributes: OperatorAttributes[K]) => readonly TensorType[];
}

/** The table. */
export const operators: { readonly [K in Op]: Operator<K> } = {
  add: { onnx: "Add", infer: broadcastFloat },
  sub: { onnx: "Sub", infer: broadcastFloat },
  mul: { onnx: "Mul", infer: broadcastFloat },
  div: { onnx: "Div", infer: broadcastFloat },
  min: { onnx: "Min", infer: broadcastFloat },
  max: { onnx: "Max", infer: broadcastFloat },
  neg: { onnx: "Neg", infer: first },
  reciprocal: { onnx: "Reciprocal", infer: first },
  sqrt: { onnx: "Sqrt", infer: first },
  floor: { onnx: "Floor", infer: first },
  exp: { onnx: "Exp", infer: first },
  log: { onnx: "Log", infer: first },
  relu: { onnx: "Relu", infer: first },
  sigmoid: { onnx: "Sigmoid", infer: first },
  tanh: { onnx: "Tanh", infer: first },
  erf: { onnx: "Erf", infer: first },
  gelu: { onnx: "Gelu", infer: first },
  matMul: { onnx: "MatMul", infer: matMulShape },
  fusedMatMul: { onnx: "FusedMatMul", domain: "com.microsoft", infer: fusedMatMulShape },
  gemm: { onnx: "Gemm", infer: gemmShape },
  layerNormalization: { onnx: "LayerNormalization", outputSlots: [0, 1, 2], infer: layerNormalizationShapes },
  softmax: { onnx: "Softmax", infer: first },
  logSoftmax: { onnx: "LogSoftmax", infer: first },
  reduceSum: { onnx: "ReduceSum", unwritten: ["axes"], infer: reduceShape },
  reduceMean: { onnx: "ReduceMean", unwritten: ["axes"], infer: reduceShape },
  reduceMax: { onnx: "ReduceMax", unwritten: ["axes"], infer: reduceShape },
  gather: { onnx: "Gather", infer: gatherShape },
  gatherElements: { onnx: "GatherElements", infer: gatherElementsShape },
  scatterElements: { onnx: "ScatterElements", infer: scatterElementsShape },
  topK: { onnx: "TopK", infer: topKShapes },
  greater: { onnx: "Greater", infer: compare },
  less: { onnx: "Less", infer: compare },
  equal: { onnx: "Equal", infer: compare },
  not: { onnx: "Not", infer: first },
  and: { onnx: "And", infer: compare },
  where: { onnx: "Where", infer: whereShape },
  cast: { onnx: "Cast", infer: ([x], { to }) => [{ dtype: to, shape: x?.shape ?? [] }] },
  reshape: { onnx: "Reshape", unwritten: ["shape"], infer: reshapeShape },
  transpose: { onnx: "Transpose", infer: transposeShape },
  unsqueeze: { onnx: "Unsqueeze", unwritten: ["axes"], infer: unsqueezeShape },
  expand: { onnx: "Expand", unwritten: ["shape"], infer: expandShape },
  shape: { onnx: "Shape", infer: dimensionShape },
  mod: { onnx: "Mod", infer: broadcastFloat },
  range: { onnx: "Range", unwritten: ["length"], infer: rangeShape },
  pad: { onnx: "Pad", unwritten: ["axis", "length"], infer: resizeShape },
  concat: { onnx: "Concat", infer: concatShape },
  slice: { onnx: "Slice", unwritten: ["axis", "length"], infer: resizeShape },
  split: { onnx: "Split", unwritten: ["sizes"], infer: splitShapes },
  attention: { onnx: "Attention", outputSlots: [0, 3], infer: attentionShapes },
  matMulNBits: { onnx: "MatMulNBits", domain: "com.microsoft", infer: matMulNBitsShape },
  choose: { onnx: "If", infer: chooseShape },
  groupQueryAttention: { onnx: "GroupQueryAttention", domain: "com.microsoft", infer: groupQueryAttentionShapes },
};
