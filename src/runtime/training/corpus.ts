/**
 * Gathers text to train on: the files below a folder that globs name, in an order that hangs on nothing but their names. What is found
 * is not trusted: links are not followed, sizes are bounded, and only UTF-8 text is taken.
 */
import { createHash } from "node:crypto";
import { realpath, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import * as l10n from "@vscode/l10n";
import { CancelledError, invalidDataset, invalidRequest } from "../errors";
import { pacer } from "../pacer";
import { isMissing } from "../textFile";
import type { CorpusPreview, CorpusSource } from "../trainingDataProtocol";
import { readCorpusText, type UnusableText } from "./corpusText";
import { walkCorpus } from "./corpusWalk";
import { checkPattern } from "./ignoreFiles";
import { declaredLicense, isAllowed } from "./license";
import { corpusSource } from "./trainingForm";

/** A text to train on. */
export interface CorpusFile {
  /** From the root, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of its text, hexadecimal. */
  readonly sha256: string;
}

/** All texts, by path; and the files left out, by reason. */
export interface Corpus {
  /** Absolute, links followed. */
  readonly root: string;
  readonly files: readonly CorpusFile[];
  readonly skipped: CorpusPreview["skipped"];
}

/** What a caller can pass along. */
export interface CorpusOptions {
  readonly signal?: AbortSignal;
  /** Absolute paths of folders that are not looked into, such as that of the runs. */
  readonly leaveOut?: readonly string[];
  readonly onProgress?: (files: number) => void;
}

/**
 * Finds and reads every text once. Files with the same text count once.
 * @throws RuntimeError `invalidRequest` for wrong parameters, `invalidDataset` for a root that is no folder; `CancelledError`.
 */
export async function gatherCorpus(source: CorpusSource, options: CorpusOptions = {}): Promise<Corpus> {
  const checked = checkCorpusSource(source);
  const root = await corpusRoot(checked.root);
  const leaveOut = (options.leaveOut ?? []).map((folder) => relativeTo(root, folder)).filter((path) => path !== null);
  const reasons = new Map<string, number>();
  const skip = (reason: string) => reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const texts = new Set<string>();
  const files: CorpusFile[] = [];
  const pause = pacer();
  for await (const path of walkCorpus(root, checked, leaveOut, skip)) {
    if (options.signal?.aborted) throw new CancelledError("cancelled while gathering text");
    await pause();
    const file = await examine(root, path, checked);
    if (typeof file === "string") skip(file);
    else if (texts.has(file.sha256)) skip(l10n.t("the same text as another file"));
    else {
      texts.add(file.sha256);
      files.push(file);
      options.onProgress?.(files.length);
    }
  }
  return { root, files, skipped: Array.from(reasons, ([reason, count]) => ({ reason, files: count })) };
}

/** What a text collection holds. Throws as `gatherCorpus`. */
export async function previewCorpus(source: CorpusSource, options: CorpusOptions = {}): Promise<CorpusPreview> {
  const { files, skipped } = await gatherCorpus(source, options);
  const largest = [...files]
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 10)
    .map(({ path, bytes }) => ({ path, bytes }));
  return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), skipped, largest };
}

/** The text of a gathered file. Throws `invalidDataset` when it is not what it was when it was gathered. */
export async function corpusText({ root }: Pick<Corpus, "root">, { path, bytes, sha256 }: CorpusFile): Promise<string> {
  const file = join(root, path);
  const read = await readCorpusText(file, bytes);
  const same = "text" in read && createHash("sha256").update(read.text).digest("hex") === sha256;
  if (same) return read.text;
  throw invalidDataset(file, 0, l10n.t("The file has changed while it was read."), l10n.t("Start the run again."));
}

/** Throws `invalidRequest`, naming the key, and `invalidDataset` for a root that is no folder. */
export async function checkCorpus(source: CorpusSource): Promise<void> {
  await corpusRoot(checkCorpusSource(source).root);
}

/** Throws `invalidRequest`, naming the key. */
function checkCorpusSource(source: unknown): CorpusSource {
  const parsed = corpusSource.safeParse(source);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalidRequest(`corpus.${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
  }
  for (const key of ["include", "exclude"] as const)
    for (const [i, pattern] of parsed.data[key].entries()) checkPattern(pattern, `corpus.${key}.${i}`);
  return parsed.data;
}

async function corpusRoot(folder: string): Promise<string> {
  try {
    const root = await realpath(folder);
    if ((await stat(root)).isDirectory()) return root;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  const hint = l10n.t("Choose the folder whose files are to be trained on.");
  throw invalidDataset(folder, 0, l10n.t("There is no such folder."), hint);
}

/** From the root, with `/`; null for what does not lie in it. */
function relativeTo(root: string, path: string): string | null {
  const inside = relative(root, resolve(path));
  return inside === "" || inside.startsWith("..") || resolve(inside) === inside ? null : inside.split(sep).join("/");
}

/** The file, or why it is left out. */
async function examine(root: string, path: string, source: CorpusSource): Promise<CorpusFile | string> {
  const read = await readCorpusText(join(root, path), source.maxFileBytes);
  if ("reason" in read) return skipReason(read, source);
  const license = source.licenses === undefined ? null : declaredLicense(read.text);
  if (license !== null && !isAllowed(license, source.licenses ?? [])) return l10n.t("under another license");
  return { path, bytes: read.bytes, sha256: createHash("sha256").update(read.text).digest("hex") };
}

function skipReason({ reason }: UnusableText, { maxFileBytes }: CorpusSource): string {
  switch (reason) {
    case "tooLarge":
      return l10n.t("larger than {0} bytes", maxFileBytes);
    case "binary":
      return l10n.t("not UTF-8 text");
    case "empty":
      return l10n.t("empty");
    case "unreadable":
      return l10n.t("cannot be read");
    default:
      return reason satisfies never;
  }
}
