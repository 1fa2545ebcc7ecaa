/**
 * AdamW as nodes of a graph: Adam (Kingma and Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2),
 * after the gradients were scaled down to a global norm (Pascanu et al. 2013, algorithm 1).
 */
import type { GraphBuilder } from "./graph";
import { GraphError } from "./shapes";
import type { Value } from "./types";

/** What stays the same during a training run. */
export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Taken off the parameters that decay, times the learning rate. */
  readonly weightDecay: number;
  /** Largest norm of all gradients together; 0: no clipping. */
  readonly maxGradNorm: number;
}

/** A parameter, its gradient and its moments, of one shape, float32. */
export interface AdamWParameter {
  readonly name: string;
  readonly value: Value;
  readonly gradient: Value;
  /** Running mean of the gradient; 0 before the first step. */
  readonly m: Value;
  /** Running mean of the gradient's square; 0 before the first step. */
  readonly v: Value;
  /** Whether it decays: matrices do, biases and norms do not. */
  readonly decay: boolean;
}

/** What changes from step to step: float32 []. */
export interface AdamWInputs {
  readonly learningRate: Value;
  /** 1 − β₁ᵗ at step t, from 1. */
  readonly correction1: Value;
  /** 1 − β₂ᵗ. */
  readonly correction2: Value;
}

/** The values after the step. */
export interface AdamWUpdate {
  readonly name: string;
  readonly value: Value;
  readonly m: Value;
  readonly v: Value;
}

/** Result of `adamW`. */
export interface AdamWStep {
  readonly updates: readonly AdamWUpdate[];
  /** Of all gradients together, before clipping: float32 []. */
  readonly gradientNorm: Value;
}

/** Far above every norm, so that nothing is scaled down. */
const noLimit = 3e38;

/**
 * One step: g ← g·min(1, max/(‖g‖ + 10⁻⁶)), m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², p ← p·(1 − lr·decay) − lr·m̂/(√v̂ + ε) with
 * m̂ = m/correction1, v̂ = v/correction2. Every result hangs on the norm and so on all gradients: nothing reads p, m or v any more once
 * the first of them is written, and each may be written where the old one lies. Throws `GraphError` when there is nothing to train.
 */
export function adamW(
  g: GraphBuilder,
  parameters: readonly AdamWParameter[],
  inputs: AdamWInputs,
  options: AdamWOptions,
): AdamWStep {
  const norm = globalNorm(
    g,
    parameters.map(({ gradient }) => gradient),
  );
  const limit = g.scalar(options.maxGradNorm > 0 ? options.maxGradNorm : noLimit);
  const scale = g.min(g.scalar(1), g.div(limit, g.add(norm, g.scalar(1e-6))));
  const scalars = stepScalars(g, scale, inputs, options);
  return { updates: parameters.map((parameter) => update(g, parameter, scalars, options)), gradientNorm: norm };
}

/** √Σg² over all the gradients. Row by row first: sums of few numbers are exact, and run side by side. */
function globalNorm(g: GraphBuilder, gradients: readonly Value[]): Value {
  if (gradients.length === 0) throw new GraphError("there is no parameter to train");
  const squares = gradients.map((gradient) => {
    const rows = g.sumLast(g.mul(gradient, gradient));
    return g.sum(
      rows,
      rows.shape.map((_, axis) => axis),
      0,
    );
  });
  return g.sqrt(squares.reduce((a, b) => g.add(a, b)));
}

/** The numbers that all parameters share, float32 []. */
interface StepScalars {
  /** What gradients are multiplied by. */
  readonly scale: Value;
  /** lr·√correction2/correction1. */
  readonly stepSize: Value;
  /** ε·√correction2. */
  readonly epsilon: Value;
  /** 1 − lr·decay. */
  readonly kept: Value;
}

/** m̂/(√v̂ + ε) is √correction2/correction1 · m/(√v + ε·√correction2): the corrections need no pass over the parameters. */
function stepScalars(
  g: GraphBuilder,
  scale: Value,
  { learningRate, correction1, correction2 }: AdamWInputs,
  { epsilon, weightDecay }: AdamWOptions,
): StepScalars {
  const root = g.sqrt(correction2);
  return {
    scale,
    stepSize: g.div(g.mul(learningRate, root), correction1),
    epsilon: g.mul(g.scalar(epsilon), root),
    kept: g.sub(g.scalar(1), g.mul(learningRate, g.scalar(weightDecay))),
  };
}

function update(
  g: GraphBuilder,
  { name, value, gradient, m, v, decay }: AdamWParameter,
  { scale, stepSize, epsilon, kept }: StepScalars,
  { beta1, beta2, weightDecay }: AdamWOptions,
): AdamWUpdate {
  const clipped = g.mul(gradient, scale);
  const mean = mixed(g, m, clipped, beta1);
  const square = mixed(g, v, g.mul(clipped, clipped), beta2);
  const step = g.mul(g.div(mean, g.add(g.sqrt(square), epsilon)), stepSize);
  const decayed = decay && weightDecay > 0 ? g.mul(value, kept) : value;
  return { name, value: g.sub(decayed, step), m: mean, v: square };
}

/** β·old + (1 − β)·now. */
function mixed(g: GraphBuilder, old: Value, now: Value, beta: number): Value {
  return g.add(g.mul(old, g.scalar(beta)), g.mul(now, g.scalar(1 - beta)));
}
