/**
 * What test shares with text of pre-training: looked for once, while a comparison runs, and kept in the run's folder, so that a report needs
 * no more of the text. Files are streamed; what is kept are the words that overlap.
 */
import { createReadStream } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import * as z from "zod";
import { CancelledError, storeFailed } from "../errors";
import { ContaminationCheck, overlapWords, type PoolText } from "../evaluation/contamination";
import { pacer } from "../pacer";
import { readPlain, writing } from "../runFolder";
import { isMissing } from "../textFile";
import type { PretrainingFile } from "./pretrainingFiles";

/** What was found. */
export interface PretrainingOverlap {
  /** Words of an n-gram. */
  readonly n: number;
  /** What was read. Where `cut`, there was more text than is read. */
  readonly files: number;
  readonly bytes: number;
  readonly cut: boolean;
  /** Each n-gram of test that a text has, with the first place that has it: file and line where the stretch begins. */
  readonly found: readonly PoolText[];
}

/** Bytes that are read of all files, and of the kept file. */
const mostBytes = { text: 8 * 2 ** 30, kept: 256 << 20 };
/** Characters of a stretch of text that is looked at together, at least; a line without an end is cut at `longest`. */
const stretch = { least: 8 << 10, longest: 1 << 20 };
const fileName = "pretraining.json";

const form = z.object({
  n: z.int().min(1),
  files: z.int().min(0),
  bytes: z.number().min(0),
  cut: z.boolean(),
  found: z.array(z.object({ source: z.string(), text: z.string() })),
}) satisfies z.ZodType<PretrainingOverlap>;

/** Whether it was looked for. */
export async function hasPretrainingOverlap(folder: string): Promise<boolean> {
  try {
    return (await lstat(join(folder, fileName))).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Keeps what was found. Throws `cannotWrite`. */
export async function writePretrainingOverlap(folder: string, overlap: PretrainingOverlap): Promise<void> {
  const path = join(folder, fileName);
  await writing(path, () => writeFileAtomic(path, `${JSON.stringify(overlap)}\n`));
}

/** Reads it back; null where nothing was looked for. Throws `storeFailed`. */
export async function readPretrainingOverlap(folder: string): Promise<PretrainingOverlap | null> {
  const path = join(folder, fileName);
  const text = await readPlain(path, mostBytes.kept);
  if (text === null) return null;
  try {
    return form.parse(JSON.parse(text));
  } catch (error) {
    throw storeFailed(path, error instanceof Error ? error.message : String(error));
  }
}

/**
 * Looks for the n-grams of some texts in files.
 * @param n words that must agree; the texts' own number when absent (Brown et al. 2020, appendix C).
 * @throws RuntimeError `storeFailed` for a file that cannot be read; `CancelledError`.
 */
export async function findPretrainingOverlap(
  items: readonly string[],
  files: readonly PretrainingFile[],
  { n, signal, most = mostBytes.text }: { readonly n?: number; readonly signal: AbortSignal; readonly most?: number },
): Promise<PretrainingOverlap> {
  const check = new ContaminationCheck(items, n);
  const pace = pacer();
  let [bytes, read] = [0, 0];
  for (const file of files) {
    if (bytes >= most) break;
    read++;
    for await (const text of textsOf(file, check.n, most - bytes, (count) => (bytes += count))) {
      check.add(text);
      await pace();
      if (signal.aborted) throw new CancelledError("cancelled while looking for overlaps");
    }
  }
  const found = new Map<string, PoolText>();
  for (const { overlaps } of check.report())
    for (const { ngram, source } of overlaps) found.set(ngram, { source, text: ngram });
  return { n: check.n, files: read, bytes, cut: bytes >= most, found: [...found.values()] };
}

/** A file in stretches of whole lines; each begins with the last words of the one before, so that no n-gram is cut in two. */
async function* textsOf(
  { name, path }: PretrainingFile,
  n: number,
  most: number,
  onBytes: (count: number) => void,
): AsyncGenerator<PoolText, void> {
  const isJson = /\.(jsonl|ndjson)$/i.test(path);
  let [rest, carry, line] = ["", "", 1];
  const text = (piece: string): PoolText => {
    const shown = isJson ? jsonTexts(piece) : piece;
    const whole = `${carry} ${shown}`;
    carry = lastWords(whole, n - 1);
    const source = `${name}:${line}`;
    line += piece.split("\n").length - 1;
    return { source, text: whole };
  };
  for await (const piece of pieces(path, most, onBytes)) {
    rest += piece;
    if (rest.length < stretch.least) continue;
    const end =
      rest.lastIndexOf("\n") + 1 || (rest.length > stretch.longest ? rest.lastIndexOf(" ") + 1 || rest.length : 0);
    if (end === 0) continue;
    yield text(rest.slice(0, end));
    rest = rest.slice(end);
  }
  if (rest !== "") yield text(rest);
}

/** What a file says, piece by piece; what is not UTF-8 is replaced. */
async function* pieces(path: string, most: number, onBytes: (count: number) => void): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  try {
    const stream = createReadStream(path, { highWaterMark: stretch.least, end: most - 1 });
    for await (const chunk of stream) {
      if (!(chunk instanceof Uint8Array)) continue;
      onBytes(chunk.length);
      yield decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    throw storeFailed(path, error instanceof Error ? error.message : String(error));
  }
}

/** The texts of lines of JSON, in which line ends are written otherwise; a line that is none is text. */
function jsonTexts(lines: string): string {
  return lines
    .split("\n")
    .map((line) => {
      try {
        return stringsIn(JSON.parse(line)).join("\n");
      } catch {
        return line;
      }
    })
    .join("\n");
}

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

/** As the overlap sees them. */
function lastWords(text: string, count: number): string {
  if (count <= 0) return "";
  // Words are short: far fewer characters hold them, unless they are none.
  return [...overlapWords(text.slice(-(4 << 10)))].slice(-count).join(" ");
}
