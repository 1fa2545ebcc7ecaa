/** Our training against PyTorch's: losses, gradients of every parameter, trajectories. Truth is float64. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openCheckpoint } from "../../src/runtime/checkpoint/checkpoint";
import { resolveParameters } from "../../src/runtime/checkpoint/parameterNames";
import { openSafetensors, readTensor } from "../../src/runtime/checkpoint/safetensors";
import { readConfigJson } from "../../src/runtime/checkpoint/store";
import type { StepResult, TrainingBatch } from "../../src/runtime/engine/trainable";
import { TrainingModel, type TrainingSetup } from "../../src/runtime/engine/trainingModel";
import { type GPTConfig, parseGPTConfig } from "../../src/runtime/model/config";
import type { Objective } from "../../src/runtime/model/heads";
import type { Device } from "../../src/runtime/protocol";
import type { TrainingMethod } from "../../src/runtime/trainingProtocol";
import { assertClose } from "./assertClose";
import { probedDevices, skipUnlessAvailable } from "./devices";
import { fixturesFolder } from "./reference";
import {
  fineTuningBatch,
  pretrainingBatch,
  referenceTensors,
  type TrainingReference,
  trainFolder,
  trainingReference,
} from "./trainingReference";

/** The fixtures' own: gradients of each tensor's largest entry, the rest absolute. */
const tolerance = { loss: 1e-5, gradient: 1e-5, norm: 1e-5, parameter: 1e-5 };
/** Adam blows up the rounding of gradients that are 0 in exact arithmetic: HF's float32 is up to 5.7e-4 away there. */
const keyBiasTolerance = 2e-3;

const optimizer = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 };
const noDropout = { embedding: 0, residual: 0, attention: 0, classifier: 0 };
const languageModel: Objective = { kind: "languageModel" };
const classifier = (lmCoef: number): Objective => ({ kind: "classification", numLabels: 3, lmCoef, headBias: true });

interface Reference {
  readonly name: string;
  readonly config: GPTConfig;
  readonly train: TrainingReference;
}

async function readReference(name: string): Promise<Reference> {
  const folder = join(fixturesFolder, name);
  const config = parseGPTConfig(await readConfigJson(folder), join(folder, "config.json"));
  return { name, config, train: trainingReference(name) };
}

/** Initial values: those of the model, or of another file; the classifier's and the adapters' from theirs. */
async function initialValues({ name, config }: Reference, file?: string): Promise<TrainingSetup["initial"]> {
  const folder = join(fixturesFolder, name);
  const parameters = resolveParameters(await openCheckpoint(folder), config);
  const base = await referenceTensors(file ?? join(folder, "model.safetensors"), config, parameters.keys());
  const head = await referenceTensors(join(trainFolder(name), "clf_init.safetensors"), config, [
    "score.weight",
    "score.bias",
  ]);
  return async (wanted) => {
    const values = base.get(wanted) ?? head.get(wanted) ?? (await adapterTensor(name, wanted));
    assert.ok(values, wanted);
    return values;
  };
}

async function adapterTensor(model: string, name: string, prefix = "", file = "adapter_model"): Promise<Float32Array> {
  const opened = await openSafetensors(join(trainFolder(model), "lora_c_attn", `${file}.safetensors`));
  return readTensor(opened, `${prefix}base_model.model.transformer.${name}`);
}

function setup(
  reference: Reference,
  objective: Objective,
  device: Device,
  initial: TrainingSetup["initial"],
): TrainingSetup {
  return {
    config: reference.config,
    objective,
    method: { kind: "full" },
    optimizer,
    dropout: noDropout,
    seed: 1,
    recompute: false,
    device,
    initial,
  };
}

/** One step that moves nothing: its result and its gradients. */
async function gradientsOf(
  given: TrainingSetup,
  batches: readonly TrainingBatch[],
): Promise<StepResult & { gradients: ReadonlyMap<string, Float32Array> }> {
  let gradients: ReadonlyMap<string, Float32Array> = new Map();
  const model = await TrainingModel.create(given, { onGradients: (found) => (gradients = found) });
  const result = await model.step(batches, 0, 0);
  await model.dispose();
  return { ...result, gradients };
}

