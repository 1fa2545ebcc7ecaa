/**
 * What the folders of prompt runs and of training runs have in common: names, a record and lines. What is read is not
 * trusted: sizes are bounded, no link is followed.
 */
import { lstat, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import * as l10n from "@vscode/l10n";
import writeFileAtomic from "write-file-atomic";
import type * as z from "zod";
import { cannotWrite, RuntimeError, storeFailed } from "./errors";
import { isMissing, readJsonFile, readTextFile } from "./textFile";

/** `<time>-<name>`, with nothing in it that a file system does not like; `otherwise` where that leaves no name. */
export function runFolderName(startedAt: Date, of: string, otherwise: string): string {
  const time = startedAt.toISOString().slice(0, 19).replaceAll(":", "-");
  const name = of.replace(/[^\p{L}\p{N}_-]+/gu, "-").replace(/^-+|-+$/g, "");
  return `${time}-${[...name].slice(0, 60).join("") || otherwise}`;
}

/** Makes a folder of its own, with a number behind its name where there is one already. */
export async function makeRunFolder(wanted: string): Promise<string> {
  for (let n = 1; ; n++) {
    const folder = n === 1 ? wanted : `${wanted}-${n}`;
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST") || n > 1000) throw error;
    }
  }
}

/** Writes a record in place of an earlier one. Throws `cannotWrite`. */
export function writeRunRecord(file: string, record: unknown): Promise<void> {
  return writing(file, () => writeFileAtomic(file, `${JSON.stringify(record, null, 2)}\n`));
}

/** The record in a run's folder. Throws `storeFailed`, naming file and key; `none` says of the folder that there is no record. */
export async function readRunRecord<T>(
  file: string,
  form: z.ZodType<T>,
  { most, none }: { readonly most: number; readonly none: string },
): Promise<T> {
  await refuseLink(file);
  const json = await readJsonFile(file, most, (problem) => storeFailed(file, problem));
  if (json === undefined) throw storeFailed(dirname(file), none);
  const parsed = form.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw storeFailed(file, l10n.t('"{0}": {1}', issue?.path.join(".") ?? "", issue?.message ?? ""));
}

/** What a line of JSON says; undefined for one that is empty, torn or of another form. */
export function parsedLine<T>(text: string, form: z.ZodType<T>): T | undefined {
  if (text === "") return undefined;
  try {
    return form.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // torn
  }
}

/** The text of a file that is no link; null when it is not there. */
export async function readPlain(file: string, most: number): Promise<string | null> {
  await refuseLink(file);
  return readTextFile(file, most, (problem) => storeFailed(file, problem));
}

async function refuseLink(file: string): Promise<void> {
  const info = await lstat(file).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (info?.isSymbolicLink()) throw storeFailed(file, l10n.t("is a link"));
}

/** Does what writes `file`. Throws `cannotWrite` for what the file system refuses. */
export async function writing<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RuntimeError) throw error;
    throw cannotWrite(file, error);
  }
}
