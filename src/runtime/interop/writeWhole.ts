/** Writes several files whole or not at all. */

import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as l10n from "@vscode/l10n";
import { cannotWrite, invalidRequest } from "../errors";
import { fileExists } from "../textFile";

/** A file to write. */
export interface MadeFile {
  /** Relative to the folder that is written into, with `/`. */
  readonly path: string;
  readonly text: string;
}

/**
 * Writes the files below `folder`, each under another name first. Gives their absolute paths. Throws `invalidRequest` when one is there
 * and `overwrite` is false, `cannotWrite` when the file system refuses; then none is left that was not there before.
 */
export async function writeWhole(folder: string, files: readonly MadeFile[], overwrite: boolean): Promise<string[]> {
  const targets = files.map(({ path, text }) => ({ path: join(folder, path), text, temporary: "" }));
  if (!overwrite) for (const { path } of targets) await checkFree(path);
  const written: { readonly path: string; readonly temporary: string }[] = [];
  const renamed: string[] = [];
  try {
    for (const { path, text } of targets) {
      const temporary = `${path}.${randomUUID()}.tmp`;
      written.push({ path, temporary });
      await mkdir(dirname(path), { recursive: true });
      await writeFile(temporary, text, { flag: "wx" });
    }
    for (const { path, temporary } of written) {
      const isNew = !(await fileExists(path));
      if (!isNew && !overwrite) await checkFree(path);
      await rename(temporary, path);
      if (isNew) renamed.push(path);
    }
  } catch (error) {
    // What cannot be removed must not hide why.
    await Promise.allSettled(
      [...written.map(({ temporary }) => temporary), ...renamed].map((path) => rm(path, { force: true })),
    );
    throw error instanceof Error && "syscall" in error ? cannotWrite(folder, error) : error;
  }
  return targets.map(({ path }) => path);
}

async function checkFree(path: string): Promise<void> {
  if (!(await fileExists(path))) return;
  throw invalidRequest(
    l10n.t("{0} is there already", path),
    l10n.t("Choose another place, or say that files may be replaced (--force)."),
  );
}