function assertGradients(found: ReadonlyMap<string, Float32Array>, expected: ReadonlyMap<string, Float32Array>): void {
  assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort());
  for (const [name, values] of expected) {
    const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    assertClose(found.get(name) ?? [], values, { atol: tolerance.gradient * largest, what: `gradient of ${name}` });
  }
}

function assertParameters(found: ReadonlyMap<string, Float32Array>, expected: ReadonlyMap<string, Float32Array>): void {
  for (const [name, values] of expected) {
    const got = found.get(name) ?? new Float32Array();
    const third = values.length / 3;
    const isKeyBias = (i: number) => name.endsWith("c_attn.bias") && i >= third && i < 2 * third;
    const rest = (all: Float32Array) => all.filter((_, i) => !isKeyBias(i));
    assertClose(rest(got), rest(values), { atol: tolerance.parameter, what: name });
    assertClose(got, values, { atol: keyBiasTolerance, what: `${name}, keys included` });
  }
}

async function readAll(model: TrainingModel): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const name of model.trained) values.set(name, await model.read("parameter", name));
  return values;
}

/** Rows of both. */
function joined(a: TrainingBatch, b: TrainingBatch): TrainingBatch {
  return {
    rows: a.rows + b.rows,
    length: a.length,
    inputIds: Int32Array.of(...a.inputIds, ...b.inputIds),
    lengths: [...a.lengths, ...b.lengths],
    lmTargets: Int32Array.of(...a.lmTargets, ...b.lmTargets),
    extract: [...a.extract, ...b.extract.map((place) => place + a.rows * a.length)],
    labels: [...a.labels, ...b.labels],
  };
}

for (const device of ["cpu", "webgpu"] satisfies Device[]) {
  describe(`training on ${device}`, function () {
    // Where WebGPU runs in software, compiling the programs of one graph takes half a minute.
    this.timeout(600_000);
    before(async function () {
      skipUnlessAvailable(this, device, await probedDevices());
    });
    for (const name of ["gpt2-tiny", "openai-gpt-tiny"]) describe(name, () => modelTests(name, device));
  });
}

