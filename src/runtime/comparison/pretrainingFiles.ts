/** Text that models are known to have been trained on: what a comparison file names, and the corpora of our own pre-training runs. */
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import * as l10n from "@vscode/l10n";
import type { ComparisonParams, ComparisonRecord, ComparisonSource } from "../comparisonRecord";
import { CancelledError, invalidDataset, RuntimeError } from "../errors";
import { isMissing } from "../textFile";
import { gatherCorpus } from "../training/corpus";
import { walkCorpus } from "../training/corpusWalk";
import { checkPattern } from "../training/ignoreFiles";
import { readTrainingRecord } from "../training/trainingRunStore";
import type { CorpusSource } from "../trainingDataProtocol";

/** A file of text. */
export interface PretrainingFile {
  /** What reports call it: from the comparison file's folder, or from the corpus' own. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/** Files that are looked through, at most. */
const mostFiles = 20_000;

/**
 * Files that the paths and globs name, each once, in the order of their names. Both are from the comparison file's folder; a folder stands
 * for all files in it. Links are not followed, and nothing outside of the root is looked at.
 * @throws RuntimeError `invalidDataset` for a path or glob that names no file, or leads out of the root; `invalidRequest` for globs that are
 * too intricate; `CancelledError`.
 */
export async function namedFiles(
  patterns: readonly string[],
  source: ComparisonSource,
  signal: AbortSignal,
): Promise<readonly PretrainingFile[]> {
  const found = new Map<string, PretrainingFile>();
  for (const pattern of patterns) {
    let files = 0;
    for await (const file of filesOf(pattern, source)) {
      if (signal.aborted) throw new CancelledError("cancelled while looking for text");
      files++;
      if (found.size >= mostFiles) throw tooMany(pattern);
      found.set(file.path, file);
    }
    if (files === 0) throw noFile(pattern);
  }
  return [...found.values()];
}

async function* filesOf(pattern: string, source: ComparisonSource): AsyncGenerator<PretrainingFile, void> {
  checkPattern(pattern, "contamination.pretraining");
  const folder = await realpath(dirname(source.path));
  const root = await realpath(source.root ?? folder);
  const { base, glob } = await baseOf(pattern, folder);
  const inside = relative(root, base);
  if (inside.startsWith("..") || isAbsolute(inside)) {
    const hint = l10n.t("Copy the text into the workspace.");
    throw invalidDataset(pattern, 0, l10n.t("The file lies outside of {0}.", root), hint);
  }
  const named = (path: string) => ({ name: relative(folder, path).split(sep).join("/"), path });
  if (glob === null) return yield named(base);
  const corpus: CorpusSource = { root: base, include: [glob], exclude: [], respectIgnoreFiles: false, maxFileBytes: 0 };
  // In a corpus a glob without a slash is for names at any depth.
  const isFlat = glob !== "**" && !glob.includes("/");
  for await (const path of walkCorpus(base, corpus, [], () => undefined))
    if (!(isFlat && path.includes("/"))) yield named(join(base, path));
}

/** The folder that a glob begins in, links followed, and what it says of the files in it; null for a file. */
async function baseOf(
  pattern: string,
  folder: string,
): Promise<{ readonly base: string; readonly glob: string | null }> {
  const parts = pattern.split(/[\\/]/);
  const first = parts.findIndex((part) => /[*?[\]{}()!+@]/.test(part));
  const literal = first < 0 ? parts : parts.slice(0, first);
  try {
    const base = await realpath(resolve(folder, literal.join("/") || "."));
    const isFolder = (await stat(base)).isDirectory();
    if (first >= 0) return { base, glob: parts.slice(first).join("/") };
    return { base, glob: isFolder ? "**" : null };
  } catch (error) {
    if (isMissing(error)) throw noFile(pattern);
    throw error;
  }
}

function noFile(pattern: string): Error {
  return invalidDataset(pattern, 0, l10n.t("No file is named so beside the comparison file."));
}

function tooMany(pattern: string): Error {
  const hint = l10n.t("Name fewer files.");
  return invalidDataset(pattern, 0, l10n.t("There are more than {0} files.", mostFiles), hint);
}

/**
 * Files of the corpora that models were pre-trained on, as they are now, where a model still lies in the folder of the run that made it.
 * None for files of a workspace that may not choose what is read. Throws `CancelledError`.
 */
export async function corpusFiles(
  models: ComparisonRecord["models"],
  { modelsFromStoreOnly: onlyStore = false }: Pick<ComparisonParams, "modelsFromStoreOnly">,
  signal: AbortSignal,
): Promise<readonly PretrainingFile[]> {
  if (onlyStore) return [];
  const found: PretrainingFile[] = [];
  for (const { folder } of models) {
    const corpus = await corpusOf(folder);
    if (corpus === null) continue;
    try {
      const { root, files } = await gatherCorpus(corpus, { signal });
      found.push(...files.map(({ path }) => ({ name: `${basename(root)}/${path}`, path: join(root, path) })));
    } catch (error) {
      // The text is no longer there: nothing is known of it.
      if (!(error instanceof RuntimeError)) throw error;
    }
  }
  return [...new Map(found.map((file) => [file.path, file])).values()].slice(0, mostFiles);
}

/** What a model's run says that it was trained on; null where there is no such run. */
async function corpusOf(model: string): Promise<CorpusSource | null> {
  try {
    const { pretrain, model: made } = await readTrainingRecord(dirname(model));
    return pretrain && made === basename(model) ? pretrain.corpus : null;
  } catch (error) {
    if (error instanceof RuntimeError) return null;
    throw error;
  }
}
