/**
 * Reads safetensors files: 8 bytes with the header's length, a JSON header, then the tensors' bytes.
 * A file is somebody else's, so nothing is believed: what comes out of `parseSafetensorsHeader` lies within the file,
 * in order, with no overlap and no hole.
 */
import { type FileHandle, open } from "node:fs/promises";
import * as l10n from "@vscode/l10n";
import { invalidCheckpoint, type RuntimeError, tensorMissing, unsupportedDType } from "../errors";
import { brief, checkNoDuplicateKeys } from "./headerText";
import { dtypeBits, parseEntry } from "./tensorEntry";
import { widen } from "./widen";

/** Names of the format for the types of elements. */
export type SafetensorsDType =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "F8_E5M2"
  | "F8_E4M3"
  | "F8_E8M0"
  | "F6_E2M3"
  | "F6_E3M2"
  | "F4"
  | "C64"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U64"
  | "U32"
  | "U16"
  | "U8"
  | "BOOL";

/** Where a tensor lies in its file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

/** A checkpoint's table of contents. */
export interface SafetensorsFile {
  readonly path: string;
  /** Bytes of the whole file. */
  readonly byteLength: number;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** What the header's `__metadata__` says. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Longest header accepted, bytes: the limit of the reference implementation. */
export const maxHeaderLength = 100_000_000;

/** Bytes before the header: its length as a little-endian 64-bit number. */
export const prefixLength = 8;

/**
 * Checks a header.
 * @param header the JSON bytes, without the 8 bytes before them.
 * @param file names the file in errors and becomes `path`.
 * @param dataStart offset of the first tensor byte, bytes.
 * @param fileSize bytes.
 * @throws RuntimeError `invalidCheckpoint`, naming file and tensor.
 */
export function parseSafetensorsHeader(
  header: Uint8Array,
  file: string,
  dataStart: number,
  fileSize: number,
): SafetensorsFile {
  const root = parseHeaderJson(header, file);
  const metadata = parseMetadata(root.get("__metadata__"), file);
  root.delete("__metadata__");
  const entries = [...root].map(([name, value]) => parseEntry(name, value, dataStart, file));
  checkLayout(entries, dataStart, fileSize, file);
  return { path: file, byteLength: fileSize, tensors: new Map(entries.map((entry) => [entry.name, entry])), metadata };
}

/**
 * Reads a file's header, and nothing else of it.
 * @throws RuntimeError `invalidCheckpoint`.
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  return withFile(path, async (handle) => {
    const info = await handle.stat();
    if (!info.isFile()) throw invalidCheckpoint(path, l10n.t("is not a file"));
    if (info.size < prefixLength) {
      throw invalidCheckpoint(path, l10n.t("has {0} bytes, fewer than a safetensors file begins with", info.size));
    }
    const length = readHeaderLength(await readExactly(handle, 0, prefixLength, path), info.size, path);
    const header = await readExactly(handle, prefixLength, length, path);
    return parseSafetensorsHeader(header, path, prefixLength + length, info.size);
  });
}

/** A stretch of a tensor's elements, counted in row-major order. */
export interface ElementRange {
  readonly start: number;
  readonly count: number;
}

/**
 * A tensor's elements as float32, in the file's (row-major) order; F16 and BF16 are widened.
 * @param range which of them; all when absent. Must lie within the tensor.
 * @throws RuntimeError `tensorMissing`, `unsupportedDType`, or `invalidCheckpoint` when the file has shrunk.
 */
export async function readTensor(file: SafetensorsFile, name: string, range?: ElementRange): Promise<Float32Array> {
  const entry = file.tensors.get(name);
  if (entry === undefined) throw tensorMissing(file.path, brief(name));
  const convert = widen[entry.dtype];
  if (convert === undefined) throw unsupportedDType(file.path, brief(name), entry.dtype, Object.keys(widen).join(", "));
  const { offset, byteLength } = range ? byteRange(entry, range) : entry;
  return convert(await readBytes(file, name, offset, byteLength));
}

/** Bytes of `file`, as they are. `tensor` is whose they are, for messages. Throws `invalidCheckpoint`. */
export function readBytes(
  file: Pick<SafetensorsFile, "path">,
  tensor: string,
  offset: number,
  byteLength: number,
): Promise<Uint8Array<ArrayBuffer>> {
  return withFile(file.path, (handle) => readExactly(handle, offset, byteLength, file.path, tensor));
}

function byteRange({ dtype, offset, byteLength }: TensorEntry, { start, count }: ElementRange) {
  const size = dtypeBits[dtype] / 8;
  if ((start + count) * size > byteLength) throw new RangeError(`elements ${start} to ${start + count} are outside`);
  return { offset: offset + start * size, byteLength: count * size };
}

/** The header's length from the file's first 8 bytes, checked against the file's size before anything is allocated. */
export function readHeaderLength(prefix: Uint8Array, fileSize: number, file: string): number {
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(maxHeaderLength)) {
    throw invalidCheckpoint(
      file,
      l10n.t("says its header has {0} bytes, more than {1}", String(length), maxHeaderLength),
    );
  }
  if (length > BigInt(fileSize - prefixLength)) {
    throw invalidCheckpoint(
      file,
      l10n.t("says its header has {0} bytes, but the file has only {1}: it is truncated", String(length), fileSize),
    );
  }
  return Number(length);
}

