/** Training of every family and every task: losses against a computation of their own, gradients against differences. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ModelFolder, openModelFolder } from "../../src/runtime/checkpoint/store";
import { HeadModel } from "../../src/runtime/engine/headModel";
import type { TrainingBatch } from "../../src/runtime/engine/trainable";
import { TrainingModel, type TrainingProbe, type TrainingSetup } from "../../src/runtime/engine/trainingModel";
import { formatGPTConfig, parseGPTConfig } from "../../src/runtime/model/config";
import type { Objective } from "../../src/runtime/model/heads";
import type { Device } from "../../src/runtime/protocol";
import { seededRandom } from "../../src/runtime/random";
import { sparseConfig, writeSparseModel } from "../sparseModel";
import { assertClose } from "./assertClose";
import { probedDevices, skipUnlessAvailable } from "./devices";
import { logSoftmax } from "./logSoftmax";
import { batchLogits, createScoringSession } from "./scoringSession";

const sizes = { n_layer: 2, n_head: 2, n_embd: 16, n_positions: 32, vocab_size: 37 };
const configs: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  gpt2: { model_type: "gpt2", ...sizes },
  "gpt2 with a head of its own": { model_type: "gpt2", ...sizes, tie_word_embeddings: false },
  "openai-gpt": { model_type: "openai-gpt", ...sizes, afn: "gelu" },
  gpt_neo: {
    model_type: "gpt_neo",
    num_layers: 2,
    num_heads: 2,
    hidden_size: 16,
    max_position_embeddings: 32,
    vocab_size: 37,
    window_size: 5,
    attention_types: [[["global", "local"], 1]],
  },
  gpt3: {
    ...sparseConfig,
    vocab_size: 37,
    n_layer: 3,
    attention_patterns: ["banded(5)", "strided(4)", "strided(40)"],
  },
};

const optimizer = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 };
const noDropout = { embedding: 0, residual: 0, attention: 0, classifier: 0 };

/** Random parameters, large enough to matter, by name and seed alone. */
function initial(seed: number): TrainingSetup["initial"] {
  return (name, shape) => {
    const random = seededRandom([...name].reduce((hash, c) => Math.imul(hash, 31) + c.charCodeAt(0), seed));
    const isGain = /(^|\.)ln_.*weight$/.test(name);
    return Float32Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      () => (isGain ? 1 : 0) + (random() - 0.5) / 2,
    );
  };
}

function setup(config: Readonly<Record<string, unknown>>, objective: Objective, device: Device): TrainingSetup {
  return {
    config: parseGPTConfig(config, "config.json"),
    objective,
    method: { kind: "full" },
    optimizer,
    dropout: noDropout,
    seed: 3,
    recompute: false,
    device,
    initial: initial(5),
  };
}

/** Rows of different lengths; the last real token of each is the extract token. */
function batch(rows: number, length: number, items: number, labels: number): TrainingBatch {
  const random = seededRandom(rows * 1000 + length);
  const lengths = Array.from({ length: rows }, (_, row) => length - ((row * 3) % 7));
  const ids = Array.from({ length: rows * length }, () => Math.floor(random() * 37));
  const real = (place: number) => place % length < (lengths[Math.floor(place / length)] ?? 0);
  return {
    rows,
    length,
    inputIds: Int32Array.from(ids, (id, place) => (real(place) ? id : 0)),
    lengths,
    lmTargets: Int32Array.from(ids, (_, p) => (p % length < length - 1 && real(p + 1) ? (ids[p + 1] ?? -1) : -1)),
    extract: items > 0 ? lengths.map((end, row) => row * length + end - 1) : [],
    labels: Array.from({ length: items }, (_, i) => (i * 2 + 1) % labels),
  };
}

