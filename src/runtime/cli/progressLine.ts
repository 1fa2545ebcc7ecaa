/** A line of standard error that is written over and over. */
import type { Terminal } from "./terminal";

/** Milliseconds between two of them. */
const interval = 100;

/** The line, and what ends it. */
export interface ProgressLine {
  /** Writes `text` in place of what was there; not more often than can be read. */
  show(text: string): void;
  /** Leaves the line, if there is one, for what comes next. */
  end(): void;
}

/** A new line for progress. */
export function progressLine(terminal: Terminal): ProgressLine {
  let shownAt = Number.NEGATIVE_INFINITY;
  let width = 0;
  return {
    show(text) {
      if (performance.now() - shownAt < interval) return;
      shownAt = performance.now();
      terminal.err(`\r${text.padEnd(width)}`);
      width = Math.max(width, text.length);
    },
    end() {
      if (width > 0) terminal.err("\n");
      width = 0;
    },
  };
}
