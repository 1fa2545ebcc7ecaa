/** A classifier alone, over final states that were computed before. S sequences · N items */
import { vjp } from "../graph/autodiff";
import { type Graph, GraphBuilder } from "../graph/graph";
import type { AdamWOptions } from "../graph/optimizer";
import type { Value } from "../graph/types";
import { DropoutMasks } from "./dropout";
import type { TaskObjective } from "./heads";
import { stepNames } from "./stepNames";
import type { StepGraph } from "./trainingGraph";
import { batchInputs, classifierMask, classifierOutputs, parameterInputs } from "./trainingPass";
import { moveParameters } from "./trainingUpdate";

/** What is trained, and how. */
export interface HeadPlan {
  readonly objective: TaskObjective;
  readonly nEmbd: number;
  /** Share of the features that is dropped while training. */
  readonly dropout: number;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly trained: readonly string[];
}

/** Lengths of a batch. */
export interface HeadShape {
  /** S */
  readonly sequences: number;
  /** N */
  readonly items: number;
}

/** What a step's graph is to do; as in `StepGraphOptions`. */
export interface HeadStepOptions {
  readonly plan: HeadPlan;
  readonly shape: HeadShape;
  readonly optimizer: AdamWOptions;
  readonly takesSums: boolean;
  readonly updates: boolean;
}

/** One micro-batch of a step. Inputs: `features`, `labels`, `task_weight`, and a step's. */
export function buildHeadStepGraph({ plan, shape, optimizer, takesSums, updates }: HeadStepOptions): StepGraph {
  const g = new GraphBuilder();
  const masks = new DropoutMasks(g);
  const parameter = parameterInputs(g, plan);
  const loss = head(g, parameter, { plan, shape, masks });
  const found = vjp(g, [{ value: loss, gradient: g.scalar(1) }], plan.trained.map(parameter));
  const gradients = new Map<string, Value>();
  for (const [i, name] of plan.trained.entries()) {
    const gradient = found[i];
    if (!gradient) throw new RangeError(`the loss does not hang on ${name}`);
    const sum = takesSums ? g.add(g.input(stepNames.sum(name), "float32", gradient.shape), gradient) : gradient;
    gradients.set(name, sum);
    if (!updates) g.outputAs(stepNames.next(stepNames.sum(name)), sum);
  }
  if (updates) moveParameters(g, { parameter, gradients, optimizer });
  return { graph: g.build(), dropout: masks.plan };
}

/** Loss and probabilities of a batch. */
export function buildHeadEvaluationGraph(plan: HeadPlan, shape: HeadShape): Graph {
  const g = new GraphBuilder();
  head(g, parameterInputs(g, plan), { plan, shape, masks: null });
  return g.build();
}

interface HeadInputs {
  readonly plan: HeadPlan;
  readonly shape: HeadShape;
  readonly masks: DropoutMasks | null;
}

/** The loss, which is an output as the probabilities are. */
function head(g: GraphBuilder, parameter: (name: string) => Value, { plan, shape, masks }: HeadInputs): Value {
  return classifierOutputs(g, plan.objective, {
    states: g.input(batchInputs.features, "float32", [shape.sequences, plan.nEmbd]),
    items: shape.items,
    parameter,
    mask: (sizes) => classifierMask(masks, sizes, plan.dropout),
  });
}