function parseHeaderJson(header: Uint8Array, file: string): Map<string, unknown> {
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
    json = JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw invalidCheckpoint(file, l10n.t("has a header that is not JSON ({0})", brief(detail)));
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw invalidCheckpoint(file, l10n.t("has a header that is not a JSON object"));
  }
  checkNoDuplicateKeys(text, file);
  return new Map<string, unknown>(Object.entries(json));
}

function parseMetadata(value: unknown, file: string): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidCheckpoint(file, l10n.t("has a __metadata__ that is not a JSON object"));
  }
  const texts: [string, string][] = [];
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string")
      throw invalidCheckpoint(file, l10n.t('has metadata "{0}" that is not text', brief(key)));
    texts.push([key, text]);
  }
  // fromEntries defines own properties, so that a key such as __proto__ is a key like any other.
  return Object.fromEntries(texts);
}

/** Tensors must fill the data section exactly, one after the other. */
function checkLayout(entries: readonly TensorEntry[], dataStart: number, fileSize: number, file: string): void {
  let end = dataStart;
  for (const entry of [...entries].sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength)) {
    const problem = placeProblem(entry, end, fileSize);
    if (problem !== null) throw invalidCheckpoint(file, problem, brief(entry.name));
    end = entry.offset + entry.byteLength;
  }
  if (end !== fileSize) {
    throw invalidCheckpoint(file, l10n.t("has {0} bytes that belong to no tensor at its end", fileSize - end));
  }
}

function placeProblem(entry: TensorEntry, previousEnd: number, fileSize: number): string | null {
  if (entry.offset + entry.byteLength > fileSize) {
    return l10n.t("ends at byte {0}, but the file has only {1}", entry.offset + entry.byteLength, fileSize);
  }
  if (entry.offset < previousEnd) return l10n.t("overlaps the tensor before it");
  if (entry.offset > previousEnd)
    return l10n.t("begins {0} bytes after the tensor before it ends", entry.offset - previousEnd);
  return null;
}

async function withFile<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    throw cannotRead(path, error);
  }
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

/** Node refuses to read 2 GiB or more at once. */
const maxReadLength = 1 << 30;

async function readExactly(
  handle: FileHandle,
  offset: number,
  length: number,
  path: string,
  tensor = "",
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await readAt(handle, bytes, done, offset + done, path);
    if (bytesRead === 0) throw invalidCheckpoint(path, l10n.t("ends too early"), brief(tensor));
    done += bytesRead;
  }
  return bytes;
}

async function readAt(handle: FileHandle, bytes: Uint8Array, done: number, position: number, path: string) {
  try {
    return await handle.read(bytes, done, Math.min(bytes.length - done, maxReadLength), position);
  } catch (error) {
    throw cannotRead(path, error);
  }
}

function cannotRead(path: string, error: unknown): RuntimeError {
  return invalidCheckpoint(
    path,
    l10n.t("cannot be read ({0})", error instanceof Error ? error.message : String(error)),
  );
}
