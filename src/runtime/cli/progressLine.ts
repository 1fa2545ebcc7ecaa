/** A line of standard error that is written over and over. */
import * as l10n from "@vscode/l10n";
import type { RequestContext, RuntimeService } from "../service";
import { withService } from "./serviceCall";
import type { Terminal } from "./terminal";

/** Milliseconds between two of them. */
const interval = 100;

/** The line, and what ends it. */
export interface ProgressLine {
  /** Writes `text` in place of what was there; not more often than can be read. */
  show(text: string): void;
  /** Writes the last text, and leaves the line, if there is one, for what comes next. */
  end(): void;
}

/** A new line for progress. */
export function progressLine(terminal: Terminal): ProgressLine {
  let shownAt = Number.NEGATIVE_INFINITY;
  let width = 0;
  let waiting: string | null = null;
  const write = (text: string) => {
    terminal.err(`\r${text.padEnd(width)}`);
    [shownAt, width, waiting] = [performance.now(), Math.max(width, text.length), null];
  };
  return {
    show(text) {
      if (performance.now() - shownAt < interval) waiting = text;
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
