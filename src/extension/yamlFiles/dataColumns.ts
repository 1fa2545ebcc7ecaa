/** The columns of data files, from their first lines. Knows nothing of VS Code. */
import { open, realpath } from "node:fs/promises";
import { dirname, extname, relative, resolve, sep } from "node:path";
import { parse } from "csv-parse/sync";

/** Bytes that are read of a file: enough for its first rows. */
const headBytes = 65_536;

/**
 * The columns of a data file; none for one that cannot be read. The file lies below `root`, or below the naming file's folder when there is none.
 * @param file relative to the file that names it.
 */
export async function readColumns(namedBy: string, root: string | undefined, file: string): Promise<readonly string[]> {
  try {
    const folder = await realpath(root ?? dirname(namedBy));
    const path = await realpath(resolve(dirname(namedBy), file));
    if (relative(folder, path).split(sep)[0] === "..") return [];
    return columnsIn(await head(path), extname(path));
  } catch {
    return []; // Completion has nothing to offer then; running the file says what is wrong.
  }
}

/** The columns that the beginning of a file shows: those of the header, or of any row of JSON Lines. */
export function columnsIn(text: string, extension: string): readonly string[] {
  if (extension === ".csv" || extension === ".tsv") {
    const delimiter = extension === ".csv" ? "," : "\t";
    const rows: string[][] = parse(text.slice(text.startsWith("\uFEFF") ? 1 : 0), { delimiter, to: 1 });
    return rows[0]?.filter((name) => name !== "") ?? [];
  }
  if (!/^\.(jsonl|ndjson)$/.test(extension)) return [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  return [...new Set(lines.flatMap((line) => keysOf(line)))];
}

/** A row may leave a column out, and the last line may be cut. */
function keysOf(line: string): readonly string[] {
  try {
    const row: unknown = JSON.parse(line);
    return typeof row === "object" && row !== null && !Array.isArray(row) ? Object.keys(row) : [];
  } catch {
    return [];
  }
}

async function head(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    if (!(await file.stat()).isFile()) return "";
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
