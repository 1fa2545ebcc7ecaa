/** Makes a folder whole or not at all. */
import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { cannotWrite, storeFailed } from "../errors";
import { fileExists } from "../textFile";

/**
 * Has `write` fill a folder of a temporary name beside `folder`, which must not exist, and renames it when it is complete.
 * @throws RuntimeError `storeFailed`, or `cannotWrite` for what the file system says; what else `write` throws. Then nothing is left behind.
 */
export async function writeNewFolder(folder: string, write: (part: string) => Promise<void>): Promise<void> {
  const target = resolve(folder);
  if (await fileExists(target))
    throw storeFailed(target, l10n.t("is there already"), l10n.t("Choose another folder, or remove this one."));
  const part = `${target}.${randomUUID()}.part`;
  try {
    await mkdir(part, { recursive: true });
    await write(part);
    await rename(part, target);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    if (error instanceof Error && "syscall" in error) throw cannotWrite(target, error);
    throw error;
  }
}
