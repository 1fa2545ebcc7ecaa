/** Gradients of operators that work on each number by itself, with broadcasting. x, a, b are inputs, y the result, dy its gradient. */
import type { GraphBuilder } from "./graph";
import type { Op } from "./operators";
import type { Value } from "./types";
import type { VjpRule } from "./vjp";
import { inputAt, only, outputAt, sumTo } from "./vjpParts";

interface Unary {
  readonly x: Value;
  readonly y: Value;
  readonly dy: Value;
}

/** A rule for y = f(x). */
function unary(gradient: (g: GraphBuilder, values: Unary) => Value): VjpRule<Op> {
  return (g, node, gradients) => [
    () => gradient(g, { x: inputAt(node, 0), y: outputAt(node, 0), dy: only(gradients) }),
  ];
}

interface Binary {
  readonly a: Value;
  readonly b: Value;
  readonly y: Value;
  readonly dy: Value;
}

type BinaryGradient = (g: GraphBuilder, values: Binary) => Value;

/** A rule for y = f(a, b); the gradients have the shape of y, or one that broadcasts to it where an input is that small. */
function binary(ofA: BinaryGradient, ofB: BinaryGradient): VjpRule<Op> {
  return (g, node, gradients) => {
    const [a, b] = [inputAt(node, 0), inputAt(node, 1)];
    const values = { a, b, y: outputAt(node, 0), dy: only(gradients) };
    return [() => sumTo(g, ofA(g, values), a), () => sumTo(g, ofB(g, values), b)];
  };
}

export const add = binary(
  (_, { dy }) => dy,
  (_, { dy }) => dy,
);

export const sub = binary(
  (_, { dy }) => dy,
  (g, { dy }) => g.neg(dy),
);

export const mul = binary(
  (g, { b, dy }) => g.mul(dy, b),
  (g, { a, dy }) => g.mul(dy, a),
);

export const div = binary(
  (g, { b, dy }) => g.div(dy, b),
  (g, { b, y, dy }) => g.neg(g.div(g.mul(dy, y), b)),
);

/** Of two equal numbers, the second is taken. */
export const min = binary(
  (g, { a, b, dy }) => g.where(g.less(a, b), dy, g.scalar(0)),
  (g, { a, b, dy }) => g.where(g.less(a, b), g.scalar(0), dy),
);

/** Of two equal numbers, the second is taken. */
export const max = binary(
  (g, { a, b, dy }) => g.where(g.greater(a, b), dy, g.scalar(0)),
  (g, { a, b, dy }) => g.where(g.greater(a, b), g.scalar(0), dy),
);

export const neg = unary((g, { dy }) => g.neg(dy));

export const reciprocal = unary((g, { y, dy }) => g.neg(g.mul(dy, g.mul(y, y))));

export const sqrt = unary((g, { y, dy }) => g.div(g.mul(dy, g.scalar(0.5)), y));

export const exp = unary((g, { y, dy }) => g.mul(dy, y));

export const log = unary((g, { x, dy }) => g.div(dy, x));

export const relu = unary((g, { y, dy }) => g.where(g.greater(y, g.scalar(0)), dy, g.scalar(0)));

export const sigmoid = unary((g, { y, dy }) => g.mul(dy, g.mul(y, g.sub(g.scalar(1), y))));

export const tanh = unary((g, { y, dy }) => g.mul(dy, g.sub(g.scalar(1), g.mul(y, y))));

export const erf = unary((g, { x, dy }) => {
  const bell = g.exp(g.neg(g.mul(x, x)));
  return g.mul(dy, g.mul(bell, g.scalar(2 / Math.sqrt(Math.PI))));
});

export const gelu: VjpRule<"gelu"> = (g, node, gradients) => {
  const [x, y, dy] = [inputAt(node, 0), outputAt(node, 0), only(gradients)];
  const slope = node.attributes.approximate === "none" ? exactGeluSlope : tanhGeluSlope;
  return [() => g.mul(dy, slope(g, x, y))];
};

/** Φ(x) + x·φ(x), with the normal distribution's Φ and φ. */
function exactGeluSlope(g: GraphBuilder, x: Value): Value {
  const cumulative = g.add(g.mul(g.erf(g.mul(x, g.scalar(Math.SQRT1_2))), g.scalar(0.5)), g.scalar(0.5));
  const bell = g.exp(g.mul(g.mul(x, x), g.scalar(-0.5)));
  return g.add(cumulative, g.mul(g.mul(x, g.scalar(1 / Math.sqrt(2 * Math.PI))), bell));
}

/** y = x·s with s = σ(2u), u = √(2/π)·(x + 0.044715·x³), for ½(1 + tanh u) = σ(2u): dy/dx = s + (y − y·s)·2u′. */
function tanhGeluSlope(g: GraphBuilder, x: Value, y: Value): Value {
  const [linear, cubic] = [2 * Math.sqrt(2 / Math.PI), 2 * Math.sqrt(2 / Math.PI) * 0.044715];
  const square = g.mul(x, x);
  const s = g.sigmoid(g.mul(x, g.add(g.mul(square, g.scalar(cubic)), g.scalar(linear))));
  const inner = g.add(g.mul(square, g.scalar(3 * cubic)), g.scalar(linear));
  return g.add(s, g.mul(g.sub(y, g.mul(y, s)), inner));
}

export const where: VjpRule<"where"> = (g, node, gradients) => {
  const [condition, a, b, dy] = [inputAt(node, 0), inputAt(node, 1), inputAt(node, 2), only(gradients)];
  const zero = g.scalar(0);
  return [null, () => sumTo(g, g.where(condition, dy, zero), a), () => sumTo(g, g.where(condition, zero, dy), b)];
};

/** Between kinds of floating-point numbers. */
export const cast: VjpRule<"cast"> = (g, node, gradients) => [() => g.cast(only(gradients), inputAt(node, 0).dtype)];
