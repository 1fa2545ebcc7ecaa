/** The graph of a function and of its gradients. */
import { vjp } from "../src/runtime/graph/autodiff";
import { type Graph, GraphBuilder } from "../src/runtime/graph/graph";
import type { Value } from "../src/runtime/graph/types";
import type { GradientFunction } from "./gradientCases";

/** Inputs: the function's and `weights`, of its result's shape; outputs: `y` and the gradients of Σ weights·y by each input. */
export interface Differentiated {
  readonly graph: Graph;
  readonly inputs: readonly Value[];
  readonly output: Value;
  /** Their names, input by input. */
  readonly gradients: readonly string[];
}

/** Differentiates `f` by all its inputs. */
export function differentiate(f: GradientFunction): Differentiated {
  const g = new GraphBuilder();
  const inputs = f.shapes.map((shape, i) => g.input(`x${i}`, "float32", shape));
  const y = f.build(g, ...inputs);
  const found = vjp(g, [{ value: y, gradient: g.input("weights", "float32", y.shape) }], inputs);
  g.outputAs("y", y);
  const gradients = found.map((gradient, i) => {
    if (!gradient) throw new TypeError(`no gradient of x${i}`);
    // An input or a value that has another name already can be no output.
    g.outputAs(`d${i}`, g.mul(gradient, g.scalar(1)));
    return `d${i}`;
  });
  return { graph: g.build(), inputs, output: y, gradients };
}

/** Random numbers for the inputs of `f`. */
export function makeInputs({ shapes, domain = "any" }: GradientFunction, random: () => number): Float32Array[] {
  const draw = {
    any: () => 3 * random() - 1.5,
    positive: () => 0.4 + random(),
    awayFromZero: () => (random() < 0.5 ? -1 : 1) * (0.2 + random()),
  }[domain];
  return shapes.map((shape) => Float32Array.from({ length: shape.reduce((n, dim) => n * dim, 1) }, draw));
}