for (const device of ["cpu", "webgpu"] satisfies Device[])
  describe(`training of every family on ${device}`, function () {
    // Where WebGPU runs in software, compiling the programs of one graph takes half a minute.
    this.timeout(600_000);
    before(async function () {
      skipUnlessAvailable(this, device, await probedDevices());
    });

    describe("language modelling", () => {
      for (const [name, config] of Object.entries(configs))
        it(`of ${name} has the loss of the scoring graph, and the gradient that differences say`, async () => {
          const given = setup(config, { kind: "languageModel" }, device);
          const text = batch(2, 21, 0, 1);
          await assertSlope(given, text);
          const found = await evaluate(given, text);
          assert.ok(Math.abs(found.lmLoss - (await scoringLoss(given, text, device))) < 1e-4 * found.lmTokens);
        });
    });

    describe("tasks", () => taskTests(device));
    describe("methods", () => methodTests(device));
  });

function taskTests(device: Device): void {
  const tasks = [
    ["classification", 4, 4, 3],
    ["entailment", 3, 3, 3],
    ["similarity", 6, 3, 2],
    ["multipleChoice", 6, 2, 3],
  ] as const;
  for (const [kind, sequences, items, labels] of tasks)
    it(`${kind}: loss, probabilities and gradient`, async () => {
      const objective: Objective = { kind, numLabels: labels, lmCoef: 0.5, headBias: kind !== "multipleChoice" };
      const given = setup(configs.gpt2 ?? {}, objective, device);
      const texts = batch(sequences, 9, items, labels);
      await assertSlope(given, texts);
      const model = await TrainingModel.create(given);
      const found = await model.evaluate(texts);
      const states = await model.features(texts);
      const weight = await model.read("parameter", "score.weight");
      const bias = objective.headBias ? await model.read("parameter", "score.bias") : null;
      await model.dispose();
      const expected = classify(states, { kind, items, weight, bias });
      const loss = expected.reduce((sum, row, i) => sum - (row[texts.labels[i] ?? 0] ?? Number.NaN), 0);
      assert.ok(Math.abs(found.taskLoss - loss) < 1e-4, `${found.taskLoss} is not ${loss}`);
      for (const [i, row] of expected.entries())
        assertClose(found.probabilities[i] ?? [], row.map(Math.exp), { atol: 1e-5, what: `item ${i}` });
    });

  it("trains a head on states as within the model", async () => {
    const objective: Objective = { kind: "classification", numLabels: 3, lmCoef: 0, headBias: true };
    const given = { ...setup(configs.gpt2 ?? {}, objective, device), method: { kind: "head" } as const };
    const texts = batch(4, 9, 4, 3);
    const whole = await TrainingModel.create(given);
    const head = await HeadModel.create(given);
    const states = { features: await whole.features(texts), labels: texts.labels };
    for (let step = 0; step < 3; step++) {
      const [a, b] = [await whole.step([texts, texts], 1e-2, step), await head.step([states, states], 1e-2, step)];
      assert.ok(Math.abs(a.loss - b.loss) < 1e-5 && a.correct === b.correct && a.lmLoss === null);
    }
    for (const name of head.trained)
      assertClose(await head.read("parameter", name), await whole.read("parameter", name), { atol: 1e-6, what: name });
    const [a, b] = [await whole.evaluate(texts), await head.evaluate(states)];
    assert.ok(Math.abs(a.taskLoss - b.taskLoss) < 1e-5);
    await whole.dispose();
    await head.dispose();
  });
}

