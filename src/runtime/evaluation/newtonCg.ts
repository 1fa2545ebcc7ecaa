/** Minimises a smooth convex function of many variables. Draws nothing at random: the same function gives the same minimum. */

/** A function at one point. */
export interface Expansion {
  readonly value: number;
  readonly gradient: Float64Array;
  /** The Hessian times `direction`. */
  readonly hessianProduct: (direction: Float64Array) => Float64Array;
  /** The Hessian's diagonal. */
  readonly curvatures: Float64Array;
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

/**
 * Solves H step = −gradient until the residual is min(½, √‖gradient‖) of it, by conjugate gradients preconditioned with the diagonal (algorithm
 * 5.3): a word in every text bends the function far more than a rare one.
 */
function newtonStep({ gradient, hessianProduct, curvatures }: Expansion): Float64Array {
  const step = new Float64Array(gradient.length);
  const residual = gradient.map((g) => -g);
  const norm = Math.sqrt(dot(residual, residual));
  const goal = Math.min(0.5, Math.sqrt(norm)) * norm;
  let scaled = divide(residual, curvatures);
  let direction = scaled.slice();
  let product = dot(residual, scaled);
  for (let i = 0; i < maxProducts && Math.sqrt(dot(residual, residual)) > goal; i++) {
    const bent = hessianProduct(direction);
    const curvature = dot(direction, bent);
    // A direction along which the function does not bend: nothing is to be had there.
    if (curvature <= Number.EPSILON * dot(direction, direction)) break;
    addScaled(step, direction, product / curvature);
    addScaled(residual, bent, -product / curvature);
    scaled = divide(residual, curvatures);
    const before = product;
    product = dot(residual, scaled);
    const previous = direction;
    direction = scaled.slice();
    addScaled(direction, previous, product / before);
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

// Plain loops here and in the functions that are minimised: callbacks take several times as long, and this is where the time goes.

function addScaled(to: Float64Array, from: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] ?? 0) + factor * (from[i] ?? 0);
}

/** `values` divided by `by`, where that is above 0. */
function divide(values: Float64Array, by: Float64Array): Float64Array {
  const result = values.slice();
  for (let i = 0; i < result.length; i++) result[i] = (result[i] ?? 0) / (by[i] || 1);
  return result;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
