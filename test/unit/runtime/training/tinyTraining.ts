/** A tiny model with the starter's tokenizer, tiny data, and settings with which a run takes a second. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportModel } from "../../../../src/runtime/checkpoint/export";
import { parseGPTConfig } from "../../../../src/runtime/model/config";
import { initialValues } from "../../../../src/runtime/model/initialize";
import { longRandom } from "../../../../src/runtime/random";
import { fineTuneDefaults } from "../../../../src/runtime/training/settings";
import type { TrainingData } from "../../../../src/runtime/trainingDataProtocol";
import type { FineTuneParams, TrainingMethod } from "../../../../src/runtime/trainingProtocol";
import { root } from "../checkpoint/support";

const starter = join(root, "media/models/starter");

/** Writes a GPT-2 of one block to `parent/tiny`. */
export async function tinyModel(parent: string): Promise<string> {
  const folder = join(parent, "tiny");
  const sizes = { n_layer: 1, n_head: 2, n_embd: 8, n_positions: 24, vocab_size: 8192, eos_token_id: 8191 };
  const config = parseGPTConfig({ model_type: "gpt2", ...sizes, bos_token_id: 8191 }, "config.json");
  const random = longRandom(1);
  const values = (name: string, count: number) => initialValues(name, count, config, random);
  const copy = ["vocab.json", "merges.txt"].map((file) => join(starter, file));
  await exportModel(folder, { config, values }, { dtype: "F32", copy });
  return folder;
}

/** Writes `rows` as JSON Lines to `parent/name`. */
export function writeRows(parent: string, name: string, rows: readonly unknown[]): string {
  const path = join(parent, name);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return path;
}

/** Sentences of two kinds. */
export function sentences(count: number): { text: string; label: string }[] {
  const words = [
    ["good", "fine", "great", "lovely"],
    ["bad", "poor", "awful", "dull"],
  ];
  return Array.from({ length: count }, (_, i) => ({
    text: `number ${i} is ${words[i % 2]?.[(i >> 1) % 4] ?? ""} ${"indeed ".repeat(i % 3)}`.trim(),
    label: i % 2 === 0 ? "positive" : "negative",
  }));
}

/** How a run of a method is asked for. */
export function tinyParams(
  parent: string,
  model: string,
  kind: TrainingMethod["kind"],
  data: Pick<TrainingData, "path"> & Partial<TrainingData>,
): FineTuneParams {
  const standard = fineTuneDefaults[kind];
  const lora = { kind: "lora", r: 2, loraAlpha: 4, loraDropout: 0.1, targetModules: ["attn.c_attn"] } as const;
  return {
    model: { folder: model, device: "cpu" },
    data: { task: "classification", devShare: 0.2, testShare: 0.2, seed: 0, ...data },
    settings: {
      ...standard,
      ...(kind === "lora" && { method: lora }),
      optimizer: { ...standard.optimizer, learningRate: 1e-2, batchSize: 4, microBatchSize: 2 },
      epochs: 2,
      evaluateEvery: 4,
      patience: 0,
      checkpointEvery: 3,
      seed: 7,
    },
    runs: join(parent, "runs"),
    name: kind,
  };
}