function methodTests(device: Device): void {
  const classification: Objective = { kind: "classification", numLabels: 3, lmCoef: 0.5, headBias: false };

  it("drops the same values again, others with another seed or step", async () => {
    const dropout = { embedding: 0.2, residual: 0.2, attention: 0.2, classifier: 0.2 };
    const texts = batch(4, 9, 4, 3);
    // Where WebGPU runs in software, the programs of five sparse layers take minutes to compile.
    const config = device === "cpu" ? configs.gpt3 : configs.gpt2;
    const run = async (seed: number, steps: readonly number[]) => {
      const model = await TrainingModel.create({ ...setup(config ?? {}, classification, device), dropout, seed });
      const losses: number[] = [];
      for (const step of steps) losses.push((await model.step([texts], 0, step)).loss);
      await model.dispose();
      return losses;
    };
    const [first, second, third] = await run(1, [0, 1, 0]);
    assert.notEqual(first, second);
    const tolerance = device === "cpu" ? 0 : 1e-5;
    assert.ok(Math.abs((first ?? 0) - (third ?? 1)) <= tolerance);
    const [again] = await run(1, [0]);
    assert.ok(Math.abs((first ?? 0) - (again ?? 1)) <= tolerance);
    assert.notEqual(first, (await run(2, [0]))[0]);
  });

  it("moves low-rank factors and the head alone, from what the base gives", async () => {
    const targetModules = ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"];
    const given = setup(configs.gpt2 ?? {}, classification, device);
    const zeroB = async (name: string, shape: readonly number[]) =>
      name.endsWith("lora_B.weight") ? zeros(shape) : given.initial(name, shape);
    const method = { kind: "lora", r: 2, loraAlpha: 4, loraDropout: 0.1, targetModules } as const;
    const texts = batch(4, 9, 4, 3);
    const model = await TrainingModel.create({ ...given, method, initial: zeroB });
    assert.ok(Math.abs((await model.evaluate(texts)).taskLoss - (await evaluate(given, texts)).taskLoss) < 1e-5);
    assert.equal(model.trained.length, 2 * 2 * 4 + 1);
    for (let step = 0; step < 2; step++) await model.step([texts, texts], 1e-2, step);
    for (const [name, shape] of model.shapes) {
      const moved = (await model.read("parameter", name)).some((x, i) => x !== before(name, shape)[i]);
      assert.equal(moved, model.trained.includes(name), name);
    }
    await model.dispose();

    function before(name: string, shape: readonly number[]): Float32Array {
      return name.endsWith("lora_B.weight") ? zeros(shape) : (initial(5)(name, shape) as Float32Array);
    }
  });

  it("gives the gradient of low-rank factors that differences say", async () => {
    const method = {
      kind: "lora",
      r: 2,
      loraAlpha: 4,
      loraDropout: 0,
      targetModules: ["attn.q_proj", "mlp.c_fc"],
    } as const;
    await assertSlope({ ...setup(configs.gpt_neo ?? {}, classification, device), method }, batch(4, 9, 4, 3));
  });

  it("comes to the same bits in every run", async function () {
    if (device !== "cpu") return this.skip();
    const wide = { ...configs.gpt2, n_embd: 128, n_positions: 64 };
    const dropout = { embedding: 0.1, residual: 0.1, attention: 0.1, classifier: 0.1 };
    const texts = batch(8, 64, 8, 3);
    const run = async () => {
      const model = await TrainingModel.create({ ...setup(wide, classification, device), dropout });
      for (let step = 0; step < 3; step++) await model.step([texts, texts], 1e-2, step);
      const values = new Map<string, Float32Array>();
      for (const name of model.trained) values.set(name, await model.read("parameter", name));
      await model.dispose();
      return values;
    };
    assert.deepEqual(await run(), await run());
  });

  it("goes on from parameters and moments that were read", async () => {
    const texts = batch(4, 9, 4, 3);
    const given = setup(configs.gpt2 ?? {}, classification, device);
    const straight = await TrainingModel.create(given);
    for (let step = 0; step < 2; step++) await straight.step([texts], 1e-2, step);
    const resumed = await TrainingModel.create({ ...given, initial: (_, shape) => zeros(shape) });
    for (const name of straight.shapes.keys())
      await resumed.write("parameter", name, await straight.read("parameter", name));
    for (const name of straight.trained)
      for (const kind of ["m", "v"] as const) await resumed.write(kind, name, await straight.read(kind, name));
    const [a, b] = [await straight.step([texts], 1e-2, 2), await resumed.step([texts], 1e-2, 2)];
    const tolerance = device === "cpu" ? 0 : 1e-5;
    assert.ok(Math.abs(a.loss - b.loss) <= tolerance);
    for (const name of straight.trained) {
      const [x, y] = [await straight.read("parameter", name), await resumed.read("parameter", name)];
      assertClose(x, y, { atol: tolerance, what: name });
    }
    await straight.dispose();
    await resumed.dispose();
  });
}

function zeros(shape: readonly number[]): Float32Array {
  return new Float32Array(shape.reduce((a, b) => a * b, 1));
}

