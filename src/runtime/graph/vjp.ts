/**
 * How each operator's result answers to changes of its inputs: for reverse-mode differentiation, the product of the result's gradient
 * with the operator's Jacobian (vector–Jacobian product). The table is total: an operator without an entry does not compile.
 */
import type { GraphBuilder } from "./graph";
import type { Node, Op } from "./operators";
import type { Value } from "./types";
import { attentionVjp } from "./vjpAttention";
import * as elementwise from "./vjpElementwise";
import * as normalization from "./vjpNormalization";
import * as products from "./vjpProducts";
import * as shapes from "./vjpShapes";

/** Makes the gradient of one input, of the input's shape; is called only where that is wanted. */
export type Pullback = () => Value;

/**
 * Given the gradients of a node's outputs (null: nothing hangs on that output; one at least is there), a pullback for each of its inputs;
 * null where an input has no gradient, as indices have none.
 */
export type VjpRule<K extends Op> = (
  g: GraphBuilder,
  node: Node<K>,
  gradients: readonly (Value | null)[],
) => readonly (Pullback | null)[];

/** An operator that nothing is differentiated through, and why. */
export interface NoVjp {
  readonly none: string;
}

const notANumber: NoVjp = { none: "its result is a place, a length or a truth value" };
const steps: NoVjp = { none: "its result changes in steps" };

/** The table. */
export const vjps: { readonly [K in Op]: VjpRule<K> | NoVjp } = {
  add: elementwise.add,
  sub: elementwise.sub,
  mul: elementwise.mul,
  div: elementwise.div,
  min: elementwise.min,
  max: elementwise.max,
  neg: elementwise.neg,
  reciprocal: elementwise.reciprocal,
  sqrt: elementwise.sqrt,
  floor: steps,
  exp: elementwise.exp,
  log: elementwise.log,
  relu: elementwise.relu,
  sigmoid: elementwise.sigmoid,
  tanh: elementwise.tanh,
  erf: elementwise.erf,
  gelu: elementwise.gelu,
  matMul: products.matMul,
  fusedMatMul: products.fusedMatMul,
  gemm: products.gemm,
  layerNormalization: normalization.layerNormalization,
  softmax: normalization.softmax,
  logSoftmax: normalization.logSoftmax,
  reduceSum: normalization.reduceSum,
  reduceMean: normalization.reduceMean,
  reduceMax: { none: "which value is the largest changes in steps" },
  gather: shapes.gather,
  gatherElements: shapes.gatherElements,
  scatterElements: shapes.scatterElements,
  topK: { none: "which values are the largest changes in steps" },
  greater: notANumber,
  less: notANumber,
  equal: notANumber,
  not: notANumber,
  and: notANumber,
  where: elementwise.where,
  cast: elementwise.cast,
  reshape: shapes.reshape,
  transpose: shapes.transpose,
  unsqueeze: shapes.reshape,
  expand: shapes.expand,
  shape: notANumber,
  mod: steps,
  range: notANumber,
  pad: shapes.pad,
  concat: shapes.concat,
  slice: shapes.slice,
  split: shapes.split,
  attention: attentionVjp,
  matMulNBits: { none: "quantized models are not trained" },
  choose: { none: "only graphs for generation choose" },
  groupQueryAttention: { none: "it keeps no probabilities: train with attention over whole sequences" },
};
