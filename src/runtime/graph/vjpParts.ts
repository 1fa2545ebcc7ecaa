/** What the rules of `vjp.ts` share. */
import type { GraphBuilder } from "./graph";
import type { Node } from "./operators";
import { GraphError } from "./shapes";
import { type Dim, formatShape, type Value } from "./types";

/** The input at `index`, which the operator requires. */
export function inputAt(node: Node, index: number): Value {
  const value = node.inputs[index];
  if (!value) throw new GraphError(`${node.op}: input ${index} is missing`);
  return value;
}

/** The output at `index`. */
export function outputAt(node: Node, index: number): Value {
  const value = node.outputs[index];
  if (!value) throw new GraphError(`${node.op}: output ${index} is missing`);
  return value;
}

/** The gradient of an operator's only output. */
export function only(gradients: readonly (Value | null)[]): Value {
  const [gradient] = gradients;
  if (!gradient) throw new GraphError("nothing hangs on this output");
  return gradient;
}

/** Computes once, when it is first asked. */
export function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Undoes broadcasting: what went to many places gets the sum of their gradients. */
export function sumTo(g: GraphBuilder, gradient: Value, { shape }: Value): Value {
  const added = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((dim, axis) => (axis < added || dim !== shape[axis - added] ? [axis] : []));
  if (axes.length === 0) return gradient;
  if (axes.length === added) return g.sum(gradient, axes, 0);
  return g.reshape(g.sum(gradient, axes, 1), shape);
}

/** Zeros of the shape of `x`. */
export function zerosLike(g: GraphBuilder, x: Value): Value {
  return g.expandLike(g.scalar(0), x);
}

/** The product of lengths: a number, or a name as `batch*sequence`. */
export function productOf(dims: readonly Dim[]): Dim {
  const names = dims.filter((dim) => typeof dim === "string");
  const number = dims.reduce<number>((product, dim) => (typeof dim === "number" ? product * dim : product), 1);
  if (names.length === 0) return number;
  return [...names, ...(number === 1 ? [] : [number])].join("*");
}

/** A length that must be known when the graph is built. */
export function known(dim: Dim | undefined, { shape }: Value): number {
  if (typeof dim !== "number") throw new GraphError(`a length of ${formatShape(shape)} is not known`);
  return dim;
}
