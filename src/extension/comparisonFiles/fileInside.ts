/** Files that are named by others: none is followed out of its root. Knows nothing of VS Code. */
import { realpath } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";

/** The absolute path of a file, links followed, if it lies inside of one of the roots; null where it does not, or is not there. */
export async function fileInside(base: string, file: string, roots: readonly string[]): Promise<string | null> {
  try {
    const path = await realpath(resolve(base, file));
    for (const root of roots) {
      const way = relative(await realpath(root), path);
      if (way !== "" && way.split(sep)[0] !== ".." && !isAbsolute(way)) return path;
    }
  } catch {
    return null; // gone since
  }
  return null;
}
