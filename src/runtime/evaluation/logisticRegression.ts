/** Multinomial logistic regression on sparse features, fitted to its one optimum. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { checkCounts, checkLabels, type Probabilities } from "./checkInputs";
import { type Expansion, minimise, type NewtonOptions, type NewtonResult } from "./newtonCg";
import type { SparseRows } from "./sparseRows";

/** How to fit. */
export interface LogisticOptions extends NewtonOptions {
  /** Strength of the penalty l2 / 2 · Σ weight², from above 0: scikit-learn's 1 / C. Default 1. The biases are not penalised. */
  readonly l2?: number;
}

/** A fitted model: p(class) ∝ exp(weights of the class · features + its bias). */
export interface LogisticModel extends Pick<NewtonResult, "iterations" | "gradientNorm" | "converged"> {
  /** Classes to choose from, known or not. */
  readonly classes: number;
  /** Classes that had items; the others have probability 0, as their biases would fall for ever. Ascending. */
  readonly seen: readonly number[];
  readonly columns: number;
  /** [columns + 1, seen]: every feature's weights, then the biases. */
  readonly weights: Float64Array;
}

/**
 * Minimises Σ −ln p(label) + l2 / 2 · Σ weight² by Newton's method with conjugate gradients, from 0. With two classes the optimum, and so every
 * probability, is that of scikit-learn's `LogisticRegression(C=1 / l2)`, which has one vector of weights there: the two vectors here are ∓ half
 * of it and would be penalised half as much, so they are penalised twice. Throws `invalidRequest` for labels that are no class or do not fit
 * the rows, and for a penalty that is not above 0.
 */
export function fitLogisticRegression(
  rows: SparseRows,
  labels: readonly number[],
  classes: number,
  options: LogisticOptions = {},
): LogisticModel {
  checkCounts(labels.length, rows.starts.length - 1);
  checkLabels(labels, classes);
  const l2 = options.l2 ?? 1;
  // Without a penalty a word of one class alone has no best weight.
  if (!(l2 > 0 && Number.isFinite(l2))) throw invalidRequest(l10n.t('"{0}" is {1}; it must be over {2}', "l2", l2, 0));
  const seen = [...new Set(labels)].sort((a, b) => a - b);
  const problem: Problem = {
    rows,
    targets: labels.map((label) => seen.indexOf(label)),
    count: seen.length,
    l2: l2 * (seen.length === 2 ? 2 : 1),
  };
  const start = new Float64Array(seen.length * (rows.columns + 1));
  const { point, ...search } = minimise((weights) => expand(problem, weights), start, options);
  return { classes, seen, columns: rows.columns, weights: point, ...search };
}

/** Every row's probabilities of all classes. Throws `invalidRequest` for rows of another number of columns. */
export function predictProbabilities(model: LogisticModel, rows: SparseRows): Probabilities[] {
  if (rows.columns !== model.columns) {
    throw invalidRequest(l10n.t("{0} features for a model of {1}", rows.columns, model.columns));
  }
  return Array.from({ length: rows.starts.length - 1 }, (_, row) => {
    const found = softmax(scores(rows, row, model.weights, model.seen.length));
    const all = new Float64Array(model.classes);
    for (const [k, label] of model.seen.entries()) all[label] = found[k] ?? 0;
    return all;
  });
}

interface Problem {
  readonly rows: SparseRows;
  /** Place of every row's class among those seen. */
  readonly targets: readonly number[];
  /** Classes seen. */
  readonly count: number;
  readonly l2: number;
}

