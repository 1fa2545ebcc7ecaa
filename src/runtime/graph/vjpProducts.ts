/** Gradients of matrix products. For y = a·b: da = dy·bᵀ and db = aᵀ·dy; nothing is transposed by itself, the products do that. */
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
  return ofProduct(g, product, { alpha: 1, transA: 0, transB: 0 });
};

export const fusedMatMul: VjpRule<"fusedMatMul"> = (g, node, gradients) => {
  const product = { a: inputAt(node, 0), b: inputAt(node, 1), dy: only(gradients) };
  return ofProduct(g, product, node.attributes);
};

function ofProduct(
  g: GraphBuilder,
  { a, b, dy }: Product,
  { alpha, transA, transB }: Transposed & { readonly alpha: number },
): readonly Pullback[] {
  if (b.shape.length === 2 && !transA) {
    // Rows of all stacks meet one matrix, whose gradient is one product.
    const flat = { a: rows(g, a), b, dy: rows(g, dy) };
    const [ofA, ofB] = pullbacks(flat, { transA, transB }, (x, y, t) => g.gemm(x, y, { alpha, ...t }));
    return [() => g.reshape(ofA(), a.shape), ofB];
  }
  const [ofA, ofB] = pullbacks({ a, b, dy }, { transA, transB }, (x, y, t) => g.fusedMatMul(x, y, { alpha, ...t }));
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
