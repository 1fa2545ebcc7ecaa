/** The store: a folder with a folder per model, which holds the model's files or says where a user's folder is. */
import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { RuntimeError, storeFailed, toErrorInfo } from "../errors";
import type { InstalledModel, ModelOrigin } from "../modelsProtocol";
import { isMissing } from "../textFile";
import { describeModelFolder } from "./describe";
import { type ModelRecord, newRecord, readRecord, writeRecord } from "./modelRecord";

/** Models of the store by name. One that cannot be read is there too, with what is wrong. */
export async function listModels(store: string): Promise<InstalledModel[]> {
  const ids = await modelIds(store);
  const models = await Promise.all(ids.map((id) => openEntry(store, id)));
  return models
    .filter((model) => model !== null)
    .sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
}

/** Adds a user's folder, where it is. One that is there already is given again. Throws as `describeModelFolder` does, or `storeFailed`. */
export async function addModel(store: string, folder: string): Promise<InstalledModel> {
  const path = resolve(folder);
  await describeModelFolder(path);
  const known = (await listModels(store)).find((model) => model.origin.kind === "folder" && model.folder === path);
  if (known) return known;
  return inStore(store, async () => {
    const temporary = await temporaryFolder(store);
    await writeRecord(temporary, newRecord(basename(path), { kind: "folder" }, path));
    return placeModel(store, basename(path), temporary);
  });
}

/**
 * Moves a finished folder, whose record is written, into the store in one rename.
 * @param wanted the id it gets unless that is taken.
 */
export async function placeModel(store: string, wanted: string, temporary: string): Promise<InstalledModel> {
  const id = await newModelId(store, wanted);
  await rename(temporary, join(store, id));
  const model = await openEntry(store, id);
  if (model === null) throw storeFailed(join(store, id), l10n.t("is not there after it was moved"));
  return model;
}

/** Writes the record of a finished folder and moves it into the store. */
export async function placeWithOrigin(
  store: string,
  temporary: string,
  { id, name, origin }: { readonly id: string; readonly name: string; readonly origin: ModelOrigin },
): Promise<InstalledModel> {
  return inStore(store, async () => {
    await writeRecord(temporary, newRecord(name, origin));
    return placeModel(store, id, temporary);
  });
}

/**
 * Has `write` make a model folder under a temporary name, and gives it its place when it is complete. When that fails or is cancelled
 * nothing is left. Throws `storeFailed`, and what `write` throws.
 */
export async function makeModel(
  store: string,
  name: string,
  origin: ModelOrigin,
  write: (folder: string) => Promise<void>,
): Promise<InstalledModel> {
  return inStore(store, async () => {
    await mkdir(store, { recursive: true });
    const part = join(store, `${hiddenPrefix}${randomUUID()}`);
    try {
      await write(part);
      return await placeWithOrigin(store, part, { id: name, name, origin });
    } catch (error) {
      await rm(part, { recursive: true, force: true });
      throw error;
    }
  });
}

/** The model of the store that was quantized in the same way from the same weights, if there is one that can be read. */
export async function findQuantized(store: string, wanted: QuantizedOrigin): Promise<InstalledModel | null> {
  const models = await listModels(store);
  const same = ({ origin, state }: InstalledModel) =>
    origin.kind === "quantized" &&
    state.kind === "ready" &&
    origin.sourceSha256 === wanted.sourceSha256 &&
    origin.bits === wanted.bits &&
    origin.blockSize === wanted.blockSize &&
    origin.embeddingBits === wanted.embeddingBits;
  return models.find(same) ?? null;
}

type QuantizedOrigin = Extract<ModelOrigin, { readonly kind: "quantized" }>;

/** Takes a model out: the store's own are deleted, of a user's folder only the entry goes. Throws `storeFailed`. */
export async function removeModel(store: string, id: string): Promise<void> {
  checkId(store, id);
  const folder = join(store, id);
  await inStore(store, async () => {
    if (!(await isRealFolder(folder))) throw storeFailed(store, l10n.t('has no model "{0}"', id));
    // Renamed first: a model that is half deleted must not look like one.
    const doomed = join(store, `${hiddenPrefix}${randomUUID()}`);
    await rename(folder, doomed);
    await rm(doomed, { recursive: true, force: true });
  });
}

/** The folder of a model's files. Throws `storeFailed` when there is no such model. */
export async function modelFolder(store: string, id: string): Promise<string> {
  checkId(store, id);
  const record = (await isRealFolder(join(store, id))) ? await readRecord(join(store, id)) : null;
  if (record === null) throw storeFailed(store, l10n.t('has no model "{0}"', id));
  return record.path ?? join(store, id);
}

/** A new folder in the store that is not listed. */
export async function temporaryFolder(store: string): Promise<string> {
  const folder = join(store, `${hiddenPrefix}${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Names that begin so are no models. */
const hiddenPrefix = ".";
const idForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** A name for a folder that no model has yet: `wanted` without what no file system likes, and a number if need be. */
export async function newModelId(store: string, wanted: string): Promise<string> {
  const plain = wanted
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 80)
    .replace(/[.-]+$/, "");
  // Windows has devices of these names in every folder.
  const safe = plain === "" || /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(plain) ? `model-${plain}` : plain;
  const taken = new Set((await everyName(store)).map((name) => name.toLowerCase()));
  for (let n = 1; ; n++) {
    const id = n === 1 ? safe : `${safe}-${n}`;
    if (!taken.has(id.toLowerCase())) return id;
  }
}

async function openEntry(store: string, id: string): Promise<InstalledModel | null> {
  const entry = join(store, id);
  let record: ModelRecord | null = null;
  try {
    record = await readRecord(entry);
    if (record === null) return null;
    const folder = record.path ?? entry;
    const { description } = await describeModelFolder(folder);
    return { id, name: record.name, folder, origin: record.origin, state: { kind: "ready", description } };
  } catch (error) {
    const state = { kind: "broken", error: toErrorInfo(error) } as const;
    const origin = record?.origin ?? ({ kind: "folder" } as const);
    return { id, name: record?.name ?? id, folder: record?.path ?? entry, origin, state };
  }
}

async function modelIds(store: string): Promise<string[]> {
  return (await everyName(store)).filter((name) => idForm.test(name));
}

async function everyName(store: string): Promise<string[]> {
  try {
    const entries = await readdir(store, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw storeFailed(store, l10n.t("cannot be read ({0})", messageOf(error)));
  }
}

function checkId(store: string, id: string): void {
  if (!idForm.test(id)) throw storeFailed(store, l10n.t('has no model "{0}"', id.slice(0, 100)));
}

/** A link is not followed: what is behind it is not the store's. */
async function isRealFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Failures of the file system, told as the store's. */
export async function inStore<T>(store: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RuntimeError || !(error instanceof Error && "code" in error)) throw error;
    throw storeFailed(store, messageOf(error), l10n.t("See whether the folder may be written to."));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