async function evaluate(given: TrainingSetup, texts: TrainingBatch) {
  const model = await TrainingModel.create(given);
  const result = await model.evaluate(texts);
  await model.dispose();
  return result;
}

/** Along the gradient, the loss rises by the gradient's norm: (L(p + εu) − L(p − εu)) / 2ε = ‖g‖ for u = g/‖g‖. */
async function assertSlope(given: TrainingSetup, texts: TrainingBatch): Promise<void> {
  let gradients: ReadonlyMap<string, Float32Array> = new Map();
  const probe: TrainingProbe = { onGradients: (found) => (gradients = found) };
  const model = await TrainingModel.create(given, probe);
  const { gradientNorm, loss } = await model.step([texts], 0, 0);
  const start = new Map<string, Float32Array>();
  for (const name of model.trained) start.set(name, await model.read("parameter", name));
  const epsilon = 5e-3;
  const lossAt = async (distance: number) => {
    for (const [name, values] of start) {
      const gradient = gradients.get(name) ?? new Float32Array();
      const moved = values.map((x, i) => x + ((gradient[i] ?? Number.NaN) * distance) / gradientNorm);
      await model.write("parameter", name, moved);
    }
    const { taskLoss, lmLoss, lmTokens } = await model.evaluate(texts);
    const lm = lmTokens > 0 ? lmLoss / lmTokens : 0;
    if (given.objective.kind === "languageModel") return lm;
    return taskLoss / texts.labels.length + given.objective.lmCoef * lm;
  };
  assert.ok(Math.abs((await lossAt(0)) - loss) < 1e-5);
  const slope = ((await lossAt(epsilon)) - (await lossAt(-epsilon))) / (2 * epsilon);
  await model.dispose();
  assert.ok(Math.abs(slope / gradientNorm - 1) < 1e-2, `the loss rises by ${slope}, the gradient says ${gradientNorm}`);
}

/** Log-probabilities of each item's labels, computed here. */
function classify(
  states: Float32Array,
  head: {
    readonly kind: string;
    readonly items: number;
    readonly weight: Float32Array;
    readonly bias: Float32Array | null;
  },
): Float32Array[] {
  const C = sizes.n_embd;
  const perItem = states.length / C / head.items;
  const labels = head.weight.length / C;
  const score = (state: Float32Array, label: number) =>
    state.reduce((sum, x, c) => sum + x * (head.weight[label * C + c] ?? 0), 0) + (head.bias?.[label] ?? 0);
  return Array.from({ length: head.items }, (_, item) => {
    const own = Array.from({ length: perItem }, (_, s) => {
      const from = (item * perItem + s) * C;
      return states.subarray(from, from + C);
    });
    if (head.kind === "multipleChoice") return logSoftmax(Float32Array.from(own, (state) => score(state, 0)));
    const sum = own.reduce((a, b) => a.map((x, c) => x + (b[c] ?? 0)));
    return logSoftmax(Float32Array.from({ length: labels }, (_, label) => score(sum, label)));
  }).map((row) => Float32Array.from(row));
}

/** Σ over tokens, from the logits of the graph that scores texts. */
async function scoringLoss(given: TrainingSetup, texts: TrainingBatch, device: Device): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "gptw-train-"));
  try {
    const session = await createScoringSession(await written(folder, given), device);
    const rows = Array.from({ length: texts.rows }, (_, row) =>
      Array.from(texts.inputIds.subarray(row * texts.length, (row + 1) * texts.length)),
    );
    const mask = rows.map((ids, row) => ids.map((_, t) => (t < (texts.lengths[row] ?? 0) ? 1 : 0)));
    const logits = await batchLogits(session, { input_ids: rows, attention_mask: mask, position_ids: null });
    await session.release();
    return texts.lmTargets.reduce(
      (sum, target, place) =>
        target < 0 ? sum : sum - (logSoftmax(logits[place] ?? new Float32Array())[target] ?? Number.NaN),
      0,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A model folder with the parameters that training begins with. */
async function written(folder: string, given: TrainingSetup): Promise<ModelFolder> {
  await writeSparseModel(folder, { ...formatGPTConfig(given.config) }, given.initial);
  return openModelFolder(folder);
}
