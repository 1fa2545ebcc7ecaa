/** Logistic regression with momentum, a small real model to train. */
import type { EvaluationResult, StepResult, TensorKind, Trainable } from "../../../../src/runtime/engine/trainable";
import { CancelledError } from "../../../../src/runtime/errors";
import { seededRandom } from "../../../../src/runtime/random";

/** A point and its class, 0 or 1. */
export interface Point {
  readonly x: readonly number[];
  readonly label: number;
}

/** Points on both sides of a plane. */
export function points(count: number, seed: number): Point[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const x = [random() - 0.5, random() - 0.5];
    return { x, label: (x[0] ?? 0) + 2 * (x[1] ?? 0) > 0.1 ? 1 : 0 };
  });
}

/** Weights and moments in plain arrays; `v` counts the steps, so that each kind of state matters. */
export class Logistic implements Trainable<readonly Point[]> {
  readonly trained = ["score.weight", "score.bias"];
  readonly shapes = new Map<string, readonly number[]>([
    ["score.weight", [1, 2]],
    ["score.bias", [1]],
  ]);
  readonly state: Record<TensorKind, Map<string, Float32Array>> = { parameter: zeros(), m: zeros(), v: zeros() };
  /** Called at the beginning of every step. */
  onStep: (step: number) => void = () => undefined;

  async step(
    batches: readonly (readonly Point[])[],
    rate: number,
    step: number,
    signal?: AbortSignal,
  ): Promise<StepResult> {
    this.onStep(step);
    const gradient = zeros();
    let loss = 0;
    const count = batches.reduce((sum, batch) => sum + batch.length, 0);
    for (const batch of batches) {
      if (signal?.aborted) throw new CancelledError("cancelled");
      for (const { x, label } of batch) {
        const p = this.#probability(x);
        loss -= Math.log(label === 1 ? p : 1 - p) / count;
        add(
          gradient,
          "score.weight",
          x.map((value) => ((p - label) * value) / count),
        );
        add(gradient, "score.bias", [(p - label) / count]);
      }
    }
    let squares = 0;
    for (const name of this.trained) {
      const [value, m, v, g] = [
        this.#of("parameter", name),
        this.#of("m", name),
        this.#of("v", name),
        gradient.get(name),
      ];
      for (let i = 0; i < value.length; i++) {
        squares += (g?.[i] ?? 0) ** 2;
        m[i] = 0.9 * (m[i] ?? 0) + (g?.[i] ?? 0);
        v[i] = (v[i] ?? 0) + 1;
        value[i] = (value[i] ?? 0) - (rate * (m[i] ?? 0)) / Math.sqrt(v[i] ?? 1);
      }
    }
    return { loss, taskLoss: loss, lmLoss: null, gradientNorm: Math.sqrt(squares), correct: null };
  }

  async evaluate(batch: readonly Point[]): Promise<EvaluationResult> {
    const probabilities = batch.map(({ x }) => Float32Array.of(1 - this.#probability(x), this.#probability(x)));
    const taskLoss = batch.reduce((sum, { label }, i) => sum - Math.log(probabilities[i]?.[label] ?? 0), 0);
    return { taskLoss, lmLoss: 0, lmTokens: 0, probabilities };
  }

  async read(kind: TensorKind, name: string): Promise<Float32Array> {
    return this.#of(kind, name).slice();
  }

  async write(kind: TensorKind, name: string, values: Float32Array): Promise<void> {
    this.#of(kind, name).set(values);
  }

  async dispose(): Promise<void> {
    // Holds nothing.
  }

  /** Everything, to compare. */
  all(): Record<string, number[]> {
    return Object.fromEntries(
      (["parameter", "m", "v"] as const).flatMap((kind) =>
        this.trained.map((name) => [`${kind}.${name}`, [...this.#of(kind, name)]]),
      ),
    );
  }

  #of(kind: TensorKind, name: string): Float32Array {
    const values = this.state[kind].get(name);
    if (!values) throw new RangeError(name);
    return values;
  }

  #probability(x: readonly number[]): number {
    const weight = this.#of("parameter", "score.weight");
    const z = x.reduce((sum, value, i) => sum + value * (weight[i] ?? 0), this.#of("parameter", "score.bias")[0] ?? 0);
    return 1 / (1 + Math.exp(-z));
  }
}

function zeros(): Map<string, Float32Array> {
  return new Map([
    ["score.weight", new Float32Array(2)],
    ["score.bias", new Float32Array(1)],
  ]);
}

function add(to: Map<string, Float32Array>, name: string, values: readonly number[]): void {
  const target = to.get(name);
  for (const [i, value] of values.entries()) if (target) target[i] = (target[i] ?? 0) + value;
}
