/** Shape rules of the operators. Each takes the inputs' types and returns the outputs', or throws `GraphError`. */
import { type Dim, type DType, formatShape, type TensorType } from "./types";

/** A graph that cannot be: a mistake of ours, never of a user's file. */
export class GraphError extends Error {
  override readonly name = "GraphError";
}

type Inputs = readonly (TensorType | null)[];
type Types = readonly TensorType[];

/** The input at `index`, which the operator requires. */
function required(inputs: Inputs, index: number): TensorType {
  const input = inputs[index];
  if (!input) throw new GraphError(`input ${index} is missing`);
  return input;
}

/** `axis` counted from the front. */
export function normalizeAxis(axis: number, rank: number): number {
  const normalized = axis < 0 ? axis + rank : axis;
  if (normalized < 0 || normalized >= rank) throw new GraphError(`axis ${axis} is outside a rank-${rank} tensor`);
  return normalized;
}

function dimAt(type: TensorType, axis: number): Dim {
  const dim = type.shape[normalizeAxis(axis, type.shape.length)];
  if (dim === undefined) throw new GraphError(`no dimension ${axis} in ${formatShape(type.shape)}`);
  return dim;
}

function withDim(type: TensorType, axis: number, dim: Dim): TensorType {
  return { dtype: type.dtype, shape: type.shape.with(normalizeAxis(axis, type.shape.length), dim) };
}

/** NumPy broadcasting of two dimensions. */
function broadcastDim(a: Dim, b: Dim, of: string): Dim {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  throw new GraphError(`cannot broadcast ${of}`);
}

/** NumPy broadcasting of two shapes. */
export function broadcastShapes(a: readonly Dim[], b: readonly Dim[]): Dim[] {
  const rank = Math.max(a.length, b.length);
  const of = `${formatShape(a)} with ${formatShape(b)}`;
  return Array.from({ length: rank }, (_, i) =>
    broadcastDim(a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1, of),
  );
}

function sameType(a: TensorType, b: TensorType): DType {
  if (a.dtype !== b.dtype) throw new GraphError(`types differ: ${a.dtype} and ${b.dtype}`);
  return a.dtype;
}

/** Element-wise with broadcasting. */
export function broadcastFloat(inputs: Inputs): Types {
  const [a, b] = [required(inputs, 0), required(inputs, 1)];
  return [{ dtype: sameType(a, b), shape: broadcastShapes(a.shape, b.shape) }];
}

/** Element-wise comparison. */
export function compare(inputs: Inputs): Types {
  return broadcastFloat(inputs).map(({ shape }) => ({ dtype: "bool", shape }));
}

/** Same as the first input. */
export function first(inputs: Inputs): Types {
  const { dtype, shape } = required(inputs, 0);
  return [{ dtype, shape }];
}

/** [..., m, k] · [k, n] or [..., k, n]. */
export function matMulShape(inputs: Inputs): Types {
  const [a, b] = [required(inputs, 0), required(inputs, 1)];
  if (dimAt(a, -1) !== dimAt(b, -2))
    throw new GraphError(`cannot multiply ${formatShape(a.shape)} by ${formatShape(b.shape)}`);
  const leading = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return [{ dtype: sameType(a, b), shape: [...leading, dimAt(a, -2), dimAt(b, -1)] }];
}

/** Which factors of a product are transposed first. */
interface Transposed {
  readonly transA: 0 | 1;
  readonly transB: 0 | 1;
}

/** [..., m, k] · [..., k, n], either factor transposed in its last two dimensions. */
export function fusedMatMulShape(inputs: Inputs, { transA, transB }: Transposed): Types {
  const [a, b] = [required(inputs, 0), required(inputs, 1)];
  return matMulShape([transA ? turned(a) : a, transB ? turned(b) : b]);
}

function turned({ dtype, shape }: TensorType): TensorType {
  const type = { dtype, shape };
  return { dtype, shape: [...shape.slice(0, -2), dimAt(type, -1), dimAt(type, -2)] };
}

