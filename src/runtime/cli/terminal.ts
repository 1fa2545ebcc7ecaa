/** The process's streams and signals, as the commands see them. */

/** Where a command writes, and what stops it. */
export interface Terminal {
  /** Writes to standard output; nothing once its reader has gone. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  /** Whether standard error can write over a line that it has written: not when it goes to a file or another program. */
  readonly overwrites: boolean;
  /** Resolves when what was written has been handed over. */
  flush(): Promise<void>;
  /** All of standard input. */
  readInput(): Promise<Uint8Array>;
  /** Aborts on an interrupt, and when the reader of standard output has gone. */
  readonly signal: AbortSignal;
  /** Whether the reader of standard output has gone, as `head` goes when it has enough. */
  readonly readerGone: boolean;
}

/** This process's terminal. An interrupt cancels the work; a second one ends the process at once. */
export function processTerminal(): Terminal {
  const interrupt = new AbortController();
  let readerGone = false;
  process.on("SIGINT", () => {
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  });
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    readerGone = true;
    interrupt.abort();
  });
  // With standard error gone there is nobody to tell; the work goes on.
  process.stderr.on("error", () => undefined);
  return {
    out: (text) => void (readerGone || process.stdout.write(text)),
    err: (text) => void process.stderr.write(text),
    overwrites: process.stderr.isTTY === true,
    flush: async () => {
      await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
    },
    readInput,
    signal: interrupt.signal,
    get readerGone() {
      return readerGone;
    },
  };
}

/** Resolves after all writes before it, whether they succeeded or not. */
function flushed(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    if (!stream.writable) resolve();
    else stream.write("", () => resolve());
  });
}

async function readInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
