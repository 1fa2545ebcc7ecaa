/**
 * The final states that a classifier reads, computed once. They are kept on disk, so that a run that is resumed has the very same ones, and
 * read from there piece by piece where they are many.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openSafetensors, readTensor, type SafetensorsFile } from "../checkpoint/safetensors";
import { writeSafetensors } from "../checkpoint/safetensorsWriter";
import type { FeatureBatch } from "../engine/trainable";
import { cannotWrite, invalidCheckpoint, RuntimeError } from "../errors";
import { fileExists } from "../textFile";
import type { SplitName } from "../trainingDataProtocol";
import type { EncodedItem } from "./inputTransforms";

/** Most bytes of them that are held in memory. */
const mostInMemory = 512 << 20;
const tensor = "features";

/** States of the sequences of one part of the data, item after item. */
export class FeatureStore {
  /** First sequence of each item; one more at the end. */
  readonly #starts: readonly number[];

  private constructor(
    private readonly file: SafetensorsFile,
    private readonly items: readonly EncodedItem[],
    private readonly width: number,
    private readonly values: Float32Array | null,
  ) {
    this.#starts = starts(items);
  }

  /**
   * The states of `items`, from the run's folder or computed by `compute`: [sequences, width], for items with these numbers.
   * @param batches which items are computed together.
   * @throws RuntimeError `cannotWrite` or `invalidCheckpoint`, and what `compute` throws.
   */
  static async open(
    folder: string,
    split: SplitName,
    items: readonly EncodedItem[],
    width: number,
    batches: readonly (readonly number[])[],
    compute: (items: readonly number[]) => Promise<Float32Array>,
  ): Promise<FeatureStore> {
    const path = join(folder, `${split}.safetensors`);
    const sequences = starts(items).at(-1) ?? 0;
    if (!(await fileExists(path))) {
      const values = new Float32Array(sequences * width);
      const first = starts(items);
      for (const batch of batches) {
        const states = await compute(batch);
        let row = 0;
        for (const item of batch) {
          const count = items[item]?.sequences.length ?? 0;
          values.set(states.subarray(row * width, (row + count) * width), (first[item] ?? 0) * width);
          row += count;
        }
      }
      await write(folder, path, values, [sequences, width]);
    }
    const file = await openSafetensors(path);
    const entry = file.tensors.get(tensor);
    if (entry?.dtype !== "F32" || entry.shape.join() !== `${sequences},${width}`)
      throw invalidCheckpoint(path, `[${sequences}, ${width}]`, tensor);
    const values = entry.byteLength <= mostInMemory ? await readTensor(file, tensor) : null;
    return new FeatureStore(file, items, width, values);
  }

  /** States and labels of some items. */
  async batch(items: readonly number[]): Promise<FeatureBatch> {
    const rows = await Promise.all(items.map((item) => this.#rows(item)));
    const features = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const values of rows) {
      features.set(values, offset);
      offset += values.length;
    }
    return { features, labels: items.map((item) => this.items[item]?.label ?? 0) };
  }

  async #rows(item: number): Promise<Float32Array> {
    const [start, end] = [this.#starts[item] ?? 0, this.#starts[item + 1] ?? 0];
    const range = { start: start * this.width, count: (end - start) * this.width };
    return this.values?.subarray(range.start, range.start + range.count) ?? readTensor(this.file, tensor, range);
  }
}

function starts(items: readonly EncodedItem[]): number[] {
  const found = [0];
  for (const { sequences } of items) found.push((found.at(-1) ?? 0) + sequences.length);
  return found;
}

async function write(folder: string, path: string, values: Float32Array, shape: readonly number[]): Promise<void> {
  const bytes = () => [new Uint8Array(values.buffer, values.byteOffset, values.byteLength)];
  try {
    await mkdir(folder, { recursive: true });
    await writeSafetensors(path, [{ name: tensor, dtype: "F32", shape, bytes }]);
  } catch (error) {
    if (error instanceof RuntimeError) throw error;
    throw cannotWrite(path, error);
  }
}
