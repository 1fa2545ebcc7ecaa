/** Minimises a smooth convex function of many variables. Draws nothing at random: the same function gives the same minimum. */

/** A function at one point. */
export interface Expansion {
  readonly value: number;
  readonly gradient: Float64Array;
  /** The Hessian times `direction`. */
  readonly hessianProduct: (direction: Float64Array) => Float64Array;
}

/** A convex function, twice differentiable. */
export type ConvexFunction = (point: Float64Array) => Expansion;

/** When to stop. */
export interface NewtonOptions {
  /** The gradient's largest entry is at most this, as a share of what it was at the start or of 1, whichever is more. Default 1e-11. */
  readonly tolerance?: number;
  /** Newton steps at most. Default 100; ten or so are enough. */
  readonly maxIterations?: number;
}

/** Where the search ended. */
export interface NewtonResult {
  readonly point: Float64Array;
  readonly iterations: number;
  /** Largest entry of the gradient there. */
  readonly gradientNorm: number;
  /** Whether the tolerance was reached. */
  readonly converged: boolean;
}

/** Products with the Hessian per step at most; a step that is cut short still descends. */
const maxProducts = 1000;
/** What f may seem to rise by through rounding, as a share of it. */
const rounding = 1e-13;

/**
 * Newton's method with steps found by conjugate gradients, the more exactly the nearer the minimum, and halved until the function falls enough
 * (Nocedal and Wright 2006, algorithm 7.1, with its superlinear forcing sequence).
 */
export function minimise(f: ConvexFunction, start: Float64Array, options: NewtonOptions = {}): NewtonResult {
  const { tolerance = 1e-11, maxIterations = 100 } = options;
  let point = start;
  let here = f(point);
  const goal = tolerance * Math.max(1, largest(here.gradient));
  let iterations = 0;
  while (largest(here.gradient) > goal && iterations < maxIterations) {
    const next = lineSearch(f, point, here, newtonStep(here));
    if (!next) break;
    ({ point, here } = next);
    iterations++;
  }
  const gradientNorm = largest(here.gradient);
  return { point, iterations, gradientNorm, converged: gradientNorm <= goal };
}

/** Solves H step = −gradient until the residual is min(½, √‖gradient‖) of it. */
function newtonStep({ gradient, hessianProduct }: Expansion): Float64Array {
  const step = new Float64Array(gradient.length);
  const residual = gradient.map((g) => -g);
  let direction = residual.slice();
  let squares = dot(residual, residual);
  const norm = Math.sqrt(squares);
  const goal = (Math.min(0.5, Math.sqrt(norm)) * norm) ** 2;
  for (let i = 0; i < maxProducts && squares > goal; i++) {
    const product = hessianProduct(direction);
    const curvature = dot(direction, product);
    // A direction along which the function does not bend: nothing is to be had there.
    if (curvature <= Number.EPSILON * dot(direction, direction)) break;
    const length = squares / curvature;
    addScaled(step, direction, length);
    addScaled(residual, product, -length);
    const before = squares;
    squares = dot(residual, residual);
    direction = direction.map((d, k) => (residual[k] ?? 0) + (squares / before) * d);
  }
  return step;
}

/** Halves the step until the function falls by a ten-thousandth of what its slope promises (Armijo 1966); null where it never does. */
function lineSearch(
  f: ConvexFunction,
  point: Float64Array,
  here: Expansion,
  step: Float64Array,
): { readonly point: Float64Array; readonly here: Expansion } | null {
  const slope = dot(here.gradient, step);
  if (!(slope < 0)) return null;
  for (let length = 1; length > 1e-12; length /= 2) {
    const next = point.slice();
    addScaled(next, step, length);
    const there = f(next);
    const slack = rounding * Math.abs(here.value);
    if (there.value <= here.value + 1e-4 * length * slope + slack) return { point: next, here: there };
  }
  return null;
}

function addScaled(to: Float64Array, from: Float64Array, factor: number): void {
  for (const [i, value] of from.entries()) to[i] = (to[i] ?? 0) + factor * value;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
