/** What we fine-tune, in Hugging Face's transformers and PEFT: classifiers, adapters with their heads, merged models, and 50 steps beside PyTorch's. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { writeAdapter } from "../../src/runtime/checkpoint/adapter";
import type { ClassifierInfo } from "../../src/runtime/checkpoint/classifierInfo";
import { exportModel } from "../../src/runtime/checkpoint/export";
import { headShapes, padTokenId, writeClassifier } from "../../src/runtime/checkpoint/exportClassifier";
import { mergeAdapter } from "../../src/runtime/checkpoint/merge";
import { modelHash } from "../../src/runtime/checkpoint/modelHash";
import { parameterShapes } from "../../src/runtime/checkpoint/parameterNames";
import { parameterValues } from "../../src/runtime/checkpoint/parameterValues";
import { openSafetensors, readTensor } from "../../src/runtime/checkpoint/safetensors";
import { openModelFolder } from "../../src/runtime/checkpoint/store";
import { HeadModel } from "../../src/runtime/engine/headModel";
import { checkpointFolder, checkpointParameters } from "../../src/runtime/engine/parameters";
import { int64Tensor, readFloat32, Session } from "../../src/runtime/engine/session";
import type { StepResult, TrainingBatch } from "../../src/runtime/engine/trainable";
import { TrainingModel, type TrainingSetup } from "../../src/runtime/engine/trainingModel";
import { buildClassifierGraph, scoresName } from "../../src/runtime/model/classifierGraph";
import { type GPTConfig, parseGPTConfig } from "../../src/runtime/model/config";
import { deviceTraits } from "../../src/runtime/model/deviceTraits";
import { initialHead } from "../../src/runtime/model/heads";
import { initialFactor, loraShapes } from "../../src/runtime/model/lora";
import { fillNormal, longRandom, type Random } from "../../src/runtime/random";
import { encodeItem, trainingBatch } from "../../src/runtime/training/inputTransforms";
import { specialTokens } from "../../src/runtime/training/specialTokens";
import type { TrainingMethod } from "../../src/runtime/trainingProtocol";
import { assertClose } from "../parity/assertClose";
import { peerPython } from "./environment";

const root = join(__dirname, "../..");
const starter = join(root, "media/models/starter");
const sst2 = join(root, "../shared/datasets/sst2.train.jsonl");
const labels = ["negative", "positive", "neither"];

const small = { n_layer: 3, n_head: 4, n_embd: 32, n_positions: 40, vocab_size: 67 };
const neo = {
  ...{ num_layers: 3, num_heads: 4, hidden_size: 32, max_position_embeddings: 40, vocab_size: 67, window_size: 6 },
  attention_types: [
    [["global", "local"], 1],
    [["global"], 1],
  ],
};
const models: Readonly<Record<string, { readonly config: GPTConfig; readonly targetModules: readonly string[] }>> = {
  gpt1: {
    config: parseGPTConfig({ model_type: "openai-gpt", ...small }, "c"),
    targetModules: ["attn.c_attn", "mlp.c_proj"],
  },
  gpt2: {
    config: parseGPTConfig({ model_type: "gpt2", ...small }, "c"),
    targetModules: ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"],
  },
  neo: {
    config: parseGPTConfig({ model_type: "gpt_neo", ...neo }, "c"),
    targetModules: ["attn.q_proj", "attn.v_proj", "attn.c_proj", "mlp.c_fc"],
  },
};

/** Two sequences that end in the extract token, the second one shorter; padded as our configuration says. */
const special = { start: 64, delimiter: 65, extract: 66 };
const sequences = [
  [64, 5, 9, 12, 33, 2, 7, 41, 18, 66],
  [64, 8, 65, 3, 29, 66],
];
const pad = padTokenId({ special });
const batch = {
  ids: sequences.map((row) => Array.from({ length: 10 }, (_, t) => row[t] ?? pad)),
  mask: sequences.map((row) => Array.from({ length: 10 }, (_, t) => (t < row.length ? 1 : 0))),
};

