/** Which text is held out: it hangs on the texts alone, not on their order or names. */
import type { CorpusFile } from "./corpus";
import type { SplitText } from "./shards";

/** Where a collection is divided. */
export interface HeldOut {
  /** Paths of texts that are held out whole. */
  readonly paths: ReadonlySet<string>;
  /** A text whose last part of so many is held out, where there is only one text; else null. */
  readonly end: { readonly path: string; readonly share: number } | null;
}

/**
 * Holds out the texts with the smallest hashes, as many as come nearest to a share of all bytes; at least one where there are several, and
 * the end of it where there is but one.
 */
export function holdOut(files: readonly CorpusFile[], share: number): HeldOut {
  const [only, ...others] = files;
  if (share <= 0 || only === undefined) return { paths: new Set(), end: null };
  if (others.length === 0) return { paths: new Set(), end: { path: only.path, share } };
  const wanted = share * files.reduce((sum, { bytes }) => sum + bytes, 0);
  const paths = new Set<string>();
  let held = 0;
  for (const { path, bytes } of files.toSorted(byHash)) {
    // One whose half would be too much is passed over: a few large texts must not take all that there is.
    if (paths.size === files.length - 1 || held + bytes / 2 > wanted) continue;
    paths.add(path);
    held += bytes;
  }
  if (paths.size === 0) paths.add(smallest(files).path);
  return { paths, end: null };
}

/** By path last, where a text is there twice. */
function byHash(a: CorpusFile, b: CorpusFile): number {
  return compare(a.sha256, b.sha256) || compare(a.path, b.path);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Of texts of one size, that with the smallest hash. */
function smallest(files: readonly CorpusFile[]): CorpusFile {
  return files.toSorted(byHash).reduce((a, b) => (b.bytes < a.bytes ? b : a));
}

/** The part or parts of a text. One that is divided is so at the end of a line, where there is one near. */
export function splitText({ paths, end }: HeldOut, path: string, text: string): SplitText[] {
  if (end?.path !== path) return [{ text, split: paths.has(path) ? "dev" : "train" }];
  const wanted = Math.floor(text.length * (1 - end.share));
  const line = text.indexOf("\n", wanted - 1) + 1;
  const cut = line > 0 && line - wanted <= (text.length - wanted) / 2 ? line : wholeCharacters(text, wanted);
  const parts: SplitText[] = [
    { text: text.slice(0, cut), split: "train" },
    { text: text.slice(cut), split: "dev" },
  ];
  return parts.filter((part) => part.text !== "");
}

/** Not between the halves of a surrogate pair. */
function wholeCharacters(text: string, at: number): number {
  return /[\udc00-\udfff]/.test(text.charAt(at)) ? at - 1 : at;
}
