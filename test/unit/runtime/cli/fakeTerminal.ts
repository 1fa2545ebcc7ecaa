/** A terminal that remembers what was written. */
import { runCommandLine } from "../../../../src/runtime/cli/commandLine";
import type { Terminal } from "../../../../src/runtime/cli/terminal";

/** What a run of `gptw` in this process left behind. */
export interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What a run is given besides its arguments. */
export interface Given {
  readonly input?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** True when it says nothing. */
  readonly overwrites?: boolean;
  /** Called with all of standard output so far. */
  readonly onOut?: (out: string) => void;
}

/** Runs `gptw` with these arguments in this process. */
export async function gptw(args: readonly string[], given: Given = {}): Promise<Finished> {
  let [out, err] = ["", ""];
  const terminal: Terminal = {
    out: (text) => {
      out += text;
      given.onOut?.(out);
    },
    err: (text) => {
      err += text;
    },
    overwrites: given.overwrites ?? true,
    flush: async () => undefined,
    readInput: async () => Buffer.from(given.input ?? ""),
    signal: given.signal ?? new AbortController().signal,
    readerGone: false,
  };
  return { code: await runCommandLine(args, terminal), out, err };
}

/** The JSON values of standard output's lines. */
export function jsonLines(out: string): Record<string, unknown>[] {
  return out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