describe("what was fine-tuned", () => {
  let python = "";
  let folder = "";

  before(async function () {
    const found = await peerPython();
    if (found.kind === "missing") {
      console.log(`    Not compared with transformers and PEFT here: ${found.reason}`);
      this.skip();
    }
    python = found.python;
    folder = mkdtempSync(join(tmpdir(), "gptw-peers-"));
  });

  after(() => {
    if (folder) rmSync(folder, { recursive: true });
  });

  function run(script: string, argument: string): unknown {
    const options = { encoding: "utf8", maxBuffer: 2 ** 28 } as const;
    const { status, stdout, stderr } = spawnSync(python, [join(__dirname, script), argument], options);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  }

  it("gives the same logits there: classifiers, adapters with their heads, merged models", async () => {
    const made = join(folder, "made");
    for (const [name, { config, targetModules }] of Object.entries(models))
      await makeAll(join(made, name), config, targetModules);
    writeFileSync(join(made, "ids.json"), JSON.stringify(batch));
    const problems = z
      .record(
        z.string(),
        z.object({ classifier: z.object({}).loose(), merged: z.object({}).loose(), labels: z.array(z.string()) }),
      )
      .parse(run("read_classifiers.py", made));
    for (const [name, { config }] of Object.entries(models)) {
      assert.deepEqual(problems[name], { classifier: {}, merged: {}, labels }, name);
      const theirs = await openSafetensors(join(made, name, "theirs.safetensors"));
      const atol = config.modelType === "gpt_neo" ? 3e-4 : 1e-4;
      for (const what of ["classifier", "adapter", "merged"]) {
        const expected = await readTensor(theirs, what);
        assert.ok(expected.some((x) => Math.abs(x) > 0.1));
        assertClose(await scoresHere(join(made, name, what)), expected, { atol, what: `${what} of ${name}` });
      }
      assertClose(await readTensor(theirs, "merged"), await readTensor(theirs, "adapter"), {
        atol,
        what: `${name} merged`,
      });
    }
  });

  for (const method of methods())
    it(`goes the way of PyTorch over 50 steps of SST-2 from the starter: ${method.kind}`, async function () {
      if (!existsSync(sst2)) {
        console.log("      shared/datasets is not here");
        this.skip();
      }
      const job = await makeJob(join(folder, method.kind), method);
      writeFileSync(join(folder, `${method.kind}.json`), JSON.stringify(job.theirs));
      const { steps, trained } = z
        .object({
          steps: z.array(z.object({ loss: z.number(), task: z.number(), lm: z.number().nullable(), norm: z.number() })),
          trained: z.int(),
        })
        .parse(run("train_theirs.py", join(folder, `${method.kind}.json`)));
      assert.equal(trained, job.trained);
      const ours = await job.ours();
      const part = (pick: (step: StepResult) => number | null) => ours.map((step) => pick(step) ?? 0);
      assertClose(
        part(({ loss }) => loss),
        steps.map(({ loss }) => loss),
        { atol: 1e-4, what: "loss" },
      );
      assertClose(
        part(({ taskLoss }) => taskLoss),
        steps.map(({ task }) => task),
        { atol: 1e-4, what: "task loss" },
      );
      assertClose(
        part(({ lmLoss }) => lmLoss),
        steps.map(({ lm }) => lm ?? 0),
        { atol: 1e-4, what: "LM loss" },
      );
      const norms = (all: readonly number[]) => all.map(Math.log);
      assertClose(norms(part(({ gradientNorm }) => gradientNorm)), norms(steps.map(({ norm }) => norm)), {
        atol: 1e-3,
        what: "logarithm of the gradient's norm",
      });
    });
});

function methods(): readonly TrainingMethod[] {
  const targetModules = ["attn.c_attn", "attn.c_proj"];
  return [{ kind: "head" }, { kind: "lora", r: 8, loraAlpha: 16, loraDropout: 0, targetModules }, { kind: "full" }];
}