/** [..., K] · [N, K]ᵀ, the latter as [N, blocks, bytes of a block] with scales [N, blocks]. */
export function matMulNBitsShape(
  inputs: Inputs,
  attributes: { readonly K: number; readonly N: number; readonly bits: number; readonly block_size: number },
): Types {
  const { K, N, bits, block_size: size } = attributes;
  const [a, quants, scales] = [required(inputs, 0), required(inputs, 1), required(inputs, 2)];
  if (dimAt(a, -1) !== K) throw new GraphError(`${formatShape(a.shape)} has no rows of ${K}`);
  // A matrix of as many values as a block has is taken by WebGPU for one that has a single scale, whatever its shape: wrong numbers.
  if (N * K === size && N > 1) throw new GraphError(`a quantized matrix of ${N} × ${K} is as large as its block`);
  const blocks = Math.ceil(K / size);
  checkOperand(quants, "uint8", [N, blocks, (size * bits) / 8]);
  checkOperand(scales, "float32", [N, blocks]);
  return [withDim(a, -1, N)];
}

function checkOperand(found: TensorType, dtype: DType, shape: readonly number[]): void {
  const expected = `${dtype} ${formatShape(shape)}`;
  const is = `${found.dtype} ${formatShape(found.shape)}`;
  if (is !== expected) throw new GraphError(`${is} is not ${expected}`);
}

/** [m, k] · [k, n], either factor transposed; a third input is added, broadcast. */
export function gemmShape(inputs: Inputs, transposed: Transposed): Types {
  const [a, b, c] = [required(inputs, 0), required(inputs, 1), inputs[2]];
  if (a.shape.length !== 2 || b.shape.length !== 2)
    throw new GraphError(`cannot multiply ${formatShape(a.shape)} by ${formatShape(b.shape)}`);
  const [product] = fusedMatMulShape([a, b], transposed);
  return c && product ? broadcastTo(c, product) : product ? [product] : [];
}

function broadcastTo(x: TensorType, to: TensorType): Types {
  const shape = broadcastShapes(x.shape, to.shape);
  if (shape.length !== to.shape.length || shape.some((dim, i) => dim !== to.shape[i]))
    throw new GraphError(`cannot broadcast ${formatShape(x.shape)} to ${formatShape(to.shape)}`);
  return [{ dtype: sameType(x, to), shape }];
}

/** The shape asked for, to which the input must broadcast. */
export function expandShape(inputs: Inputs, { shape }: { readonly shape: readonly Dim[] }): Types {
  const x = required(inputs, 0);
  return broadcastTo(x, { dtype: x.dtype, shape });
}

/** What is normalized, and for each row its mean and the inverse of its deviation, [..., 1]. */
export function layerNormalizationShapes(inputs: Inputs): Types {
  const { dtype, shape } = required(inputs, 0);
  const row = withDim({ dtype, shape }, -1, 1);
  return [{ dtype, shape }, row, row];
}

/** The axes go, or stay with length 1. */
export function reduceShape(
  inputs: Inputs,
  { axes, keepdims }: { readonly axes: readonly number[]; readonly keepdims: 0 | 1 },
): Types {
  const { dtype, shape } = required(inputs, 0);
  const reduced = new Set(axes.map((axis) => normalizeAxis(axis, shape.length)));
  const kept = shape.map((dim, axis) => (reduced.has(axis) ? 1 : dim));
  return [{ dtype, shape: keepdims ? kept : kept.filter((_, axis) => !reduced.has(axis)) }];
}

/** Same as the first input; indices and updates have one shape. */
export function scatterElementsShape(inputs: Inputs): Types {
  const [x, indices, updates] = [required(inputs, 0), required(inputs, 1), required(inputs, 2)];
  if (indices.shape.length !== x.shape.length || indices.shape.some((dim, i) => dim !== updates.shape[i]))
    throw new GraphError(
      `cannot scatter ${formatShape(updates.shape)} at ${formatShape(indices.shape)} into ${formatShape(x.shape)}`,
    );
  return [{ dtype: sameType(x, updates), shape: x.shape }];
}

/** Indices replace the axis. */
export function gatherShape(inputs: Inputs, { axis }: { readonly axis: number }): Types {
  const [x, indices] = [required(inputs, 0), required(inputs, 1)];
  const at = normalizeAxis(axis, x.shape.length);
  return [{ dtype: x.dtype, shape: [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)] }];
}

/** Shape of the indices. */
export function gatherElementsShape(inputs: Inputs): Types {
  return [{ dtype: required(inputs, 0).dtype, shape: required(inputs, 1).shape }];
}

/** Values and indices; how many is known only when the graph runs. */
export function topKShapes(inputs: Inputs, { axis }: { readonly axis: number }): Types {
  const values = withDim(required(inputs, 0), axis, "k");
  return [values, { dtype: "int64", shape: values.shape }];
}

/** condition ? a : b, broadcast. */
export function whereShape(inputs: Inputs): Types {
  const [condition, a, b] = [required(inputs, 0), required(inputs, 1), required(inputs, 2)];
  return [{ dtype: sameType(a, b), shape: broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape)) }];
}

