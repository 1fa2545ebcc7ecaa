/** One file from a hub: gone on with where it stopped, tried again when the line breaks, believed only when its hash is right. */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import * as l10n from "@vscode/l10n";
import { hubFailed, RuntimeError } from "../errors";
import type { HubModel } from "../modelsProtocol";
import { isMissing } from "../textFile";
import { asHubError, fetchHubFile, refusal } from "./hubClient";
import { isModelFile, type ListedFile } from "./hubFiles";

/** What stops a transfer, and whom it tells the bytes of this file that are there. */
export interface TransferContext {
  readonly signal: AbortSignal;
  readonly onBytes: (done: number) => void;
}

/** Tries without a byte between them, before it is given up. */
const maxTries = 5;

/** Name of a file that is not complete. */
export function partName(path: string): string {
  return `${path}.part`;
}

/**
 * Downloads `file` into `folder`, unless it is there. Throws `hubFailed` or `CancelledError`; what came so far is kept, unless its hash is
 * wrong.
 */
export async function downloadFile(
  folder: string,
  model: HubModel,
  file: ListedFile,
  context: TransferContext,
): Promise<void> {
  if (!isModelFile(file.path))
    throw hubFailed(model.endpoint, l10n.t('names "{0}", which is no model file', file.path), "");
  const target = join(folder, file.path);
  if ((await sizeOf(target)) === file.size) return;
  const part = join(folder, partName(file.path));
  await asHubError(model, context.signal, () => transfer(part, model, file, context));
  await checkHash(part, model, file);
  await rename(part, target);
}

async function transfer(part: string, model: HubModel, file: ListedFile, context: TransferContext): Promise<void> {
  for (let tries = 1; ; tries++) {
    const before = await sizeOf(part);
    if (before === file.size) return;
    try {
      await receive(part, before > file.size ? 0 : before, model, file, context);
      return;
    } catch (error) {
      if (context.signal.aborted || error instanceof RuntimeError) throw error;
      if ((await sizeOf(part)) > before) tries = 1;
      if (tries >= maxTries) throw error;
      await setTimeout(250 * 2 ** tries, undefined, { signal: context.signal });
    }
  }
}

async function receive(
  part: string,
  start: number,
  model: HubModel,
  file: ListedFile,
  { signal, onBytes }: TransferContext,
): Promise<void> {
  const response = await fetchHubFile(model, file.path, start, signal);
  if (!response.ok && response.status !== 416) throw refusal(model, response.status);
  // What is there does not fit what the hub has: from the beginning then.
  const begin = goesOn(response, start) ? start : 0;
  if (response.status === 416) {
    await rm(part, { force: true });
    throw new Error("the range is not there");
  }
  const handle = await open(part, begin > 0 ? "r+" : "w");
  try {
    await write(handle, response, begin, file, model, onBytes);
  } finally {
    await handle.close();
  }
}

function goesOn(response: Response, start: number): boolean {
  return response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${start}-`) === true;
}

async function write(
  handle: FileHandle,
  response: Response,
  begin: number,
  file: ListedFile,
  model: HubModel,
  onBytes: (done: number) => void,
): Promise<void> {
  let done = begin;
  for await (const piece of response.body ?? []) {
    if (done + piece.byteLength > file.size) {
      await handle.truncate(0);
      throw hubFailed(model.endpoint, l10n.t("sends more of {0} than its {1} bytes", file.path, file.size), "");
    }
    await handle.write(piece, 0, piece.byteLength, done);
    done += piece.byteLength;
    onBytes(done);
  }
  if (done < file.size) throw new Error(`the connection ended after ${done} of ${file.size} bytes`);
}

/** Deletes what is not what the hub says it is: going on with it would never make it right. */
async function checkHash(part: string, model: HubModel, { path, size, sha256, gitSha1 }: ListedFile): Promise<void> {
  const expected = sha256 ?? gitSha1;
  if (expected === null) return;
  const hash = sha256 === null ? createHash("sha1").update(`blob ${size}\0`) : createHash("sha256");
  const found = await digest(part, hash);
  if (found === expected) return;
  await rm(part, { force: true });
  const problem = l10n.t("sent {0} with the hash {1}, but says that it is {2}", path, found, expected);
  throw hubFailed(model.endpoint, problem, l10n.t("The file was deleted. Run it again to download it anew."));
}

async function digest(file: string, hash: Hash): Promise<string> {
  for await (const piece of createReadStream(file)) hash.update(piece);
  return hash.digest("hex");
}

/** 0 for a file that is not there. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}
