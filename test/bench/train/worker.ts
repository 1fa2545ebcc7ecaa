/** Our optimizer steps, one for each line read: `worker.ts FOLDER DEVICE SETTINGS`. Answers with seconds and loss, at last with the peak of memory. */

import { join } from "node:path";
import { createInterface } from "node:readline";
import { storedName } from "../../../src/runtime/checkpoint/parameterNames";
import { openSafetensors, readTensor } from "../../../src/runtime/checkpoint/safetensors";
import { openModelFolder } from "../../../src/runtime/checkpoint/store";
import { HeadModel } from "../../../src/runtime/engine/headModel";
import type { StepResult, TrainingBatch } from "../../../src/runtime/engine/trainable";
import { TrainingModel, type TrainingSetup } from "../../../src/runtime/engine/trainingModel";
import { initialHead, type Objective } from "../../../src/runtime/model/heads";
import { initialFactor } from "../../../src/runtime/model/lora";
import type { Device } from "../../../src/runtime/protocol";
import { seededRandom } from "../../../src/runtime/random";
import { type TrainBenchSettings, trainBenchSettings } from "./settings";

type Step = (step: number) => Promise<StepResult>;

/** The batch of a step: pseudo-random tokens, the same for everybody. */
function batchIds({ rows, length, vocabSize }: TrainBenchSettings, step: number): number[] {
  return Array.from({ length: rows * length }, (_, i) => (i * 7919 + step * 104_729 + 13) % vocabSize);
}

function languageModelBatch(settings: TrainBenchSettings, step: number): TrainingBatch {
  const { rows, length } = settings;
  const ids = batchIds(settings, step);
  return {
    rows,
    length,
    inputIds: Int32Array.from(ids),
    lengths: Array.from({ length: rows }, () => length),
    lmTargets: Int32Array.from(ids, (_, i) => (i % length === length - 1 ? -1 : (ids[i + 1] ?? -1))),
    extract: [],
    labels: [],
  };
}

function classifierBatch(settings: TrainBenchSettings, step: number): TrainingBatch {
  const { rows, length } = settings;
  return {
    ...languageModelBatch(settings, step),
    extract: Array.from({ length: rows }, (_, row) => row * length + length - 1),
    labels: Array.from({ length: rows }, (_, row) => (row + step) % 2),
  };
}

async function prepare(folder: string, device: Device, settings: TrainBenchSettings): Promise<Step> {
  const { config } = await openModelFolder(folder);
  const file = await openSafetensors(join(folder, "model.safetensors"));
  const { what, dropout } = settings;
  const objective: Objective =
    what === "full" ? { kind: "languageModel" } : { kind: "classification", numLabels: 2, lmCoef: 0, headBias: false };
  const random = seededRandom(1);
  const given: TrainingSetup = {
    config,
    objective,
    method:
      what === "lora"
        ? { kind: "lora", r: 8, loraAlpha: 16, loraDropout: 0, targetModules: ["attn.c_attn"] }
        : { kind: what },
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 },
    dropout: { embedding: dropout, residual: dropout, attention: dropout, classifier: 0 },
    seed: 1,
    recompute: settings.recompute,
    device,
    initial: (name, shape) => {
      if (name.includes(".lora_")) return initialFactor(name, shape, random);
      return name.startsWith("score.") ? initialHead(name, shape, random) : readTensor(file, storedName(name, config));
    },
  };
  const model = await TrainingModel.create(given);
  if (what !== "head") {
    const batch = what === "full" ? languageModelBatch : classifierBatch;
    return (step) => model.step([batch(settings, step)], settings.learningRate, step);
  }
  const head = await HeadModel.create(given);
  return async (step) => {
    const batch = classifierBatch(settings, step);
    return head.step([{ features: await model.features(batch), labels: batch.labels }], settings.learningRate, step);
  };
}

async function main(): Promise<void> {
  const [folder = "", device = "cpu", json = "{}"] = process.argv.slice(2);
  const settings = trainBenchSettings.parse(JSON.parse(json));
  const step = await prepare(folder, device as Device, settings);
  console.log("ready");
  let count = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === "end") break;
    const [start, used] = [performance.now(), process.cpuUsage()];
    const { loss } = await step(count++);
    const { user, system } = process.cpuUsage(used);
    const seconds = (performance.now() - start) / 1000;
    console.log(JSON.stringify({ seconds, loss, cpuSeconds: (user + system) / 1e6 }));
  }
  console.log(JSON.stringify({ peakMemoryMB: process.resourceUsage().maxRSS / 1024 }));
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
