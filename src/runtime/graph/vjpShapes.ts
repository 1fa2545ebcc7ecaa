/** Gradients of operators that move numbers: what went somewhere is fetched back from there. */
import type { GraphBuilder } from "./graph";
import type { Node } from "./operators";
import { normalizeAxis } from "./shapes";
import type { Value } from "./types";
import type { VjpRule } from "./vjp";
import { inputAt, lazy, only, outputAt, productOf, sumTo, zerosLike } from "./vjpParts";

export const reshape: VjpRule<"reshape" | "unsqueeze"> = (g, node, gradients) => [
  () => g.reshape(only(gradients), inputAt(node, 0).shape),
];

export const transpose: VjpRule<"transpose"> = (g, node, gradients) => {
  const { perm } = node.attributes;
  return [
    () =>
      g.transpose(
        only(gradients),
        perm.map((_, axis) => perm.indexOf(axis)),
      ),
  ];
};

export const expand: VjpRule<"expand"> = (g, node, gradients) => [() => sumTo(g, only(gradients), inputAt(node, 0))];

/** A row that was fetched several times gets the sum of its gradients. */
export const gather: VjpRule<"gather"> = (g, node, gradients) => {
  const [x, indices, dy] = [inputAt(node, 0), inputAt(node, 1), only(gradients)];
  const axis = normalizeAxis(node.attributes.axis, x.shape.length);
  const count = productOf(indices.shape);
  return [
    () => {
      const updates = g.reshape(dy, x.shape.with(axis, count));
      const places = g.reshape(
        indices,
        x.shape.map((_, i) => (i === axis ? count : 1)),
      );
      return g.scatterAdd(zerosLike(g, x), g.expandLike(places, updates), updates, axis);
    },
    null,
  ];
};

export const gatherElements: VjpRule<"gatherElements"> = (g, node, gradients) => {
  const [x, indices] = [inputAt(node, 0), inputAt(node, 1)];
  return [() => g.scatterAdd(zerosLike(g, x), indices, only(gradients), node.attributes.axis), null];
};

export const scatterElements: VjpRule<"scatterElements"> = (g, node, gradients) => {
  const [indices, dy] = [inputAt(node, 1), only(gradients)];
  return [() => dy, null, () => g.gatherElements(dy, indices, node.attributes.axis)];
};

export const pad: VjpRule<"pad"> = (g, node, gradients) => {
  const [x, counts] = [inputAt(node, 0), inputAt(node, 1)];
  const { axis } = node.attributes;
  return [
    () => {
      const before = g.slice(counts, 0, axis, axis + 1, 1);
      return g.slice(only(gradients), axis, before, g.add(before, g.lengthOf(x, axis)), x.shape[axis] ?? 1);
    },
    null,
    null,
  ];
};

export const slice: VjpRule<"slice"> = (g, node, gradients) => {
  const [x, start] = [inputAt(node, 0), inputAt(node, 1)];
  const axis = normalizeAxis(node.attributes.axis, x.shape.length);
  return [
    () => {
      const length = g.lengthOf(x, axis);
      // Negative places count from the end.
      const before = g.where(g.less(start, g.scalar(0, "int64")), g.add(start, length), start);
      const after = g.sub(g.sub(length, before), g.lengthOf(outputAt(node, 0), axis));
      return g.pad(only(gradients), axis, { before, after, fill: 0, length: x.shape[axis] ?? 1 });
    },
    null,
    null,
    null,
  ];
};

export const concat: VjpRule<"concat"> = (g, node, gradients) => {
  const axis = normalizeAxis(node.attributes.axis, inputAt(node, 0).shape.length);
  const parts = lazy(() => cut(g, only(gradients), node, axis));
  return node.inputs.map((_, i) => () => only(parts().slice(i)));
};

/** `x` in parts as long along `axis` as the node's inputs. */
function cut(g: GraphBuilder, x: Value, node: Node, axis: number): readonly Value[] {
  const inputs = node.inputs.map((_, i) => inputAt(node, i));
  const lengths = inputs.map(({ shape }) => shape[axis]).filter((dim) => typeof dim === "number");
  if (lengths.length === inputs.length) return g.split(x, axis, lengths);
  let start = g.int64s([0]);
  return inputs.map((input) => {
    const end = g.add(start, g.lengthOf(input, axis));
    const part = g.slice(x, axis, start, end, input.shape[axis] ?? 1);
    start = end;
    return part;
  });
}

/** Parts that nothing hangs on count as zeros. */
export const split: VjpRule<"split"> = (g, node, gradients) => [
  () =>
    g.concat(
      node.outputs.map((part, i) => gradients[i] ?? zerosLike(g, part)),
      node.attributes.axis,
    ),
  null,
];