function infoOf(base: ClassifierInfo["base"]): ClassifierInfo {
  return { task: "classification", labels, special, maxLength: 40, headBias: false, base };
}

/** A base, a classifier of the same sizes, an adapter of the base, and both merged. */
async function makeAll(folder: string, config: GPTConfig, targetModules: readonly string[]): Promise<void> {
  const random = longRandom(11);
  const base = join(folder, "base");
  const pieces = (name: string, count: number) => [valuesFor(name, count, random)];
  await exportModel(base, { config, values: pieces }, { dtype: "F32" });
  const sha256 = await modelHash(base, { signal: new AbortController().signal, memory: null });
  const info = infoOf({ name: "base", folder: base, sha256 });
  const method = { kind: "lora", r: 4, loraAlpha: 8, loraDropout: 0.1, targetModules } as const;
  const shapes = new Map([...parameterShapes(config), ...headShapes(config, info), ...loraShapes(config, method)]);
  const values = async (name: string) =>
    valuesFor(
      name,
      (shapes.get(name) ?? []).reduce((a, b) => a * b, 1),
      random,
    );
  await writeClassifier(join(folder, "classifier"), { config, values, info, tokenizerFiles: [] });
  await writeAdapter(join(folder, "adapter"), { config, method, values, info, tokenizerFiles: [] });
  await mergeAdapter(join(folder, "adapter"), join(folder, "merged"));
}

/** Large enough that every part matters. */
function valuesFor(name: string, count: number, random: Random): Float32Array {
  const values = new Float32Array(count);
  fillNormal(values, 0.2, random);
  const isGain = /(^|\.)ln_\w+\.weight$/.test(name);
  return isGain ? values.map((x) => 1 + x) : values;
}

/** Logits of our batch. */
async function scoresHere(folder: string): Promise<Float32Array> {
  const model = await openModelFolder(folder);
  const graph = buildClassifierGraph(model.config, checkpointParameters(model), deviceTraits.cpu);
  const options = { name: "classifier", device: "cpu", folder: checkpointFolder(model.checkpoint) } as const;
  const session = await Session.create(graph, options);
  const shape = [2, 10];
  const feeds = {
    input_ids: int64Tensor(batch.ids.flat(), shape),
    position_ids: int64Tensor(
      batch.ids.flatMap((row) => [...row.keys()]),
      shape,
    ),
    attention_mask: int64Tensor(batch.mask.flat(), shape),
    extract: int64Tensor(
      sequences.map(({ length }, row) => row * 10 + length - 1),
      [2],
    ),
  };
  try {
    return readFloat32(await session.run(feeds, { [scoresName]: null }), scoresName);
  } finally {
    await session.release();
  }
}

const optimizer = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 };
const stepCount = 50;
const perStep = 4;

/** The same start, batches and learning rates for both. */
async function makeJob(folder: string, method: TrainingMethod) {
  const base = await openModelFolder(starter);
  const { tokenizer } = base;
  assert.ok(tokenizer);
  const tokens = specialTokens(method.kind === "full" ? "new" : "existing", base.config, tokenizer);
  const { config } = tokens;
  const lmCoef = method.kind === "head" ? 0 : 0.5;
  const initial = initialOf(base, config);
  const batches = realBatches((text) => tokenizer.encode(text), tokens.special, lmCoef > 0);
  tokenizer.free();
  const learningRate = (step: number) => 5e-4 * Math.min(1, (step + 1) / 5);
  const info: ClassifierInfo = {
    ...infoOf({ name: "starter", folder: starter, sha256: "" }),
    ...{ labels: labels.slice(0, 2), special: tokens.special, maxLength: 64 },
  };
  const shapes = new Map([...parameterShapes(config), ...headShapes(config, info)]);
  if (method.kind === "lora") for (const [name, shape] of loraShapes(config, method)) shapes.set(name, shape);
  const values = async (name: string) => initial(name, shapes.get(name) ?? []);
  if (method.kind === "lora") await writeAdapter(folder, { config, method, values, info, tokenizerFiles: [] });
  else await writeClassifier(folder, { config, values, info, tokenizerFiles: [] });
  const setup: TrainingSetup = {
    ...{ config, method, optimizer, initial, recompute: false, seed: 1, device: "cpu" as const },
    objective: { kind: "classification", numLabels: 2, lmCoef, headBias: false },
    dropout: { embedding: 0, residual: 0, attention: 0, classifier: 0 },
  };
  return {
    ours: () => trainHere(setup, batches, learningRate),
    trained: trainedCount(setup, shapes),
    theirs: {
      ...{ method: method.kind, start: folder, base: starter, lmCoef, optimizer },
      steps: batches.map((one, step) => ({ learningRate: learningRate(step), batch: theirBatch(one) })),
    },
  };
}

