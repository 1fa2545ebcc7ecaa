/** Reads a folder of reference data: what `test/fixtures/README.md` describes. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { openSafetensors, readTensor, type SafetensorsFile } from "../../src/runtime/checkpoint/safetensors";

const ids = z.array(z.array(z.int()));
const numbers = z.array(z.array(z.number()));

const caseSchema = z.object({
  input_ids: ids,
  attention_mask: ids.nullable(),
  position_ids: ids.nullable(),
  labels: ids,
  loss: z.number(),
  last_position: z.array(z.int()),
  top5_ids: ids,
  top5_logprobs: numbers,
  greedy_16: ids,
});

const expectedSchema = z.object({ cases: z.record(z.string(), caseSchema) });

/** One batch of two sequences and what the reference says of it. */
export type ReferenceCase = z.infer<typeof caseSchema>;

/** A model of the reference set. */
export interface ReferenceModel {
  readonly name: string;
  readonly folder: string;
  readonly cases: Readonly<Record<string, ReferenceCase>>;
}

/** The folder named by `GPTW_FIXTURES`, or the one that is part of the project. */
export const fixturesFolder = resolve(process.env.GPTW_FIXTURES ?? join(__dirname, "..", "fixtures"));

/** Every model in `folder`. Throws when there is none, or when a file does not have the form described. */
export function referenceModels(folder: string): ReferenceModel[] {
  const models = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, "expected.json")))
    .map((entry) => readModel(join(folder, entry.name), entry.name));
  if (models.length === 0) throw new Error(`${folder} holds no folder with an expected.json`);
  return models;
}

/** Opens the tensors that belong to a model's `expected.json`. */
export function expectedTensors(model: ReferenceModel): Promise<SafetensorsFile> {
  return openSafetensors(join(model.folder, "expected.safetensors"));
}

/** `[2, T, width]` of a case, cut into rows. */
export async function expectedRows(file: SafetensorsFile, name: string): Promise<Float32Array[]> {
  const data = await readTensor(file, name);
  const width = file.tensors.get(name)?.shape.at(-1) ?? 1;
  return Array.from({ length: data.length / width }, (_, row) => data.subarray(row * width, (row + 1) * width));
}

function readModel(folder: string, name: string): ReferenceModel {
  const json: unknown = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));
  return { name, folder, cases: expectedSchema.parse(json).cases };
}
