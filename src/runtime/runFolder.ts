/**
 * What the folders of prompt runs, training runs and comparisons have in common: names, a record and lines. What is read is not
 * trusted: sizes are bounded, no link is followed.
 */
import { lstat, mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as l10n from "@vscode/l10n";
import writeFileAtomic from "write-file-atomic";
import type * as z from "zod";
import { cannotWrite, RuntimeError, storeFailed } from "./errors";
import { pacer } from "./pacer";
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

/** Runs that are listed. */
const mostListed = 1000;

/** Records of the runs in a folder, newest first; folders that `read` refuses are left out. */
export async function listRecords<R extends { readonly startedAt: string }>(
  runs: string,
  read: (folder: string) => Promise<R>,
): Promise<{ readonly folder: string; readonly record: R }[]> {
  const entries = await readdir(runs, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const found: { folder: string; record: R }[] = [];
  for (const name of names.sort((a, b) => (a < b ? 1 : -1)).slice(0, mostListed)) {
    const folder = join(runs, name);
    try {
      found.push({ folder, record: await read(folder) });
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
    }
  }
  return found.sort((a, b) => (a.record.startedAt < b.record.startedAt ? 1 : -1));
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

/** What the lines of a file say, without those that say nothing; none when it is not there. Throws `storeFailed` for a larger file, or a link. */
export async function readLines<T>(file: string, form: z.ZodType<T>, most: number): Promise<T[]> {
  const breathe = pacer();
  const found: T[] = [];
  for (const text of ((await readPlain(file, most)) ?? "").split("\n")) {
    await breathe();
    const value = parsedLine(text, form);
    if (value !== undefined) found.push(value);
  }
  return found;
}

/** Whether a file is `write-file-atomic`'s temporary one of the file `of`, which a process leaves that is killed. */
export function isLeftOf(of: string, name: string): boolean {
  return name.startsWith(`${of}.`) && /^\d+$/.test(name.slice(of.length + 1));
}

/** Values as lines of JSON. */
export function lines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}

/** The text of a file that is no link; null when it is not there. */
export async function readPlain(file: string, most: number): Promise<string | null> {
  await refuseLink(file);
  return readTextFile(file, most, (problem) => storeFailed(file, problem));
}

/** Throws `storeFailed` for a link: it may lead anywhere. */
export async function refuseLink(file: string): Promise<void> {
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
