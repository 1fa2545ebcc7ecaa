/** Writes files that were not there. Knows nothing of VS Code. */
import { open } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";

/** Most names that are tried. */
const mostTries = 1000;

/**
 * Writes a new file whole, and never over another: `STEM.compare.yaml`, else `STEM-2.compare.yaml` and so on. Gives its path. Throws what the
 * system says.
 */
export async function writeNewFile(stem: string, extension: string, text: string): Promise<string> {
  for (let number = 1; ; number++) {
    const path = `${stem}${number === 1 ? "" : `-${number}`}${extension}`;
    if (!(await reserved(path, number))) continue;
    await writeFileAtomic(path, text);
    return path;
  }
}

/** Makes an empty file that takes the name; false where there is one. */
async function reserved(path: string, number: number): Promise<boolean> {
  try {
    await (await open(path, "wx")).close();
    return true;
  } catch (error) {
    const taken = error instanceof Error && "code" in error && error.code === "EEXIST";
    if (!taken || number >= mostTries) throw error;
    return false;
  }
}