function trainedCount({ method }: TrainingSetup, shapes: ReadonlyMap<string, readonly number[]>): number {
  const isTrained = (name: string) =>
    method.kind === "full" || name.startsWith("score.") || (method.kind === "lora" && name.includes(".lora_"));
  return [...shapes]
    .filter(([name]) => isTrained(name))
    .reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

function initialOf(base: Awaited<ReturnType<typeof openModelFolder>>, config: GPTConfig): TrainingSetup["initial"] {
  return async (name, shape) => {
    // By name, so that each is the same whenever it is asked for.
    const random = longRandom([...name].reduce((sum, character) => sum * 31 + character.charCodeAt(0), 7) % 2 ** 31);
    if (name.startsWith("score.")) return initialHead(name, shape, random);
    if (name.includes(".lora_")) return initialFactor(name, shape, random);
    const own = await parameterValues(base, name);
    if (name !== "wte.weight" || config.vocabSize === base.config.vocabSize) return own;
    const extended = new Float32Array(config.vocabSize * config.nEmbd);
    fillNormal(extended, 0.02, random);
    extended.set(own);
    return extended;
  };
}

function realBatches(
  encode: (text: string) => number[],
  tokens: ClassifierInfo["special"],
  lm: boolean,
): TrainingBatch[] {
  const rows = readFileSync(sst2, "utf8").split("\n", stepCount * perStep);
  const items = rows.map((row) => {
    const { text, label } = z
      .object({ text: z.string(), label: z.enum(["negative", "positive"]) })
      .parse(JSON.parse(row));
    return encodeItem({ fields: { text }, label: label === "positive" ? 1 : 0 }, "classification", encode, tokens, 64);
  });
  return Array.from({ length: stepCount }, (_, step) =>
    trainingBatch(items.slice(step * perStep, (step + 1) * perStep), { padTo: 32, lm }),
  );
}

function theirBatch({ rows, length, inputIds, lengths, extract, labels: gold }: TrainingBatch) {
  const row = <T>(make: (r: number, t: number) => T) =>
    Array.from({ length: rows }, (_, r) => Array.from({ length }, (_, t) => make(r, t)));
  return {
    ids: row((r, t) => inputIds[r * length + t] ?? 0),
    mask: row((r, t) => (t < (lengths[r] ?? 0) ? 1 : 0)),
    ...{ extract, labels: gold },
  };
}

async function trainHere(
  setup: TrainingSetup,
  batches: readonly TrainingBatch[],
  learningRate: (step: number) => number,
): Promise<StepResult[]> {
  const whole = await TrainingModel.create(setup);
  const results: StepResult[] = [];
  if (setup.method.kind !== "head") {
    for (const [step, one] of batches.entries()) results.push(await whole.step([one], learningRate(step), step));
    await whole.dispose();
    return results;
  }
  const features = [];
  for (const one of batches) features.push({ features: await whole.features(one), labels: one.labels });
  await whole.dispose();
  const head = await HeadModel.create(setup);
  for (const [step, one] of features.entries()) results.push(await head.step([one], learningRate(step), step));
  await head.dispose();
  return results;
}
