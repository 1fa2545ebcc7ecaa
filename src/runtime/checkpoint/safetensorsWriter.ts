/** Writes safetensors files tensor by tensor, so that no more than one piece of one is in memory. */
import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { CancelledError } from "../errors";
import type { SafetensorsDType } from "./safetensors";
import { dtypeBits } from "./tensorEntry";

/** A tensor to write. */
export interface TensorToWrite {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  /** Its bytes, little-endian and row by row, in pieces. Called once, when its turn comes. */
  readonly bytes: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** What to write beside the tensors, whom to tell, what stops it. */
export interface WriteOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Bytes written so far, of all tensors. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Writes `tensors`, in their order, to `path` under a temporary name and renames it when it is complete; an older file is replaced.
 * Throws `CancelledError`, RangeError when a tensor's bytes are not as many as its shape says, or what the file system throws; then
 * nothing is left behind.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  options: WriteOptions = {},
): Promise<void> {
  const part = `${path}.${randomUUID()}.part`;
  try {
    const handle = await open(part, "wx");
    try {
      await writeAll(handle, tensors, options);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** Bytes of a tensor. */
export function tensorBytes({ dtype, shape }: Pick<TensorToWrite, "dtype" | "shape">): number {
  return (shape.reduce((a, b) => a * b, 1) * dtypeBits[dtype]) / 8;
}

async function writeAll(handle: FileHandle, tensors: readonly TensorToWrite[], options: WriteOptions): Promise<void> {
  await handle.writeFile(header(tensors, options.metadata ?? {}));
  const total = tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0);
  let done = 0;
  for (const tensor of tensors) {
    const end = done + tensorBytes(tensor);
    for await (const piece of tensor.bytes()) {
      if (options.signal?.aborted) throw new CancelledError("cancelled while writing");
      done += piece.byteLength;
      if (done > end) break;
      await handle.writeFile(piece);
      options.onProgress?.(done, total);
    }
    if (done !== end) throw new RangeError(`tensor ${tensor.name} has not the bytes that its shape says`);
  }
}

/** Length and JSON, filled up with blanks so that the data begins at a multiple of 8 bytes, as the format asks. */
function header(tensors: readonly TensorToWrite[], metadata: Readonly<Record<string, string>>): Buffer {
  const entries = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) entries.set("__metadata__", metadata);
  let offset = 0;
  for (const tensor of tensors) {
    const end = offset + tensorBytes(tensor);
    entries.set(tensor.name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [offset, end] });
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const padded = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded]);
}
