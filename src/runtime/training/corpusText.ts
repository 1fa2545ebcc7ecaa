/** Reads one file of a corpus, if it is text. */
import { constants, type FileHandle, open } from "node:fs/promises";

/** Why a file is no text to train on. */
export interface UnusableText {
  readonly reason: "tooLarge" | "binary" | "empty" | "unreadable";
}

/**
 * The text of a file, or why there is none. A link at the end of the path is not followed; a file that cannot be opened is no failure:
 * it may have gone since it was listed.
 */
export async function readCorpusText(
  path: string,
  maxBytes: number,
): Promise<UnusableText | { readonly text: string; readonly bytes: number }> {
  let handle: FileHandle | undefined;
  try {
    // Not blocking: a pipe that has no writer would never open.
    handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    return await readHandle(handle, maxBytes);
  } catch (error) {
    if (error instanceof Error && "code" in error && "syscall" in error) return { reason: "unreadable" };
    throw error;
  } finally {
    await handle?.close();
  }
}

async function readHandle(handle: FileHandle, maxBytes: number) {
  const info = await handle.stat();
  if (!info.isFile()) return { reason: "unreadable" } as const;
  if (info.size > maxBytes) return { reason: "tooLarge" } as const;
  if (info.size === 0) return { reason: "empty" } as const;
  // One byte more than there should be, to notice a file that grows.
  const buffer = Buffer.alloc(info.size + 1);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
  if (bytesRead !== info.size) return { reason: "unreadable" } as const;
  const bytes = buffer.subarray(0, bytesRead);
  const text = bytes.includes(0) ? null : decode(bytes);
  return text === null ? ({ reason: "binary" } as const) : { text, bytes: bytesRead };
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // The decoder's only complaint is malformed input.
    return null;
  }
}
