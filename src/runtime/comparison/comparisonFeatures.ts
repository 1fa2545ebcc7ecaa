/**
 * Features of the items for the baseline of the nearest neighbour: a model's mean last hidden states, computed when it is loaded, kept in the
 * run's folder, so that a report needs no model.
 */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { openSafetensors, readTensor } from "../checkpoint/safetensors";
import { type TensorToWrite, writeSafetensors } from "../checkpoint/safetensorsWriter";
import type { LoadedModel } from "../engine/loadedModel";
import type { Turn } from "../engine/passes";
import { cannotWrite, invalidCheckpoint, RuntimeError } from "../errors";
import { embedTexts } from "../prompt/embedTexts";
import { isMissing } from "../textFile";
import { poolOf } from "./comparisonData";
import type { ComparisonData, ComparisonInput } from "./comparisonInput";
import { itemText } from "./itemText";

/** Vectors of length 1 of items, in the items' order. */
export interface ItemFeatures {
  /** Empty for items that no arm may learn from. */
  readonly train: readonly Float32Array[];
  readonly test: readonly Float32Array[];
}

const fileName = "features.safetensors";
/** More items would take longer than the comparison. */
export const mostFeatures = 5000;
/** Items that are computed together. */
const stretch = 256;

/** Whether they are there. */
export async function hasFeatures(folder: string): Promise<boolean> {
  try {
    return (await lstat(join(folder, fileName))).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Numbers of the items of train that some arm may learn from, with any seed: what a baseline may learn from too. */
export function learntItems({
  data,
  arms,
  seeds,
}: Pick<ComparisonInput, "data" | "arms" | "seeds">): readonly number[] {
  const count = Math.max(0, ...arms.map(({ labels }) => labels));
  const number = new Map(data.train.map((item, i) => [item, i]));
  const all = new Set<number>();
  for (const seed of new Set([...seeds.demonstrations, ...seeds.training]))
    for (const item of poolOf(data, count, seed)) all.add(number.get(item) ?? 0);
  return [...all].sort((a, b) => a - b);
}

/**
 * Computes and keeps features. Throws as `embedTexts` does, and `cannotWrite`.
 * @param learnt numbers of items of train, see `learntItems`.
 */
export async function writeFeatures(
  folder: string,
  model: LoadedModel,
  data: Pick<ComparisonData, "train" | "test">,
  learnt: readonly number[],
  turn: Turn,
): Promise<void> {
  const train = await embedAll(model, learnt.flatMap((i) => data.train[i] ?? []).map(itemText), turn);
  const test = await embedAll(model, data.test.map(itemText), turn);
  const width = model.config.nEmbd;
  const path = join(folder, fileName);
  try {
    // Whole numbers up to 2²⁴ are exact in float32, and there are never so many items.
    const numbers = tensor("items", [Float32Array.from(learnt)], [learnt.length]);
    const rows = [tensor("train", train, [train.length, width]), tensor("test", test, [test.length, width])];
    await writeSafetensors(path, [numbers, ...rows], { signal: turn.signal });
  } catch (error) {
    if (error instanceof RuntimeError) throw error;
    throw cannotWrite(path, error);
  }
}

/** Reads them back; null when there are none. Throws `invalidCheckpoint` for a file that does not fit the items. */
export async function readFeatures(
  folder: string,
  { train, test }: { readonly train: number; readonly test: number },
): Promise<ItemFeatures | null> {
  if (!(await hasFeatures(folder))) return null;
  const path = join(folder, fileName);
  const file = await openSafetensors(path);
  const shapes = ["items", "train", "test"].map((name) => {
    const entry = file.tensors.get(name);
    if (entry?.dtype !== "F32") throw invalidCheckpoint(path, "F32", name);
    return entry.shape;
  });
  const [items, learnt, tested] = shapes;
  const width = tested?.[1] ?? 0;
  if (learnt?.join() !== `${items?.[0]},${width}` || tested?.join() !== `${test},${width}`)
    throw invalidCheckpoint(path, `[${learnt}], [${tested}]`);
  const rows = rowsOf(await readTensor(file, "train"), width);
  const all: Float32Array[] = Array.from({ length: train }, () => new Float32Array());
  for (const [row, item] of (await readTensor(file, "items")).entries()) {
    if (!(Number.isInteger(item) && item >= 0 && item < train)) throw invalidCheckpoint(path, String(item), "items");
    all[item] = rows[row] ?? new Float32Array();
  }
  return { train: all, test: rowsOf(await readTensor(file, "test"), width) };
}

async function embedAll(model: LoadedModel, texts: readonly string[], turn: Turn): Promise<readonly Float32Array[]> {
  const all: Float32Array[] = [];
  for (let from = 0; from < texts.length; from += stretch)
    all.push(...(await embedTexts(model, texts.slice(from, from + stretch), turn)));
  return all;
}

function tensor(name: string, rows: readonly Float32Array[], shape: readonly number[]): TensorToWrite {
  const bytes = () => rows.map((row) => new Uint8Array(row.buffer, row.byteOffset, row.byteLength));
  return { name, dtype: "F32", shape, bytes };
}

function rowsOf(values: Float32Array, width: number): readonly Float32Array[] {
  return Array.from({ length: width > 0 ? values.length / width : 0 }, (_, row) =>
    values.slice(row * width, (row + 1) * width),
  );
}
