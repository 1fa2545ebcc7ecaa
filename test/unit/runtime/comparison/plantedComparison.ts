/** A comparison on a planted task, small enough to be run in seconds. */
import { join } from "node:path";
import type { ComparisonParams } from "../../../../src/runtime/comparisonRecord";
import { writeRows } from "../training/tinyTraining";
import { plantedItems } from "./planted";

const prompt = { template: "Text: {{ text }}\nAnswer: {{ answer }}", labels: { yes: ["great", "good"], no: "old" } };
const training = { epochs: 6, learningRate: 0.02, batchSize: 8, maxLength: 32, dropout: 0 };

/** Arms of every kind but LoRA's, with something to choose for two of them. */
export const plantedArms = [
  { name: "zero-shot", prompt: { ...prompt, rule: "sum" } },
  { name: "few-shot", prompt: { ...prompt, rule: "sum", k: [1, 2], calibration: "contextual" } },
  { name: "head", finetune: { method: "head", ...training, epochs: 2 } },
  { name: "full", finetune: { method: "full", ...training, lmCoef: 0 } },
];

/** An arm whose parameters grow by two orders of magnitude with every step, until they are no numbers. */
export const hopelessArm = {
  name: "hopeless",
  finetune: { method: "full", maxLength: 32, learningRate: 10, weightDecay: 10, warmup: 0, epochs: 5, batchSize: 8 },
};

/** Parameters of a comparison in `parent` of the model in `model`; the data are written there. */
export function plantedComparison(
  parent: string,
  model: string,
  changes: Readonly<Record<string, unknown>> = {},
): ComparisonParams {
  const rows = plantedItems(140, 7).map(({ fields, gold }) => ({ ...fields, label: gold }));
  writeRows(parent, "planted.jsonl", rows);
  const text = JSON.stringify({
    data: { file: "planted.jsonl", task: "classification", split: { dev: 0.2, test: 0.25 } },
    seeds: { demonstrations: 2, training: 2 },
    metrics: ["accuracy", "logLoss"],
    arms: plantedArms,
    curve: { labels: [24], k: [0, 1] },
    resamples: 200,
    ...changes,
  });
  return {
    source: { path: join(parent, "planted.compare.yaml"), text },
    model,
    store: parent,
    device: "cpu",
    runs: join(parent, "runs"),
  };
}
