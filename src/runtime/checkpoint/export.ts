/** Writes a model folder that we and Hugging Face's transformers read. */
import { copyFile, statfs, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { notEnoughSpace } from "../errors";
import { formatGPTConfig, type GPTConfig, type RawConfig } from "../model/config";
import { checkpointNames } from "./checkpoint";
import { encodeFloats, type WrittenDType } from "./narrow";
import { writeNewFolder } from "./newFolder";
import { parameterShapes, storedName } from "./parameterNames";
import { type TensorToWrite, tensorBytes, writeSafetensors } from "./safetensorsWriter";

/** A model to write. */
export interface ModelToWrite {
  readonly config: GPTConfig;
  /**
   * The parameter's values (canonical name, number of values) in pieces; asked once each, in the order of `parameterShapes`, and then of
   * `extra`.
   */
  readonly values: (name: string, count: number) => Iterable<Float32Array> | AsyncIterable<Float32Array>;
  /** Tensors besides the model's own, by the name that they are written under. */
  readonly extra?: ReadonlyMap<string, readonly number[]>;
  /** Keys of config.json besides the model's own, or in place of them. */
  readonly keys?: RawConfig;
}

/** How to write it. */
export interface ExportOptions {
  readonly dtype: WrittenDType;
  /** Largest file, bytes; what is larger is cut into shards. Default 5 · 10⁹, as transformers does. */
  readonly maxShardBytes?: number;
  /** Files to copy along, such as a tokenizer's. */
  readonly copy?: readonly string[];
  /** Changes the folder before it gets its name. */
  readonly finish?: (folder: string) => Promise<void>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Bytes of the parameters as they will be written. */
export function exportedBytes(config: GPTConfig, dtype: WrittenDType): number {
  return [...parameterShapes(config).values()].reduce((sum, shape) => sum + tensorBytes({ dtype, shape }), 0);
}

/**
 * Writes `folder`, which must not exist, under a temporary name and renames it when it is complete.
 * @throws RuntimeError `storeFailed`, `notEnoughSpace` or `cannotWrite`; `CancelledError`. Then nothing is left behind.
 */
export async function exportModel(folder: string, model: ModelToWrite, options: ExportOptions): Promise<void> {
  await writeNewFolder(folder, async (part) => {
    await checkSpace(dirname(part), exportedBytes(model.config, options.dtype));
    await writeContents(part, model, options);
    await options.finish?.(part);
  });
}

async function checkSpace(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < needed) throw notEnoughSpace(folder, needed, bavail * bsize);
}

const torchNames: { readonly [D in WrittenDType]: string } = { F32: "float32", F16: "float16", BF16: "bfloat16" };

async function writeContents(folder: string, model: ModelToWrite, options: ExportOptions): Promise<void> {
  const { config, values, extra = new Map() } = model;
  const { dtype, copy = [] } = options;
  const raw = { ...formatGPTConfig(config), dtype: torchNames[dtype], ...model.keys };
  await writeFile(join(folder, "config.json"), `${JSON.stringify(raw, null, 2)}\n`);
  for (const file of copy) await copyFile(file, join(folder, file.split(/[\\/]/).at(-1) ?? ""));
  const tensor = (name: string, shape: readonly number[], written: string): TensorToWrite => {
    const count = shape.reduce((a, b) => a * b, 1);
    const bytes = async function* () {
      for await (const piece of values(name, count)) yield encodeFloats(piece, dtype);
    };
    return { name: written, dtype, shape, bytes };
  };
  const own = Array.from(parameterShapes(config), ([name, shape]) => tensor(name, shape, storedName(name, config)));
  const others = Array.from(extra, ([name, shape]) => tensor(name, shape, name));
  await writeShards(folder, [...own, ...others], options);
}

async function writeShards(folder: string, tensors: readonly TensorToWrite[], options: ExportOptions): Promise<void> {
  const shards = cutShards(tensors, options.maxShardBytes ?? 5e9);
  const total = tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0);
  const names = shards.map((_, i) => (shards.length === 1 ? checkpointNames.single : shardName(i, shards.length)));
  let before = 0;
  for (const [i, shard] of shards.entries()) {
    const start = before;
    await writeSafetensors(join(folder, names[i] ?? ""), shard, {
      metadata: { format: "pt" },
      ...(options.signal && { signal: options.signal }),
      onProgress: (done) => options.onProgress?.(start + done, total),
    });
    before += shard.reduce((sum, tensor) => sum + tensorBytes(tensor), 0);
  }
  if (shards.length === 1) return;
  const places = shards.flatMap((shard, i) => shard.map(({ name }) => [name, names[i]]));
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(places) };
  await writeFile(join(folder, checkpointNames.index), `${JSON.stringify(index, null, 2)}\n`);
}

function shardName(index: number, count: number): string {
  const digits = (n: number) => String(n).padStart(5, "0");
  return `model-${digits(index + 1)}-of-${digits(count)}.safetensors`;
}

/** In order, as many in each as fit; one that is larger than a shard has one of its own. */
function cutShards(tensors: readonly TensorToWrite[], maxBytes: number): TensorToWrite[][] {
  const shards: TensorToWrite[][] = [];
  let room = 0;
  for (const tensor of tensors) {
    const bytes = tensorBytes(tensor);
    if (shards.length === 0 || bytes > room) {
      shards.push([]);
      room = maxBytes;
    }
    shards.at(-1)?.push(tensor);
    room -= bytes;
  }
  return shards;
}
