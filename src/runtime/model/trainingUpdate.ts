/** The end of a step's graph: AdamW over all that is trained. */
import type { GraphBuilder } from "../graph/graph";
import { type AdamWOptions, adamW } from "../graph/optimizer";
import type { Value } from "../graph/types";
import { stepNames } from "./stepNames";

/** What is moved. */
export interface UpdateInputs {
  readonly parameter: (name: string) => Value;
  /** By the names of the parameters that are trained. */
  readonly gradients: ReadonlyMap<string, Value>;
  readonly optimizer: AdamWOptions;
}

/** Moves the parameters: their next values and moments become outputs, and the gradients' norm. */
export function moveParameters(g: GraphBuilder, { parameter, gradients, optimizer }: UpdateInputs): void {
  const parameters = Array.from(gradients, ([name, gradient]) => {
    const value = parameter(name);
    const m = g.input(stepNames.m(name), "float32", value.shape);
    const v = g.input(stepNames.v(name), "float32", value.shape);
    return { name, value, gradient, m, v, decay: value.shape.length > 1 };
  });
  const scalar = (name: string) => g.input(name, "float32", []);
  const inputs = {
    learningRate: scalar(stepNames.learningRate),
    correction1: scalar(stepNames.correction1),
    correction2: scalar(stepNames.correction2),
  };
  const { updates, gradientNorm } = adamW(g, parameters, inputs, optimizer);
  for (const { name, value, m, v } of updates) {
    g.outputAs(stepNames.next(name), value);
    g.outputAs(stepNames.next(stepNames.m(name)), m);
    g.outputAs(stepNames.next(stepNames.v(name)), v);
  }
  g.outputAs(stepNames.gradientNorm, gradientNorm);
}
