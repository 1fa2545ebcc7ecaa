/** Reads the small text files of a model folder, whose content is not to be trusted. */
import { readFile, stat } from "node:fs/promises";
import * as l10n from "@vscode/l10n";
import type { RuntimeError } from "./errors";

/**
 * The text of a UTF-8 file; null when there is no such file.
 * @param maxBytes refuse a larger file, so that a wrong one does not fill the memory.
 * @param fail makes the error for a file that is there but cannot be used, given a problem such as "is not text".
 * @throws what `fail` makes.
 */
export async function readTextFile(
  path: string,
  maxBytes: number,
  fail: (problem: string) => RuntimeError,
): Promise<string | null> {
  const bytes = await readBytes(path, maxBytes, fail);
  if (bytes === null) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // The decoder's only complaint is malformed input.
    throw fail(l10n.t("is not UTF-8 text"));
  }
}

/** As `readTextFile`, parsed as JSON; undefined when there is no such file. */
export async function readJsonFile(
  path: string,
  maxBytes: number,
  fail: (problem: string) => RuntimeError,
): Promise<unknown> {
  const text = await readTextFile(path, maxBytes, fail);
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fail(l10n.t("is not JSON ({0})", error instanceof Error ? error.message : String(error)));
  }
}

async function readBytes(
  path: string,
  maxBytes: number,
  fail: (problem: string) => RuntimeError,
): Promise<Uint8Array | null> {
  try {
    const info = await stat(path);
    if (!info.isFile()) throw fail(l10n.t("is not a file"));
    if (info.size > maxBytes) throw fail(l10n.t("is larger than {0} bytes", maxBytes));
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return null;
    if (error instanceof Error && "code" in error && "syscall" in error) {
      throw fail(l10n.t("cannot be read ({0})", error.message));
    }
    throw error;
  }
}

/** Whether there is something at `path`. Throws when that cannot be said. */
export async function fileExists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** True for the error of opening a path that is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
