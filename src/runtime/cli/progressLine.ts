/** A line of standard error that is written over and over. */
import * as l10n from "@vscode/l10n";
import type { RequestContext, RuntimeService } from "../service";
import { withService } from "./serviceCall";
import type { Terminal } from "./terminal";

/** Milliseconds between two of them: on a terminal, and where each stays as a line of its own. */
const interval = { overwritten: 100, kept: 10_000 };

/** The line, and what ends it. */
export interface ProgressLine {
  /** Writes `text` in place of what was there, or as a new line where nothing can be written over; not more often than can be read. */
  show(text: string): void;
  /** Writes the last text, and leaves the line, if there is one, for what comes next. */
  end(): void;
}

/** A new line for progress. */
export function progressLine(terminal: Terminal): ProgressLine {
  const least = terminal.overwrites ? interval.overwritten : interval.kept;
  let shownAt = Number.NEGATIVE_INFINITY;
  let width = 0;
  let waiting: string | null = null;
  const write = (text: string) => {
    terminal.err(terminal.overwrites ? `\r${text.padEnd(width)}` : `${text}\n`);
    shownAt = performance.now();
    if (terminal.overwrites) width = Math.max(width, text.length);
    waiting = null;
  };
  return {
    show(text) {
      if (performance.now() - shownAt < least) waiting = text;
      else write(text);
    },
    end() {
      if (waiting !== null) write(waiting);
      if (width > 0) terminal.err("\n");
      width = 0;
    },
  };
}

/** Runs a request as `withService` does, with its progress on standard error; `text` says it, but for the loading of the model. */
export function withProgress<T>(
  terminal: Terminal,
  text: (done: number, total: number) => string,
  work: (service: RuntimeService, context: RequestContext) => Promise<T>,
): Promise<T> {
  const line = progressLine(terminal);
  return withService(terminal, async (service, context) => {
    try {
      return await work(service, {
        ...context,
        onProgress: ({ stage, done, total }) =>
          line.show(stage === "loading" ? l10n.t("loading the model …") : text(done, total)),
      });
    } finally {
      line.end();
    }
  });
}
