/** Walks a corpus's folders. */
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import { Minimatch, type MinimatchOptions } from "minimatch";
import { checkpointNames } from "../checkpoint/checkpoint";
import { invalidDataset } from "../errors";
import { pacer } from "../pacer";
import type { CorpusSource } from "../trainingDataProtocol";
import { readCorpusText } from "./corpusText";
import { type IgnoreRules, isIgnored, parseIgnoreFile } from "./ignoreFiles";

/** Never looked into: other programs' own folders, and what our runs have written. */
const neverWalked = new Set([".git", ".hg", ".svn", "node_modules", ".gpt-workbench"]);
/** A folder that holds one of them is a model: its vocabulary is no text. */
const modelFiles: ReadonlySet<string> = new Set(Object.values(checkpointNames));
/** Bounds of what is walked. */
const limits = { depth: 100, files: 1_000_000, ignoreFileBytes: 1 << 20 };

/**
 * Paths of the files that the globs name and no ignore file leaves out, in the order of their names (code units), a folder's files where
 * its name stands.
 * @param root absolute, links followed.
 * @param leaveOut folders that are not looked into, from the root with `/`.
 * @param skip is told why a file that the globs name is left out.
 */
export async function* walkCorpus(
  root: string,
  source: CorpusSource,
  leaveOut: readonly string[],
  skip: (reason: string) => void,
): AsyncGenerator<string, void> {
  const [included, excluded] = [globMatcher(source.include, true), globMatcher(source.exclude, false)];
  const pause = pacer();
  let files = 0;
  const walk = async function* (folder: string, above: readonly IgnoreRules[], depth: number): AsyncGenerator<string> {
    if (depth > limits.depth) throw invalidDataset(join(root, folder), 0, l10n.t("Folders are nested too deep here."));
    const rules = source.respectIgnoreFiles ? [...above, ...(await ignoreRules(root, folder))] : above;
    const entries = await entriesOf(join(root, folder));
    if (entries.some(({ name }) => modelFiles.has(name))) return;
    for (const entry of entries) {
      await pause();
      const path = `${folder}${entry.name}`;
      if (neverWalked.has(entry.name)) continue;
      if (entry.isDirectory()) {
        const closed = leaveOut.includes(path) || excluded(path);
        if (!closed && !isIgnored(path, true, rules)) yield* walk(`${path}/`, rules, depth + 1);
        continue;
      }
      if (!included(path)) continue;
      const reason = (excluded(path) && excludedReason()) || ignoredReason(path, rules) || kindReason(entry);
      if (reason !== null) skip(reason);
      else if (++files > limits.files) throw tooManyFiles(root);
      else yield path;
    }
  };
  yield* walk("", [], 0);
}

function excludedReason(): string {
  return l10n.t("excluded");
}

function ignoredReason(path: string, rules: readonly IgnoreRules[]): string | null {
  return isIgnored(path, false, rules) ? l10n.t("named by a .gitignore file") : null;
}

/** What a link leads to within the root is found where it lies; what lies outside is not read. */
function kindReason(entry: Dirent): string | null {
  if (entry.isSymbolicLink()) return l10n.t("a link");
  return entry.isFile() ? null : l10n.t("not a file");
}

function tooManyFiles(root: string): Error {
  const hint = l10n.t("Include fewer files.");
  return invalidDataset(root, 0, l10n.t("There are more than {0} files.", limits.files), hint);
}

/** In the order of their names; none for a folder that may not be read, or has gone. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (error instanceof Error && "code" in error) return [];
    throw error;
  }
}

async function ignoreRules(root: string, folder: string): Promise<IgnoreRules[]> {
  // As git, one that is a link is not read: it could lead outside.
  const read = await readCorpusText(join(root, folder, ".gitignore"), limits.ignoreFileBytes);
  return "text" in read ? [parseIgnoreFile(read.text, folder, `${folder}.gitignore`)] : [];
}

/** A glob without a slash is for names at any depth. */
const globOptions: MinimatchOptions = {
  dot: true,
  matchBase: true,
  nonegate: true,
  nocomment: true,
  platform: "linux",
};

function globMatcher(patterns: readonly string[], whenNone: boolean): (path: string) => boolean {
  const matchers = patterns.map((pattern) => new Minimatch(pattern, globOptions));
  return (path) => (matchers.length === 0 ? whenNone : matchers.some((matcher) => matcher.match(path)));
}
