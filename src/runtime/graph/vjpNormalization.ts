/** Gradients of operators that look at a whole row: norms, softmax, sums. */
import type { GraphBuilder } from "./graph";
import { normalizeAxis } from "./shapes";
import type { Value } from "./types";
import type { VjpRule } from "./vjp";
import { inputAt, known, lazy, only, outputAt, sumTo } from "./vjpParts";

/**
 * y = x̂·gain + bias with x̂ = (x − mean)·r, r = 1/√(variance + ε). With d = dy·gain and means over the row:
 * dx = r·(d − mean(d) − x̂·mean(d·x̂)).
 */
export const layerNormalization: VjpRule<"layerNormalization"> = (g, node, gradients) => {
  const [x, gain, bias, dy] = [inputAt(node, 0), inputAt(node, 1), inputAt(node, 2), only(gradients)];
  const [mean, inverse] = [outputAt(node, 1), outputAt(node, 2)];
  const normalized = lazy(() => g.mul(g.sub(x, mean), inverse));
  return [
    () => {
      const d = g.mul(dy, gain);
      const along = g.mean(g.mul(d, normalized()), [-1], 1);
      const centered = g.sub(d, g.mean(d, [-1], 1));
      return g.mul(g.sub(centered, g.mul(normalized(), along)), inverse);
    },
    () => sumTo(g, g.mul(dy, normalized()), gain),
    () => sumTo(g, dy, bias),
  ];
};

/** dx = y·(dy − Σ dy·y). */
export const softmax: VjpRule<"softmax"> = (g, node, gradients) => [
  () => softmaxGradient(g, outputAt(node, 0), only(gradients), node.attributes.axis),
];

function softmaxGradient(g: GraphBuilder, y: Value, dy: Value, axis: number): Value {
  const product = g.mul(dy, y);
  return g.sub(product, g.mul(y, g.sum(product, [axis], 1)));
}

/** dx = dy − softmax·Σ dy. */
export const logSoftmax: VjpRule<"logSoftmax"> = (g, node, gradients) => [
  () => {
    const dy = only(gradients);
    return g.sub(dy, g.mul(g.exp(outputAt(node, 0)), g.sum(dy, [node.attributes.axis], 1)));
  },
];

export const reduceSum: VjpRule<"reduceSum"> = (g, node, gradients) => [
  () => g.expandLike(withAxes(g, only(gradients), inputAt(node, 0), node.attributes.axes), inputAt(node, 0)),
  null,
];

export const reduceMean: VjpRule<"reduceMean"> = (g, node, gradients) => {
  const [x, { axes }] = [inputAt(node, 0), node.attributes];
  return [
    () => {
      const count = axes.reduce((product, axis) => product * known(x.shape.at(axis), x), 1);
      const share = g.mul(only(gradients), g.scalar(1 / count));
      return g.expandLike(withAxes(g, share, x, axes), x);
    },
    null,
  ];
};

/** A reduction's gradient with the reduced axes of `x`, of length 1, in their places. */
function withAxes(g: GraphBuilder, gradient: Value, { shape }: Value, axes: readonly number[]): Value {
  if (gradient.shape.length === shape.length) return gradient;
  const reduced = new Set(axes.map((axis) => normalizeAxis(axis, shape.length)));
  return g.reshape(
    gradient,
    shape.map((dim, axis) => (reduced.has(axis) ? 1 : dim)),
  );
}
