/**
 * Reverse-mode differentiation of a graph: from a result back to the values it was made of, node by node, by the rules in `vjp.ts`. The
 * gradients are further nodes of the same graph.
 */
import type { GraphBuilder } from "./graph";
import type { Branch, Node, Op } from "./operators";
import { GraphError } from "./shapes";
import { formatShape, type Value } from "./types";
import { type Pullback, vjps } from "./vjp";

/** A value of the graph and the gradient that is put in for it, of the same shape. */
export interface OutputGradient {
  readonly value: Value;
  readonly gradient: Value;
}

/**
 * ∂loss/∂value for each of `by`, of the value's shape; adds the nodes to `g`. `loss` is float32 []. Throws `GraphError` when the loss does
 * not hang on one of them, or does so through an operator without a gradient.
 */
export function gradients(g: GraphBuilder, loss: Value, by: readonly Value[]): readonly Value[] {
  if (loss.dtype !== "float32" || loss.shape.length > 0)
    throw new GraphError(`a loss is float32 [], not ${loss.dtype} ${formatShape(loss.shape)}`);
  const found = vjp(g, [{ value: loss, gradient: g.scalar(1) }], by);
  return found.map((gradient, i) => {
    if (!gradient) throw new GraphError(`${loss.name} does not hang on ${by[i]?.name}`);
    return gradient;
  });
}

/**
 * Vector–Jacobian product: Σ over `outputs` of gradient · ∂value/∂by, for each of `by`; null where no output hangs on it. The gradients
 * that are put in count as constants, whatever they were made of. Throws `GraphError` when an output hangs on one of `by` through an
 * operator without a gradient.
 */
export function vjp(
  g: GraphBuilder,
  outputs: readonly OutputGradient[],
  by: readonly Value[],
): readonly (Value | null)[] {
  const nodes = [...g.nodes];
  const varying = dependents(
    nodes,
    by,
    outputs.map(({ gradient }) => gradient),
  );
  const sums = new Map<Value, Value>();
  const add = (value: Value, gradient: Value) => {
    checkShape(value, gradient);
    const sum = sums.get(value);
    sums.set(value, sum ? g.add(sum, gradient) : gradient);
  };
  for (const { value, gradient } of outputs) if (varying.has(value)) add(value, gradient);
  for (const node of nodes.reverse()) {
    const found = node.outputs.map((output) => sums.get(output) ?? null);
    if (found.every((gradient) => gradient === null) || !inputsOf(node).some((input) => varying.has(input))) continue;
    const pullbacks = pullbacksOf(g, node, found);
    for (const [i, input] of node.inputs.entries()) {
      const pullback = input && varying.has(input) ? pullbacks[i] : null;
      if (input && pullback) add(input, pullback());
    }
  }
  return by.map((value) => sums.get(value) ?? null);
}

/** Values that change continuously with one of `by`, which are among them, where `constants` do not change. */
function dependents(nodes: readonly Node[], by: readonly Value[], constants: readonly Value[]): ReadonlySet<Value> {
  const found = new Set(by);
  for (const node of nodes)
    if (inputsOf(node).some((input) => found.has(input)))
      for (const output of node.outputs) if (isFloat(output) && !constants.includes(output)) found.add(output);
  return found;
}

function isFloat({ dtype }: Value): boolean {
  return dtype === "float32" || dtype === "float16" || dtype === "bfloat16";
}

/** What a node reads, in its branches too. */
function inputsOf(node: Node): readonly Value[] {
  const own = node.inputs.filter((input) => input !== null);
  return node.op === "choose" ? [...own, ...branchesOf(node as Node<"choose">).flatMap(readBy)] : own;
}

function branchesOf({ attributes }: Node<"choose">): readonly Branch[] {
  return [attributes.then_branch, attributes.else_branch];
}

function readBy({ nodes, result }: Branch): readonly Value[] {
  return [result, ...nodes.flatMap(inputsOf)];
}

function pullbacksOf<K extends Op>(
  g: GraphBuilder,
  node: Node<K>,
  found: readonly (Value | null)[],
): readonly (Pullback | null)[] {
  const rule = vjps[node.op];
  if ("none" in rule) throw new GraphError(`${node.op} has no gradient: ${rule.none}`);
  return rule(g, node, found);
}

function checkShape(value: Value, gradient: Value): void {
  const fits =
    value.shape.length === gradient.shape.length &&
    value.shape.every((dim, i) => dim === gradient.shape[i] || typeof dim === "string");
  if (!fits)
    throw new GraphError(
      `${value.name} is ${formatShape(value.shape)}, its gradient ${gradient.name} ${formatShape(gradient.shape)}`,
    );
}
