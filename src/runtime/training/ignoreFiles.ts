/** .gitignore files, as git reads them (gitignore(5)). */
import * as l10n from "@vscode/l10n";
import { Minimatch } from "minimatch";
import { invalidRequest } from "../errors";

/** The rules of one .gitignore file. */
export interface IgnoreRules {
  /** Folder of the file, from the root with `/` behind it; empty for the root's own. */
  readonly folder: string;
  /** In the order of the file: the last that matches decides. */
  readonly patterns: readonly IgnorePattern[];
}

interface IgnorePattern {
  readonly negated: boolean;
  readonly foldersOnly: boolean;
  readonly matcher: Minimatch;
}

/**
 * Reads a .gitignore file.
 * @param file names it in errors.
 * @throws RuntimeError `invalidRequest`, naming the line, for a pattern that would take forever to match.
 */
export function parseIgnoreFile(text: string, folder: string, file: string): IgnoreRules {
  const patterns = text.split(/\r?\n/).flatMap((line, index) => {
    checkPattern(line, l10n.t("{0}, line {1}", file, index + 1));
    return parsePattern(line) ?? [];
  });
  return { folder, patterns };
}

/**
 * Whether git would ignore `path` (from the root, with `/`), given the rules of the folders that it lies in, outermost first. What lies
 * in an ignored folder is ignored too; that is for the caller to see to.
 */
export function isIgnored(path: string, isFolder: boolean, rules: readonly IgnoreRules[]): boolean {
  for (const { folder, patterns } of rules.toReversed()) {
    const inside = path.slice(folder.length);
    const last = patterns.findLast(({ foldersOnly, matcher }) => (isFolder || !foldersOnly) && matcher.match(inside));
    if (last) return !last.negated;
  }
  return false;
}

/** Longest glob, characters, and most stars in a part of it between slashes: matching takes time by their power. */
const limits = { length: 1000, stars: 5 };

/** Throws `invalidRequest` for a glob that is too long or too intricate; `place` says where it stands. */
export function checkPattern(pattern: string, place: string): void {
  const stars = Math.max(...pattern.split("/").map((part) => part.replaceAll(/\*+/g, "*").split("*").length - 1));
  if (pattern.length <= limits.length && stars <= limits.stars) return;
  throw invalidRequest(
    l10n.t("{0}: the pattern is too long or has too many stars: {1}", place, JSON.stringify(pattern.slice(0, 80))),
    l10n.t("Write several shorter patterns."),
  );
}

/** Null for an empty line and a comment. */
function parsePattern(line: string): IgnorePattern | null {
  // Blanks at the end do not count unless the last is escaped.
  const written = line.replace(/(?<!\\)(?:\\\\)*[ \t]+$/, (end) => end.replace(/[ \t]+$/, ""));
  if (written === "" || written.startsWith("#")) return null;
  const negated = written.startsWith("!");
  const [pattern, foldersOnly] = withoutLastSlash(negated ? written.slice(1) : written);
  if (pattern === "") return null;
  // A slash at the beginning or in between ties the pattern to its folder.
  const anchored = pattern.includes("/");
  const glob = anchored ? pattern.replace(/^\//, "") : `**/${pattern}`;
  return { negated, foldersOnly, matcher: new Minimatch(glob, gitOptions) };
}

function withoutLastSlash(pattern: string): [string, boolean] {
  return pattern.endsWith("/") ? [pattern.slice(0, -1), true] : [pattern, false];
}

const gitOptions = {
  dot: true,
  nobrace: true,
  noext: true,
  nonegate: true,
  nocomment: true,
  // Everywhere: a backslash escapes, as it does for git.
  windowsPathsNoEscape: false,
  platform: "linux",
} as const;
