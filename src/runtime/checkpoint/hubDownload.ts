/** Downloads a model: resumed where it was broken off, checked by hash, and moved into the store in one rename. */
import { mkdir, readdir, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import { notEnoughSpace, storeFailed } from "../errors";
import type { HubListing, HubModel, InstalledModel } from "../modelsProtocol";
import { fileExists } from "../textFile";
import { describeModelFolder } from "./describe";
import { listHubModel } from "./hubClient";
import { isModelFile, type ListedFile } from "./hubFiles";
import { downloadFile, partName } from "./hubTransfer";
import { inStore, placeWithOrigin } from "./modelStore";

/** Whom to tell, and what stops it. */
export interface DownloadContext {
  readonly signal: AbortSignal;
  /** Bytes of all files, those of an earlier try included. */
  readonly onProgress?: (stage: "downloading" | "checking", done: number, total: number) => void;
  /** Bytes free where the store is; asked of the file system unless a test knows better. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** What a download would fetch. Throws as `listHubModel` does, or `storeFailed`. */
export async function listDownload(store: string, model: HubModel, context: DownloadContext): Promise<HubListing> {
  const { commit, files } = await listHubModel(model, context.signal);
  const totalBytes = sum(files);
  const folder = downloadFolder(store, model, commit);
  return inStore(store, async () => {
    await mkdir(store, { recursive: true });
    return {
      commit,
      files: files.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
      totalBytes,
      presentBytes: await presentBytes(folder, files),
      freeBytes: await (context.freeBytes ?? diskSpace)(store),
    };
  });
}

/**
 * Downloads `model` into the store. What an earlier try left is gone on with; what this one leaves when it is cancelled or broken
 * off is kept for the next.
 * @throws RuntimeError `hubFailed`, `notEnoughSpace`, `storeFailed`, those of `describeModelFolder`; `CancelledError`.
 */
export async function downloadModel(store: string, model: HubModel, context: DownloadContext): Promise<InstalledModel> {
  const { commit, files } = await listHubModel(model, context.signal);
  const pinned = { ...model, revision: commit };
  const folder = downloadFolder(store, model, commit);
  const release = lock(folder);
  try {
    return await inStore(store, async () => {
      await mkdir(folder, { recursive: true });
      await checkSpace(store, sum(files) - (await presentBytes(folder, files)), context);
      await fetchAll(folder, pinned, files, context);
      context.onProgress?.("checking", 0, 1);
      await dropOthers(folder, files);
      // A model that cannot be loaded is no use in the store: what is wrong is told now.
      await describeModelFolder(folder);
      const { endpoint, repo } = model;
      const origin = { kind: "hub", endpoint, repo, revision: commit } as const;
      const placed = await placeWithOrigin(store, folder, { id: repo.replace("/", "--"), name: repo, origin });
      context.onProgress?.("checking", 1, 1);
      return placed;
    });
  } finally {
    release();
  }
}

/** Where a download lies until it is complete: one folder for each model and commit. */
function downloadFolder(store: string, { repo }: HubModel, commit: string): string {
  return join(store, ".downloads", `${repo.replace("/", "--")}--${commit.replace(/[^\w.-]/g, "-").slice(0, 40)}`);
}

const active = new Set<string>();

/** Two downloads of one model would write into the same files. */
function lock(folder: string): () => void {
  if (active.has(folder)) {
    throw storeFailed(folder, l10n.t("is being downloaded already"), l10n.t("Wait until that download has ended."));
  }
  active.add(folder);
  return () => active.delete(folder);
}

async function fetchAll(
  folder: string,
  model: HubModel,
  files: readonly ListedFile[],
  { signal, onProgress }: DownloadContext,
): Promise<void> {
  const total = sum(files);
  const report = throttled((done: number) => onProgress?.("downloading", done, total));
  let before = 0;
  for (const file of files) {
    const start = before;
    await downloadFile(folder, model, file, { signal, onBytes: (done) => report(start + done) });
    before += file.size;
  }
  onProgress?.("downloading", total, total);
}

/** At most ten times a second. */
function throttled(report: (done: number) => void): (done: number) => void {
  let last = 0;
  return (done) => {
    const now = performance.now();
    if (now - last < 100) return;
    last = now;
    report(done);
  };
}

/** Bytes of `files` that are there, whole or in part. */
async function presentBytes(folder: string, files: readonly ListedFile[]): Promise<number> {
  let bytes = 0;
  for (const { path, size } of files)
    for (const name of [path, partName(path)]) {
      const file = join(folder, name);
      if (await fileExists(file)) bytes += Math.min(size, (await stat(file)).size);
    }
  return bytes;
}

/** Nothing but what was listed goes into the store. */
async function dropOthers(folder: string, files: readonly ListedFile[]): Promise<void> {
  for (const name of await readdir(folder))
    if (!isModelFile(name) || !files.some(({ path }) => path === name))
      await rm(join(folder, name), { recursive: true, force: true });
}

async function checkSpace(store: string, needed: number, { freeBytes }: DownloadContext): Promise<void> {
  const free = await (freeBytes ?? diskSpace)(store);
  if (free < needed) throw notEnoughSpace(store, needed, free);
}

async function diskSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function sum(files: readonly ListedFile[]): number {
  return files.reduce((total, { size }) => total + size, 0);
}
