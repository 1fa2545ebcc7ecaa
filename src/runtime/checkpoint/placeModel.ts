/** Puts a new model into the store: a folder of its own, with a record of where it came from. */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { CancelledError, RuntimeError, storeFailed } from "../errors";
import type { InstalledModel, ModelOrigin } from "../modelsProtocol";
import { isMissing, readJsonFile } from "../textFile";
import { describeModelFolder } from "./describe";

/** The record's name in the model's folder. */
export const recordName = "gpt-workbench.json";

type QuantizedOrigin = Extract<ModelOrigin, { readonly kind: "quantized" }>;

const recordSchema = z.object({
  name: z.string(),
  origin: z.object({
    kind: z.literal("quantized"),
    source: z.string(),
    sourceSha256: z.string(),
    bits: z.literal([4, 8]),
    blockSize: z.literal([32, 128]),
  }),
});

/**
 * Has `write` make a model folder under a temporary name, and gives it its place when it is complete. When that fails or is cancelled
 * nothing is left.
 * @throws RuntimeError `storeFailed`, and what `write` throws.
 */
export async function placeModel(
  store: string,
  name: string,
  origin: ModelOrigin,
  write: (folder: string) => Promise<void>,
): Promise<InstalledModel> {
  const failed = (error: unknown) => storeFailed(store, error instanceof Error ? error.message : String(error));
  await mkdir(store, { recursive: true }).catch((error) => {
    throw failed(error);
  });
  const part = join(store, `.${randomUUID()}.part`);
  try {
    await write(part);
    await writeFile(join(part, recordName), `${JSON.stringify({ name, origin }, null, 2)}\n`);
    const id = await moveInto(store, part, idOf(name));
    return await installed(store, id, name, origin);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    if (error instanceof RuntimeError || error instanceof CancelledError) throw error;
    throw failed(error);
  }
}

/** The model of the store that was made in the same way of the same weights, if there is one that can be read. */
export async function findQuantized(store: string, wanted: QuantizedOrigin): Promise<InstalledModel | null> {
  for (const id of await foldersOf(store)) {
    const record = await readRecord(join(store, id, recordName));
    if (!record || !sameOrigin(record.origin, wanted)) continue;
    const found = await installed(store, id, record.name, record.origin).catch(() => null);
    if (found) return found;
  }
  return null;
}

async function installed(store: string, id: string, name: string, origin: ModelOrigin): Promise<InstalledModel> {
  const folder = join(store, id);
  const { description } = await describeModelFolder(folder);
  return { id, name, folder, origin, state: { kind: "ready", description } };
}

async function foldersOf(store: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(store, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith(".")).map(({ name }) => name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw storeFailed(store, error instanceof Error ? error.message : String(error));
  }
}

/** A record that is no use is none: another kind of model has its own. */
async function readRecord(file: string): Promise<z.infer<typeof recordSchema> | null> {
  const json = await readJsonFile(file, 1_000_000, (problem) => storeFailed(file, problem)).catch(() => null);
  return recordSchema.safeParse(json).data ?? null;
}

/** The same weights in the same form, whatever the source was called. */
function sameOrigin(a: QuantizedOrigin, b: QuantizedOrigin): boolean {
  return a.sourceSha256 === b.sourceSha256 && a.bits === b.bits && a.blockSize === b.blockSize;
}

/** Takes the first free of `id`, `id-2`, `id-3`, … */
async function moveInto(store: string, part: string, id: string): Promise<string> {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? id : `${id}-${count}`;
    try {
      // A folder with content is never replaced by a rename.
      await rename(part, join(store, candidate));
      return candidate;
    } catch (error) {
      if (!isTaken(error) || count >= maxCopies) throw error;
    }
  }
}

const maxCopies = 1000;

/** What the systems say of a name in use; Windows calls it a lack of permission. */
function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["ENOTEMPTY", "EEXIST", "EPERM"].includes(String(error.code));
}

/** A name fit for every file system. */
function idOf(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9._-]+/g, "-");
  return plain.replace(/^[.-]+|[.-]+$/g, "").slice(0, 80) || "model";
}
