import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

/** A copy of the samples to work in, in a new temporary folder: runs that were made in the samples themselves stay behind. */
export function copySamples(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `gptw-${name}-`));
  const filter = (path: string) => basename(path) !== ".gpt-workbench";
  cpSync(resolve(__dirname, "../../samples"), folder, { recursive: true, filter });
  return folder;
}
