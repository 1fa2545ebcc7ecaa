/** Rows of a data file as they are read: the file is never held whole, and others get their turn between its pieces. */
import { createReadStream } from "node:fs";
import { CancelledError } from "../errors";
import { fileKind, fileSize, notUtf8File, unreadable } from "./dataset";
import { streamDelimited } from "./delimited";
import { streamJsonLines } from "./jsonLines";
import type { RawRow } from "./rawRow";

/** How to read. */
export interface StreamOptions {
  /** Ends the reading with `CancelledError`. */
  readonly signal?: AbortSignal;
  /** Gets every piece of the file before its rows. */
  readonly onBytes?: (bytes: Uint8Array) => void;
}

/** Bytes that are read at once. */
const pieceBytes = 256 * 1024;

/**
 * The rows of the file at `path`, called `name` in messages, some at a time. Bad rows are among them; a field of a JSON Lines row that is no
 * text, number or list of texts is left out. Throws `invalidDataset` for a file that is too large, of another kind, not UTF-8, or not to be read.
 */
export async function* streamRows(
  path: string,
  name: string,
  options: StreamOptions = {},
): AsyncGenerator<readonly RawRow[]> {
  const kind = fileKind(path, name);
  await fileSize(path, name);
  const pieces = readPieces(path, name, options);
  yield* kind === "jsonLines" ? streamJsonLines(pieces) : streamDelimited(pieces, kind);
}

async function* readPieces(path: string, name: string, { signal, onBytes }: StreamOptions): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = async (bytes?: Buffer) => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      // The decoder's only complaint is malformed input.
      throw await notUtf8File(path, name);
    }
  };
  try {
    for await (const bytes of createReadStream(path, { highWaterMark: pieceBytes }) as AsyncIterable<Buffer>) {
      if (signal?.aborted) throw new CancelledError("cancelled");
      onBytes?.(bytes);
      yield await decode(bytes);
    }
    yield await decode();
  } catch (error) {
    throw unreadable(error, name);
  }
}
