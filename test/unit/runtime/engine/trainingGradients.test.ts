/** Gradients of whole models, those with sparse layers above all, against differences of their losses. */
import assert from "node:assert/strict";
import type { TrainingBatch } from "../../../../src/runtime/engine/trainable";
import { TrainingModel, type TrainingSetup } from "../../../../src/runtime/engine/trainingModel";
import { parseGPTConfig } from "../../../../src/runtime/model/config";
import type { Objective } from "../../../../src/runtime/model/heads";
import { fillNormal, type Random, seededRandom } from "../../../../src/runtime/random";
import { sparseConfig } from "../../../sparseModel";

const small = { n_layer: 2, n_head: 2, n_embd: 24, n_positions: 100, vocab_size: 53 };
const configs: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "GPT-1": { model_type: "openai-gpt", afn: "gelu", ...small },
  "GPT-2": { model_type: "gpt2", activation_function: "gelu", ...small },
  "GPT-2 with a head of its own": {
    model_type: "gpt2",
    activation_function: "gelu_new",
    tie_word_embeddings: false,
    ...small,
  },
  "GPT-3 of banded and strided layers": { ...sparseConfig, vocab_size: 53 },
  "GPT-Neo": {
    model_type: "gpt_neo",
    activation_function: "silu",
    attention_types: [[["global", "local"], 1]],
    window_size: 7,
    hidden_size: 24,
    num_layers: 2,
    num_heads: 2,
    max_position_embeddings: 100,
    vocab_size: 53,
  },
};

const objectives: Readonly<Record<string, Objective>> = {
  "language model": { kind: "languageModel" },
  "classifier and language model": { kind: "classification", numLabels: 3, lmCoef: 0.5, headBias: true },
};

const rows = 2;
const length = 44;
const lengths = [44, 31];

describe("gradients of a model's loss, against differences along directions", function () {
  // Hundreds of runs each.
  this.timeout(120_000);
  for (const [name, config] of Object.entries(configs))
    for (const [what, objective] of Object.entries(objectives))
      it(`${name}: ${what}`, () => compare(config, objective));
});

async function compare(config: Readonly<Record<string, unknown>>, objective: Objective): Promise<void> {
  const random = seededRandom(5);
  let gradients: ReadonlyMap<string, Float32Array> = new Map();
  const model = await TrainingModel.create(makeSetup(config, objective), {
    onGradients: (found) => {
      gradients = found;
    },
  });
  try {
    const batch = makeBatch(objective);
    const { loss } = await model.step([batch], 0, 0);
    const before = await totalLoss(model, batch, objective);
    assert.ok(Math.abs(loss - before) < 1e-5 * loss, `the step says ${loss}, the evaluation ${before}`);
    for (const direction of directions(gradients, random)) {
      const expected = await slope(model, batch, objective, direction);
      const found = sum(direction.parts, (name, i, x) => x * (gradients.get(name)?.[i] ?? Number.NaN));
      const allowed = 2e-3 + 5e-3 * Math.abs(expected);
      assert.ok(Math.abs(found - expected) < allowed, `${direction.name}: ${found}, not ${expected}`);
    }
  } finally {
    await model.dispose();
  }
}

/** Where parameters move to: a vector of length 1 over some of them. */
interface Direction {
  readonly name: string;
  readonly parts: ReadonlyMap<string, Float32Array>;
}

/** Each parameter's steepest one, and three at random over all of them. */
function directions(gradients: ReadonlyMap<string, Float32Array>, random: Random): readonly Direction[] {
  const steepest = [...gradients].map(([name, gradient]) => ({ name, parts: unit(new Map([[name, gradient]])) }));
  const mixed = [1, 2, 3].map((i) => {
    const parts = Array.from(gradients, ([name, gradient]) => [name, normalLike(gradient, random)] as const);
    return { name: `random direction ${i}`, parts: unit(new Map(parts)) };
  });
  return [...steepest, ...mixed];
}

/** How fast the loss grows along a direction: differences of fourth order. */
async function slope(
  model: TrainingModel,
  batch: TrainingBatch,
  objective: Objective,
  { parts }: Direction,
): Promise<number> {
  const step = 0.02;
  const names = [...parts.keys()];
  const originals = await Promise.all(names.map((name) => model.read("parameter", name)));
  const move = async (by: number) => {
    for (const [i, name] of names.entries()) {
      const values = originals[i]?.map((x, j) => x + by * (parts.get(name)?.[j] ?? 0)) ?? assert.fail();
      await model.write("parameter", name, values);
    }
    return totalLoss(model, batch, objective);
  };
  const near = (await move(step)) - (await move(-step));
  const far = (await move(2 * step)) - (await move(-2 * step));
  await move(0);
  return (8 * near - far) / (12 * step);
}

async function totalLoss(model: TrainingModel, batch: TrainingBatch, objective: Objective): Promise<number> {
  const { taskLoss, lmLoss, lmTokens } = await model.evaluate(batch);
  const weight = objective.kind === "languageModel" ? 1 : objective.lmCoef;
  return taskLoss / Math.max(1, batch.labels.length) + (weight * lmLoss) / lmTokens;
}

/** Two sequences, the second padded. */
function makeBatch(objective: Objective): TrainingBatch {
  const isReal = (place: number) => place % length < (lengths[Math.floor(place / length)] ?? 0);
  const inputIds = Int32Array.from({ length: rows * length }, (_, i) => (isReal(i) ? (i * i + 7 * i) % 53 : 0));
  const lmTargets = inputIds.map((_, i) => (isReal(i + 1) && (i + 1) % length > 0 ? (inputIds[i + 1] ?? -1) : -1));
  const isClassifier = objective.kind !== "languageModel";
  const extract = isClassifier ? lengths.map((count, row) => row * length + count - 1) : [];
  return { rows, length, inputIds, lengths, lmTargets, extract, labels: isClassifier ? [2, 0] : [] };
}

/** Random parameters, large enough that attention matters; no dropout, no decay. */
function makeSetup(config: Readonly<Record<string, unknown>>, objective: Objective): TrainingSetup {
  const random = seededRandom(11);
  return {
    config: parseGPTConfig(config, "config.json"),
    objective,
    method: { kind: "full" },
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 0 },
    dropout: { embedding: 0, residual: 0, attention: 0, classifier: 0 },
    seed: 1,
    recompute: objective.kind !== "languageModel",
    device: "cpu",
    initial: (name, shape) => {
      const count = shape.reduce((a, b) => a * b, 1);
      const values = new Float32Array(count);
      fillNormal(values, /ln_.*weight/.test(name) ? 0.1 : 0.25, random);
      return /ln_.*weight/.test(name) ? values.map((x) => 1 + x) : values;
    },
  };
}

function unit(parts: ReadonlyMap<string, Float32Array>): ReadonlyMap<string, Float32Array> {
  const norm = Math.sqrt(sum(parts, (_, __, x) => x * x));
  return new Map(Array.from(parts, ([name, values]) => [name, values.map((x) => (norm > 0 ? x / norm : 0))]));
}

function sum(
  parts: ReadonlyMap<string, Float32Array>,
  term: (name: string, index: number, value: number) => number,
): number {
  let total = 0;
  for (const [name, values] of parts) for (const [i, value] of values.entries()) total += term(name, i, value);
  return total;
}

function normalLike({ length: count }: Float32Array, random: Random): Float32Array {
  const values = new Float32Array(count);
  fillNormal(values, 1, random);
  return values;
}
