/** What a model is, as one number: two folders with the same configuration, tokenizer and weights have the same hash. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import * as z from "zod";
import { CancelledError } from "../errors";
import { isMissing } from "../textFile";
import { isAdapterFolder } from "./adapterFolder";
import { adapterFiles } from "./adapterNames";
import { openCheckpoint } from "./checkpoint";

/** Files beside the weights that change what a model says. */
const smallFiles = [
  "config.json",
  adapterFiles.config,
  "vocab.json",
  "merges.txt",
  "ranks.tiktoken",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
];

/** How to hash. */
export interface ModelHashOptions {
  readonly signal: AbortSignal;
  /** A file in which hashes are remembered by path, size and time of change; none are when null. */
  readonly memory: string | null;
}

/** Of this process. */
const remembered = new Map<string, string>();

/**
 * SHA-256, in hexadecimal, over the hashes of a model folder's files, those of the weights in the order of their values. A file that has not changed since it was last hashed
 * is not read again. Throws as `openCheckpoint` does, and `CancelledError` when the signal aborts.
 */
export async function modelHash(folder: string, { signal, memory }: ModelHashOptions): Promise<string> {
  // An adapter's configuration holds the hash of its base.
  const files = (await isAdapterFolder(folder))
    ? [{ path: join(folder, adapterFiles.weights) }]
    : (await openCheckpoint(folder)).files;
  const known = await readMemory(memory);
  const before = known.size;
  const parts: string[] = [];
  for (const name of smallFiles) {
    const hash = await fileHash(join(folder, name), known, signal);
    if (hash !== null) parts.push(`${name} ${hash}`);
  }
  // Of shards the names say nothing: in Hugging Face's cache they are links to files with other ones.
  const weights: string[] = [];
  for (const { path } of files) weights.push((await fileHash(path, known, signal)) ?? "");
  if (memory !== null && known.size > before) await writeMemory(memory, known);
  return createHash("sha256")
    .update([...parts, ...weights.sort((a, b) => (a < b ? -1 : 1))].join("\n"))
    .digest("hex");
}

/** SHA-256 of a file, in hexadecimal; null when it is not there. */
async function fileHash(file: string, known: Map<string, string>, signal: AbortSignal): Promise<string | null> {
  let key: string;
  try {
    const { size, mtimeMs } = await stat(file);
    key = `${file}\0${size}\0${mtimeMs}`;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  const before = remembered.get(key) ?? known.get(key);
  const found = before ?? (await contentHash(file, signal));
  remembered.set(key, found);
  known.set(key, found);
  return found;
}

async function contentHash(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    if (signal.aborted) throw new CancelledError("cancelled while hashing the model");
    hash.update(chunk);
  }
  return hash.digest("hex");
}

const memoryForm = z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/));
/** Files that are remembered on disk, and the most bytes of them. */
const mostFiles = 1000;
const maxBytes = 4_000_000;

/** What is not as it should be is forgotten: it is only there to save time. */
async function readMemory(file: string | null): Promise<Map<string, string>> {
  if (file === null) return new Map();
  try {
    if ((await stat(file)).size > maxBytes) return new Map();
    return new Map(Object.entries(memoryForm.parse(JSON.parse(await readFile(file, "utf8")))));
  } catch {
    return new Map();
  }
}

async function writeMemory(file: string, known: ReadonlyMap<string, string>): Promise<void> {
  const last = [...known].slice(-mostFiles);
  await writeFileAtomic(file, JSON.stringify(Object.fromEntries(last), null, 1)).catch(() => undefined);
}