/** Value, gradient and Hessian of the penalised loss; W stands for all weights and biases, [F + 1, K]. */
function expand(problem: Problem, weights: Float64Array): Expansion {
  const { rows, targets, count } = problem;
  const gradient = penaltyGradient(problem, weights);
  // The penalty is quadratic: half of its gradient times the weights.
  let value = gradient.reduce((sum, slope, i) => sum + (slope * (weights[i] ?? 0)) / 2, 0);
  const probabilities = targets.map((target, row) => {
    const logits = scores(rows, row, weights, count);
    const p = softmax(logits);
    value += logSumExp(logits) - (logits[target] ?? 0);
    const residual = p.map((probability, k) => probability - (k === target ? 1 : 0));
    addOuter(gradient, residual, rows, row);
    return p;
  });
  return {
    value,
    gradient,
    hessianProduct: (direction) => hessianProduct(problem, probabilities, direction),
    curvatures: hessianDiagonal(problem, probabilities),
  };
}

/** Σ over rows of p (1 − p) x², and the penalty's part. */
function hessianDiagonal(problem: Problem, probabilities: readonly Float64Array[]): Float64Array {
  const { rows } = problem;
  const squared = { ...rows, values: rows.values.map((value) => value * value) };
  const diagonal = penaltyGradient(problem, new Float64Array(problem.count * (rows.columns + 1)).fill(1));
  for (const [row, p] of probabilities.entries()) {
    addOuter(
      diagonal,
      p.map((probability) => probability * (1 - probability)),
      squared,
      row,
    );
  }
  return diagonal;
}

/** Σ over rows of (diag p − p pᵀ) (V x) xᵀ, and the penalty's part. */
function hessianProduct(problem: Problem, probabilities: readonly Float64Array[], v: Float64Array): Float64Array {
  const product = penaltyGradient(problem, v);
  for (let row = 0; row < probabilities.length; row++) {
    const change = scores(problem.rows, row, v, problem.count);
    weighByVariance(change, probabilities[row] ?? change);
    addOuter(product, change, problem.rows, row);
  }
  return product;
}

/** u becomes (diag p − p pᵀ) u, in place: this runs for every row of every product. */
function weighByVariance(u: Float64Array, p: Float64Array): void {
  let mean = 0;
  for (let k = 0; k < u.length; k++) mean += (u[k] ?? 0) * (p[k] ?? 0);
  for (let k = 0; k < u.length; k++) u[k] = (p[k] ?? 0) * ((u[k] ?? 0) - mean);
}

/** l2 · weights, and 0 for the biases. */
function penaltyGradient({ rows, count, l2 }: Problem, weights: Float64Array): Float64Array {
  const gradient = new Float64Array(weights.length);
  const penalised = rows.columns * count;
  for (let i = 0; i < penalised; i++) gradient[i] = l2 * (weights[i] ?? 0);
  return gradient;
}

/** W x + b of one row: [K]. */
function scores({ columns, starts, indices, values }: SparseRows, row: number, weights: Float64Array, count: number) {
  const result = weights.slice(columns * count);
  const end = starts[row + 1] ?? 0;
  for (let i = starts[row] ?? 0; i < end; i++) {
    const value = values[i] ?? 0;
    const offset = (indices[i] ?? 0) * count;
    for (let k = 0; k < count; k++) result[k] = (result[k] ?? 0) + value * (weights[offset + k] ?? 0);
  }
  return result;
}

/** Adds `factors` (one for each class) times the features of the row, and times 1 for the bias, to `to`. */
function addOuter(to: Float64Array, factors: Float64Array, rows: SparseRows, row: number): void {
  const { columns, starts, indices, values } = rows;
  const end = starts[row + 1] ?? 0;
  const count = factors.length;
  for (let i = starts[row] ?? 0; i < end; i++) addRow(to, (indices[i] ?? 0) * count, factors, values[i] ?? 0);
  addRow(to, columns * count, factors, 1);
}

function addRow(to: Float64Array, offset: number, row: Float64Array, factor: number): void {
  for (let k = 0; k < row.length; k++) to[offset + k] = (to[offset + k] ?? 0) + factor * (row[k] ?? 0);
}

function softmax(logits: Float64Array): Float64Array {
  const total = logSumExp(logits);
  return logits.map((logit) => Math.exp(logit - total));
}

function logSumExp(logits: Float64Array): number {
  const most = Math.max(...logits);
  return most + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
}