/** The shape asked for; lengths and names must multiply to the same count. A name such as `blocks*16` is a product. */
export function reshapeShape(inputs: Inputs, { shape }: { readonly shape: readonly Dim[] }): Types {
  const x = required(inputs, 0);
  if (elementCount(x.shape) !== elementCount(shape))
    throw new GraphError(`cannot reshape ${formatShape(x.shape)} to ${formatShape(shape)}`);
  return [{ dtype: x.dtype, shape }];
}

/** The product of the lengths, in words: `batch*sequence*64`. */
function elementCount(shape: readonly Dim[]): string {
  const factors = shape.flatMap((dim) => String(dim).split("*"));
  const numbers = factors.filter((factor) => /^\d+$/.test(factor));
  const names = factors.filter((factor) => !/^\d+$/.test(factor)).sort();
  return [...names, numbers.reduce((product, n) => product * Number(n), 1)].join("*");
}

/** Dimensions in another order. */
export function transposeShape(inputs: Inputs, { perm }: { readonly perm: readonly number[] }): Types {
  const x = required(inputs, 0);
  if ([...perm].sort((a, b) => a - b).some((axis, i) => axis !== i) || perm.length !== x.shape.length)
    throw new GraphError(`[${perm.join(", ")}] does not permute ${formatShape(x.shape)}`);
  return [{ dtype: x.dtype, shape: perm.map((axis) => dimAt(x, axis)) }];
}

/** Dimensions of length 1 put in. */
export function unsqueezeShape(inputs: Inputs, { axes }: { readonly axes: readonly number[] }): Types {
  const x = required(inputs, 0);
  const shape = [...x.shape];
  for (const axis of [...axes].sort((a, b) => a - b)) shape.splice(axis, 0, 1);
  return [{ dtype: x.dtype, shape }];
}

/** One axis gets the length that is stated: how much is put on or cut off may be known only when the graph runs. */
export function resizeShape(inputs: Inputs, { axis, length }: { readonly axis: number; readonly length: Dim }): Types {
  return [withDim(required(inputs, 0), axis, length)];
}

/** Some lengths. */
export function dimensionShape(_: Inputs, { start, end }: { readonly start: number; readonly end: number }): Types {
  return [{ dtype: "int64", shape: [end - start] }];
}

/** 0, 1, 2, … */
export function rangeShape(inputs: Inputs, { length }: { readonly length: Dim }): Types {
  return [{ dtype: required(inputs, 0).dtype, shape: [length] }];
}

/** Lengths along the axis add up; a sum with a named length is a new name. */
export function concatShape(inputs: Inputs, { axis }: { readonly axis: number }): Types {
  const x = required(inputs, 0);
  const dims = inputs.map((_, i) => dimAt(required(inputs, i), axis));
  const sum = dims.every((d) => typeof d === "number") ? dims.reduce((a, b) => a + b, 0) : dims.join("+");
  return [withDim(x, axis, sum)];
}

/** Parts along an axis. */
export function splitShapes(
  inputs: Inputs,
  { axis, sizes }: { readonly axis: number; readonly sizes: readonly number[] },
): Types {
  const x = required(inputs, 0);
  const total = sizes.reduce((a, b) => a + b, 0);
  if (dimAt(x, axis) !== total) throw new GraphError(`cannot split ${formatShape(x.shape)} into ${sizes.join(" + ")}`);
  return sizes.map((size) => withDim(x, axis, size));
}

/** Output [batch, query, heads × size], no present key and value, probabilities [batch, heads, query, key]. */
export function attentionShapes(inputs: Inputs, { q_num_heads: heads }: { readonly q_num_heads: number }): Types {
  const [q, k] = [required(inputs, 0), required(inputs, 1)];
  const probabilities: TensorType = { dtype: q.dtype, shape: [dimAt(q, 0), heads, dimAt(q, 1), dimAt(k, 1)] };
  return [q, probabilities];
}

/** Output [batch, sequence, heads × size] and the present key and value, shaped as the past. */
export function groupQueryAttentionShapes(inputs: Inputs): Types {
  const [packed, pastKey, pastValue] = [required(inputs, 0), required(inputs, 3), required(inputs, 4)];
  const width = dimAt(packed, -1);
  if (typeof width !== "number" || width % 3 !== 0)
    throw new GraphError("query, key and value are not packed in thirds");
  return [withDim(packed, -1, width / 3), pastKey, pastValue];
}
