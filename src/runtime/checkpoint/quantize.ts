/** Writes a quantized copy of a model folder. Weights are read and written in pieces: a model need not fit in memory. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as z from "zod";
import { adapterNotMerged, alreadyQuantized, CancelledError, notEnoughSpace, storeFailed } from "../errors";
import { formatQuantization, type Quantization } from "../model/quantization";
import { fileExists } from "../textFile";
import { type Checkpoint, checkpointNames } from "./checkpoint";
import { tokenizerNames } from "./exportClassifier";
import { quantizedTensors } from "./quantizedTensors";
import { type TensorToWrite, tensorBytes, writeSafetensors } from "./safetensorsWriter";
import { type ModelFolder, readConfigJson } from "./store";

/** How to quantize, and whom to tell. */
export interface QuantizeOptions {
  readonly quantization: Quantization;
  /** What `hashCheckpoint` gives; it is kept in the file. */
  readonly sourceSha256: string;
  readonly signal: AbortSignal;
  /** Bytes of the source's parameters that are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Writes the quantized model as the new folder `target`: tensors as `quantizedTensors` says, the configuration
 * and the tokenizer as they are. When it fails or is cancelled, nothing is left of `target`.
 * @throws RuntimeError `invalidRequest` when the source is quantized already, `notEnoughSpace`, `storeFailed`, or `invalidCheckpoint` for a
 * value that is no number; `CancelledError`.
 */
export async function writeQuantized(source: ModelFolder, target: string, options: QuantizeOptions): Promise<void> {
  if (source.config.quantization !== null) throw alreadyQuantized(source.folder);
  if (source.adapter) throw adapterNotMerged(source.folder);
  const onBytes = counter(source, options);
  const tensors = quantizedTensors(source, { ...options, onBytes });
  await makeFolder(target, tensors);
  try {
    const metadata = { format: "pt", source_sha256: options.sourceSha256 };
    await writeSafetensors(join(target, checkpointNames.single), tensors, { metadata, signal: options.signal });
    await copySmallFiles(source, target, options.quantization);
    if (options.signal.aborted) throw new CancelledError("cancelled while quantizing");
  } catch (error) {
    await rm(target, { recursive: true, force: true });
    throw isSystemError(error) ? storeFailed(target, error.message) : error;
  }
}

/**
 * SHA-256 of a checkpoint's files, hexadecimal: of a single file its own, of shards that of one after the other, by name.
 * @param onBytes is told how many bytes were read since it was last called. Throws `CancelledError`.
 */
export async function hashCheckpoint(
  { files }: Checkpoint,
  signal: AbortSignal,
  onBytes: (count: number) => void = () => undefined,
): Promise<string> {
  const hash = createHash("sha256");
  const paths = files.map(({ path }) => path).sort((a, b) => (basename(a) < basename(b) ? -1 : 1));
  for (const path of paths)
    for await (const chunk of createReadStream(path, { highWaterMark: hashChunk })) {
      if (signal.aborted) throw new CancelledError("cancelled while hashing");
      hash.update(chunk);
      onBytes(chunk.length);
    }
  return hash.digest("hex");
}

const hashChunk = 4 << 20;

/** The tokenizer, and what generation takes from a folder. */
const copiedFiles = [...tokenizerNames, "generation_config.json"];

async function makeFolder(target: string, tensors: readonly TensorToWrite[]): Promise<void> {
  const parent = dirname(target);
  try {
    await mkdir(parent, { recursive: true });
    const needed = tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), spareBytes);
    const { bavail, bsize } = await statfs(parent);
    if (bavail * bsize < needed) throw notEnoughSpace(parent, needed, bavail * bsize);
    await mkdir(target);
  } catch (error) {
    throw isSystemError(error) ? storeFailed(target, error.message) : error;
  }
}

/** For header, configuration and tokenizer. */
const spareBytes = 16_000_000;

/** Adds up the bytes that are read and tells how many of all they are. */
function counter({ parameters }: ModelFolder, { onProgress }: QuantizeOptions): (count: number) => void {
  const total = [...parameters.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  let done = 0;
  return (count) => {
    done += count;
    onProgress?.(Math.round(done), total);
  };
}

async function copySmallFiles(source: ModelFolder, target: string, quantization: Quantization): Promise<void> {
  for (const name of copiedFiles)
    if (await fileExists(join(source.folder, name))) await copyFile(join(source.folder, name), join(target, name));
  const config = z.record(z.string(), z.unknown()).parse(await readConfigJson(source.folder));
  const json = JSON.stringify({ ...config, ...formatQuantization(quantization) }, null, 2);
  await writeFile(join(target, "config.json"), `${json}\n`);
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}
