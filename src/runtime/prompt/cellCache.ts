/**
 * What was computed once, kept: a file of JSON lines per model, only ever appended to, so that a crash costs the last line at most.
 * What cannot be read is computed again.
 */
import { createHash } from "node:crypto";
import { appendFile, mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type * as z from "zod";
import { isMissing } from "../textFile";

/** What every kept result hangs on besides its own question. */
export interface CacheIdentity {
  /** `modelHash` of the folder. */
  readonly model: string;
  readonly contextLength: number;
  readonly device: string;
  /** Of this program and of onnxruntime. */
  readonly versions: readonly string[];
}

/** Bounds. */
export interface CellCacheLimits {
  /** Of one model's file, and of what is kept in memory. When it is larger, the older half goes. */
  readonly maxBytes: number;
  /** Models whose files are kept; those that were not used for longest go. */
  readonly maxModels: number;
}

const standardLimits: CellCacheLimits = { maxBytes: 64 << 20, maxModels: 16 };

const lineForm = /^\{"k":"([\w-]{43})","v":(.+)\}$/;

/** Results of one model by the hash of what was asked. */
export class CellCache {
  readonly #file: string | null;
  readonly #limits: CellCacheLimits;
  readonly #identity: CacheIdentity;
  /** JSON of each result, the oldest first. */
  readonly #kept = new Map<string, string>();
  #bytes = 0;
  /** Of the file. */
  #size = 0;
  #unwritten: string[] = [];

  private constructor(file: string | null, identity: CacheIdentity, limits: CellCacheLimits) {
    this.#file = file;
    this.#identity = identity;
    this.#limits = limits;
  }

  /** The cache in `folder`, or one that lives only in memory for null. Throws what making the folder throws. */
  static async open(
    folder: string | null,
    identity: CacheIdentity,
    limits: CellCacheLimits = standardLimits,
  ): Promise<CellCache> {
    if (folder === null) return new CellCache(null, identity, limits);
    await mkdir(folder, { recursive: true });
    const file = join(folder, `${digest(identity).slice(0, 24)}${suffix}`);
    const cache = new CellCache(file, identity, limits);
    await cache.#read(file);
    await removeOldest(folder, file, limits.maxModels);
    return cache;
  }

  /** The hash of a question: of all that its answer hangs on. `question` is JSON. */
  key(question: unknown): string {
    return digest([this.#identity, question]);
  }

  /** The result that is kept under `key`, as `form` has it; undefined when there is none. */
  get<T>(key: string, form: z.ZodType<T>): T | undefined {
    const text = this.#kept.get(key);
    if (text === undefined) return undefined;
    try {
      return form.safeParse(JSON.parse(text)).data;
    } catch {
      return undefined; // a torn line
    }
  }

  /** Keeps a result; on disk with the next `flush`. */
  set(key: string, value: unknown): void {
    const text = JSON.stringify(value);
    this.#keep(key, text);
    if (this.#file !== null) this.#unwritten.push(lineOf(key, text));
  }

  /** Appends what is new. Throws what writing throws. */
  async flush(): Promise<void> {
    if (this.#file === null || this.#unwritten.length === 0) return;
    const text = this.#unwritten.join("");
    this.#unwritten = [];
    await appendFile(this.#file, text);
    this.#size += text.length;
    if (this.#size > 2 * this.#limits.maxBytes) await this.#shrink(this.#file);
  }

  #keep(key: string, text: string): void {
    this.#drop(key);
    this.#kept.set(key, text);
    this.#bytes += lineLength(text);
    this.#forget(this.#limits.maxBytes);
  }

  #drop(key: string): void {
    const text = this.#kept.get(key);
    if (text === undefined) return;
    this.#kept.delete(key);
    this.#bytes -= lineLength(text);
  }

  /** The oldest go, until no more than `most` bytes are there. */
  #forget(most: number): void {
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= most) return;
      this.#drop(oldest);
    }
  }

  async #read(file: string): Promise<void> {
    const bytes = await readUpTo(file, 4 * this.#limits.maxBytes);
    if (bytes === null) return;
    // What a crash or another program tore is left out here, or when it is asked for.
    for (const [i, text] of bytes.toString("utf8").split("\n").entries()) {
      const [, key, value] = lineForm.exec(text) ?? [];
      if (key !== undefined && value !== undefined) this.#keep(key, value);
      if (i % 4096 === 4095) await new Promise(setImmediate);
    }
    this.#size = bytes.length;
    if (bytes.length > this.#limits.maxBytes) await this.#shrink(file);
    else if (bytes.length > 0 && bytes.at(-1) !== 0x0a) await appendFile(file, "\n");
  }

  /** Writes the newer half anew. */
  async #shrink(file: string): Promise<void> {
    this.#forget(this.#limits.maxBytes / 2);
    const text = [...this.#kept].map(([k, v]) => lineOf(k, v)).join("");
    await writeFileAtomic(file, text);
    this.#size = text.length;
  }
}

/** SHA-256 of a value's JSON. */
function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url");
}

function lineOf(key: string, text: string): string {
  return `{"k":"${key}","v":${text}}\n`;
}

/** Of the line with a result: what is around it has always the same length. */
function lineLength(text: string): number {
  return text.length + 57;
}

const suffix = ".cells.jsonl";

/** The file, or its last `most` bytes; null when it is not there. */
async function readUpTo(file: string, most: number): Promise<Buffer | null> {
  try {
    const { size } = await stat(file);
    if (size <= most) return await readFile(file);
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(most), 0, most, size - most);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function removeOldest(folder: string, own: string, most: number): Promise<void> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(suffix)).map((name) => join(folder, name));
  const others = files.filter((file) => file !== own);
  const ages = await Promise.all(
    others.map(async (file) => ({ file, used: (await stat(file).catch(() => null))?.mtimeMs ?? 0 })),
  );
  for (const { file } of ages.sort((a, b) => b.used - a.used).slice(most - 1)) await rm(file, { force: true });
}
