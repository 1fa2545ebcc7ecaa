/** Reads the training part of a folder of reference data: what `test/fixtures/README.md` describes under `train/`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { storedName } from "../../src/runtime/checkpoint/parameterNames";
import { openSafetensors, readTensor } from "../../src/runtime/checkpoint/safetensors";
import type { TrainingBatch } from "../../src/runtime/engine/trainable";
import type { GPTConfig } from "../../src/runtime/model/config";
import { fixturesFolder } from "./reference";

const ids = z.array(z.array(z.int()));
const stepSchema = z.object({
  batch: z.int().optional(),
  lr: z.number(),
  grad_norm: z.number(),
  loss: z.number(),
  cls_loss: z.number().optional(),
  lm_loss: z.number().optional(),
});
const trajectory = z.object({ steps: z.array(stepSchema), file: z.string() });
const gradients = z.object({
  loss: z.number(),
  cls_loss: z.number().optional(),
  lm_loss: z.number().optional(),
  grad_norm: z.number(),
  file: z.string(),
});

const trainSchema = z.object({
  batches: z.array(
    z.object({
      input_ids: ids,
      attention_mask: ids,
      lm_labels: ids,
      extract_pos: z.array(z.int()),
      class_labels: z.array(z.int()),
    }),
  ),
  grads_lm: gradients,
  grads_cls_lambda0: gradients,
  "grads_cls_lambda0.5": gradients,
  finetune: trajectory,
  pretrain_batches: z.array(z.object({ input_ids: ids })).optional(),
  pretrain: trajectory.optional(),
  lora_c_attn: z.object({ r: z.int(), alpha: z.int(), loss: z.number() }).optional(),
});

/** What train.json holds. */
export type TrainingReference = z.infer<typeof trainSchema>;

/** Folder of a model's training data. */
export function trainFolder(model: string): string {
  return join(fixturesFolder, model, "train");
}

/** Reads train.json. */
export function trainingReference(model: string): TrainingReference {
  return trainSchema.parse(JSON.parse(readFileSync(join(trainFolder(model), "train.json"), "utf8")));
}

/** Tensors of a file by our names: the classifier's, and the model's. */
export async function referenceTensors(
  path: string,
  config: GPTConfig,
  names: Iterable<string>,
): Promise<Map<string, Float32Array>> {
  const file = await openSafetensors(path);
  const tensors = new Map<string, Float32Array>();
  for (const name of names) {
    const stored = name.startsWith("score.") ? name.replace("score", "clf") : storedName(name, config);
    if (file.tensors.has(stored)) tensors.set(name, await readTensor(file, stored));
  }
  return tensors;
}

/** A batch of the fine-tuning data with `padding` more places on the right. */
export function fineTuningBatch(batch: TrainingReference["batches"][number], padding = 0): TrainingBatch {
  const lengths = batch.attention_mask.map((row) => row.reduce((a, b) => a + b, 0));
  const rows = batch.input_ids.map((row) => [...row, ...Array.from({ length: padding }, () => 0)]);
  const length = rows[0]?.length ?? 0;
  return {
    rows: rows.length,
    length,
    inputIds: Int32Array.from(rows.flat()),
    lengths,
    lmTargets: Int32Array.from(batch.lm_labels.flatMap((row) => shifted(row, length))),
    extract: batch.extract_pos.map((place, row) => row * length + place),
    labels: batch.class_labels,
  };
}

/** A batch of the pre-training data. */
export function pretrainingBatch({
  input_ids: rows,
}: {
  readonly input_ids: readonly (readonly number[])[];
}): TrainingBatch {
  const length = rows[0]?.length ?? 0;
  return {
    rows: rows.length,
    length,
    inputIds: Int32Array.from(rows.flat()),
    lengths: rows.map((row) => row.length),
    lmTargets: Int32Array.from(rows.flatMap((row) => shifted(row, length))),
    extract: [],
    labels: [],
  };
}

/** What is to be predicted at each place: the label of the next one. */
function shifted(labels: readonly number[], length: number): number[] {
  return Array.from({ length }, (_, t) => Math.max(-1, labels[t + 1] ?? -1));
}