function modelTests(name: string, device: Device): void {
  let reference: Reference;
  let initial: TrainingSetup["initial"];
  before(async () => {
    reference = await readReference(name);
    initial = await initialValues(reference);
  });

  const cases = [
    ["grads_lm", languageModel],
    ["grads_cls_lambda0", classifier(0)],
    ["grads_cls_lambda0.5", classifier(0.5)],
  ] as const;
  for (const [key, objective] of cases)
    it(`has the loss and the gradients of ${key}`, async () => {
      const expected = reference.train[key];
      const [batch] = reference.train.batches;
      assert.ok(batch);
      const given = setup(reference, objective, device, initial);
      const found = await gradientsOf(given, [fineTuningBatch(batch)]);
      assert.ok(Math.abs(found.loss - expected.loss) <= tolerance.loss, `${found.loss}`);
      if (objective.kind !== "languageModel")
        assert.ok(Math.abs((found.taskLoss ?? 0) - (expected.cls_loss ?? 0)) <= tolerance.loss);
      assert.ok(Math.abs(found.gradientNorm / expected.grad_norm - 1) <= tolerance.norm, `${found.gradientNorm}`);
      const file = join(trainFolder(name), expected.file);
      assertGradients(found.gradients, await referenceTensors(file, reference.config, found.gradients.keys()));
    });

  it("follows 20 steps of fine-tuning", async () => {
    const { steps, file } = reference.train.finetune;
    const batches = steps.map(({ batch }) => fineTuningBatch(reference.train.batches[batch ?? 0] ?? assert.fail()));
    await follow(setup(reference, classifier(0.5), device, initial), { steps, batches, file });
  });

  it("follows 20 steps of pre-training", async function () {
    const { pretrain, pretrain_batches: all } = reference.train;
    if (!pretrain || !all) return this.skip();
    const begin = await initialValues(reference, join(trainFolder(name), "pretrain_init.safetensors"));
    const batches = pretrain.steps.map((_, t) => pretrainingBatch(all[t % all.length] ?? assert.fail()));
    await follow(setup(reference, languageModel, device, begin), { ...pretrain, batches });
  });

  it("has the gradients of low-rank factors", async function () {
    const { lora_c_attn: expected, batches } = reference.train;
    if (!expected || !batches[0]) return this.skip();
    const { r, alpha: loraAlpha } = expected;
    const method: TrainingMethod = { kind: "lora", r, loraAlpha, loraDropout: 0, targetModules: ["attn.c_attn"] };
    const given = { ...setup(reference, languageModel, device, initial), method };
    const found = await gradientsOf(given, [fineTuningBatch(batches[0])]);
    assert.ok(Math.abs(found.loss - expected.loss) <= tolerance.loss, `${found.loss}`);
    const gradients = new Map<string, Float32Array>();
    for (const factor of found.gradients.keys())
      gradients.set(factor, await adapterTensor(name, factor, "grad.", "expected"));
    assertGradients(found.gradients, gradients);
  });

  it("sums micro-batches to what one batch gives", async () => {
    const [first, second] = reference.train.batches.map((batch) => fineTuningBatch(batch));
    assert.ok(first && second);
    const given = setup(reference, classifier(0.5), device, initial);
    const whole = await gradientsOf(given, [joined(first, second)]);
    const parts = await gradientsOf(given, [first, second]);
    assert.ok(Math.abs(whole.loss - parts.loss) <= tolerance.loss, `${whole.loss} ${parts.loss}`);
    assert.equal(whole.correct, parts.correct);
    assertGradients(parts.gradients, whole.gradients);
  });

  it("computes activations again to the same numbers", async () => {
    const batch = fineTuningBatch(reference.train.batches[0] ?? assert.fail());
    const dropout = { embedding: 0.1, residual: 0.1, attention: 0.1, classifier: 0.1 };
    const given = { ...setup(reference, classifier(0.5), device, initial), dropout };
    const kept = await gradientsOf(given, [batch]);
    const again = await gradientsOf({ ...given, recompute: true }, [batch]);
    assert.ok(Math.abs(kept.loss - again.loss) <= tolerance.loss);
    assertGradients(again.gradients, kept.gradients);
  });

  it("takes no notice of padding", async () => {
    const batch = reference.train.batches[0] ?? assert.fail();
    const given = setup(reference, classifier(0.5), device, initial);
    const model = await TrainingModel.create(given);
    // Beyond the last position too.
    const [plain, padded] = [fineTuningBatch(batch), fineTuningBatch(batch, 46)];
    const [a, b] = [await model.evaluate(plain), await model.evaluate(padded)];
    assert.ok(Math.abs(a.taskLoss - b.taskLoss) <= tolerance.loss && a.lmTokens === b.lmTokens);
    assert.ok(Math.abs(a.lmLoss - b.lmLoss) / a.lmTokens <= tolerance.loss);
    assert.ok(Math.abs(a.taskLoss / 4 - (reference.train.grads_cls_lambda0.cls_loss ?? 0)) <= tolerance.loss);
    assertClose(await model.features(padded), await model.features(plain), { atol: 1e-5, what: "states" });
    await model.dispose();
    const gradients = await gradientsOf(given, [padded]);
    assertGradients(gradients.gradients, (await gradientsOf(given, [plain])).gradients);
  });

  interface Trajectory {
    readonly steps: TrainingReference["finetune"]["steps"];
    readonly batches: readonly TrainingBatch[];
    readonly file: string;
  }

  async function follow(given: TrainingSetup, { steps, batches, file }: Trajectory): Promise<void> {
    const model = await TrainingModel.create(given);
    for (const [t, expected] of steps.entries()) {
      const found = await model.step([batches[t] ?? assert.fail()], expected.lr, t);
      const off = (a: number | null, b: number | undefined) => Math.abs((a ?? Number.NaN) - (b ?? Number.NaN));
      assert.ok(off(found.loss, expected.loss) <= tolerance.loss, `loss of step ${t}: ${found.loss}`);
      if (expected.cls_loss !== undefined) assert.ok(off(found.taskLoss, expected.cls_loss) <= tolerance.loss);
      if (expected.lm_loss !== undefined) assert.ok(off(found.lmLoss, expected.lm_loss) <= tolerance.loss);
      assert.ok(off(found.gradientNorm / expected.grad_norm, 1) <= tolerance.norm, `norm of step ${t}`);
    }
    const values = await readAll(model);
    await model.dispose();
    assertParameters(values, await referenceTensors(join(trainFolder(name), file), reference.config, values.keys()));
  }
}
