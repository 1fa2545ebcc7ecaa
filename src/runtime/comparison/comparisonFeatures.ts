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
import { randomStream, shuffled } from "../training/streams";
import { poolOf } from "./comparisonData";
import type { ComparisonData, ComparisonInput, ComparisonItem } from "./comparisonInput";
import { choiceTexts, itemText } from "./itemText";

/** Vectors of length 1, in the items' order: one of each item, or one of each of its choices. */
export interface ItemFeatures {
  /** By item; none for those that no arm may learn from, and for those that are not in the sample. */
  readonly train: readonly (readonly Float32Array[])[];
  readonly test: readonly (readonly Float32Array[])[];
}

/** What features of an item are of: its texts, or these with each of its choices. */
export function featureTexts(item: Pick<ComparisonItem, "fields">): readonly string[] {
  const texts = choiceTexts(item);
  return texts.length > 0 ? texts : [itemText(item)];
}

function textsOfItem({ choices }: Pick<ComparisonData, "choices">): number {
  return choices ?? 1;
}

const fileName = "features.safetensors";
/** More texts would take longer than the comparison: of more items to learn from, a sample is taken. */
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

/**
 * Numbers of the items of train that some arm may learn from, with any seed: what a baseline may learn from too. Where they have more than
 * `mostFeatures` texts, a sample of them, by the first seed.
 */
export function learntItems(input: Pick<ComparisonInput, "data" | "arms" | "seeds">): readonly number[] {
  const { data, seeds } = input;
  const all = allLearnt(input);
  const most = Math.floor(mostFeatures / textsOfItem(data));
  if (all.length <= most) return all;
  const order = shuffled(all.length, randomStream(seeds.training[0] ?? 0, "features"));
  return order
    .slice(0, most)
    .map((place) => all[place] ?? 0)
    .sort((a, b) => a - b);
}

function allLearnt({ data, arms, seeds }: Pick<ComparisonInput, "data" | "arms" | "seeds">): readonly number[] {
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
  const train = await embedAll(model, learnt.flatMap((i) => data.train[i] ?? []).flatMap(featureTexts), turn);
  const test = await embedAll(model, data.test.flatMap(featureTexts), turn);
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

/**
 * Reads them back; null when there are none. Throws `invalidCheckpoint` for a file that does not fit the items.
 * @param counts items, and the texts of each.
 */
export async function readFeatures(
  folder: string,
  { train, test, texts = 1 }: { readonly train: number; readonly test: number; readonly texts?: number },
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
  if (learnt?.join() !== `${texts * (items?.[0] ?? 0)},${width}` || tested?.join() !== `${texts * test},${width}`)
    throw invalidCheckpoint(path, `[${learnt}], [${tested}]`);
  const rows = rowsOf(await readTensor(file, "train"), width);
  const all: (readonly Float32Array[])[] = Array.from({ length: train }, () => []);
  for (const [row, item] of (await readTensor(file, "items")).entries()) {
    if (!(Number.isInteger(item) && item >= 0 && item < train)) throw invalidCheckpoint(path, String(item), "items");
    all[item] = rows.slice(texts * row, texts * (row + 1));
  }
  const tests = rowsOf(await readTensor(file, "test"), width);
  return {
    train: all,
    test: Array.from({ length: test }, (_, item) => tests.slice(texts * item, texts * (item + 1))),
  };
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
