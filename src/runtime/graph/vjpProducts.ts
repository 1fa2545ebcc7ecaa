/**
 * Gradients of matrix products. For y = a·b: da = dy·bᵀ and db = aᵀ·dy. `gemm` and `fusedMatMul` transpose by themselves; WebGPU has no
 * `fusedMatMul`, so that the stacks of a `matMul` are transposed before, which onnxruntime fuses with the product where it can.
 */
import type { GraphBuilder } from "./graph";
import type { Value } from "./types";
import type { Pullback, VjpRule } from "./vjp";
import { inputAt, only, productOf, sumTo } from "./vjpParts";

interface Product {
  readonly a: Value;
  readonly b: Value;
  readonly dy: Value;
}

interface Transposed {
  readonly transA: 0 | 1;
  readonly transB: 0 | 1;
}

type Multiply = (a: Value, b: Value, transposed: Partial<Transposed>) => Value;

export const matMul: VjpRule<"matMul"> = (g, node, gradients) => {
  const product = { a: inputAt(node, 0), b: inputAt(node, 1), dy: only(gradients) };
  const multiply: Multiply = (x, y, { transA, transB }) =>
    g.matMul(transA ? turned(g, x) : x, transB ? turned(g, y) : y);
  return ofProduct(g, product, { alpha: 1, transA: 0, transB: 0 }, multiply);
};

export const fusedMatMul: VjpRule<"fusedMatMul"> = (g, node, gradients) => {
  const product = { a: inputAt(node, 0), b: inputAt(node, 1), dy: only(gradients) };
  const { alpha } = node.attributes;
  return ofProduct(g, product, node.attributes, (x, y, t) => g.fusedMatMul(x, y, { alpha, ...t }));
};

function ofProduct(
  g: GraphBuilder,
  { a, b, dy }: Product,
  { alpha, transA, transB }: Transposed & { readonly alpha: number },
  multiply: Multiply,
): readonly Pullback[] {
  if (b.shape.length === 2 && !transA) {
    // Rows of all stacks meet one matrix, whose gradient is one product.
    const flat = { a: rows(g, a), b, dy: rows(g, dy) };
    const [ofA, ofB] = pullbacks(flat, { transA, transB }, (x, y, t) => g.gemm(x, y, { alpha, ...t }));
    return [() => g.reshape(ofA(), a.shape), ofB];
  }
  const [ofA, ofB] = pullbacks({ a, b, dy }, { transA, transB }, multiply);
  return [() => sumTo(g, ofA(), a), () => sumTo(g, ofB(), b)];
}

export const gemm: VjpRule<"gemm"> = (g, node, gradients) => {
  const { alpha, beta, ...transposed } = node.attributes;
  const dy = only(gradients);
  const product = { a: inputAt(node, 0), b: inputAt(node, 1), dy };
  const ofFactors = pullbacks(product, transposed, (x, y, t) => g.gemm(x, y, { alpha, ...t }));
  const ofC = () => sumTo(g, beta === 1 ? dy : g.mul(dy, g.scalar(beta)), inputAt(node, 2));
  return [...ofFactors, ofC];
};

/** Of a and b, where y is the product of the two, or of their transposes. */
function pullbacks(
  { a, b, dy }: Product,
  { transA, transB }: Transposed,
  multiply: Multiply,
): readonly [Pullback, Pullback] {
  const ofA = () =>
    transA ? multiply(b, dy, { transA: transB, transB: 1 }) : multiply(dy, b, { transB: transB ? 0 : 1 });
  const ofB = () =>
    transB ? multiply(dy, a, { transA: 1, transB: transA }) : multiply(a, dy, { transA: transA ? 0 : 1 });
  return [ofA, ofB];
}

/** [..., m, n] as a matrix [·, n]. */
function rows(g: GraphBuilder, x: Value): Value {
  if (x.shape.length === 2) return x;
  return g.reshape(x, [productOf(x.shape.slice(0, -1)), x.shape.at(-1) ?? 1]);
}

/** The last two dimensions swapped. */
function turned(g: GraphBuilder, x: Value): Value {
  const rank = x.shape.length;
  return g.transpose(
    x,
    x.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis)),
  );
}
