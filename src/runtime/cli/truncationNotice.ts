/** Says on standard error what did not fit the context. */
import * as l10n from "@vscode/l10n";
import type { Truncation } from "../protocol";
import type { Terminal } from "./terminal";

/** Writes a line when something was left out. */
export function truncationNotice(truncation: Truncation | null, terminal: Terminal): void {
  if (truncation === null) return;
  const { total, kept, keptEnd } = truncation;
  const notice =
    keptEnd === "start"
      ? l10n.t("The text has {0} tokens; the first {1} were kept.", total, kept)
      : l10n.t("The text has {0} tokens; the last {1} were kept.", total, kept);
  terminal.err(`gptw: ${notice}\n`);
}

/** Writes a line when the context was full while generating. */
export function slideNotice(dropped: number, terminal: Terminal): void {
  const notice = l10n.t(
    "The context is full: the first {0} tokens of prompt and text are dropped from here on.",
    dropped,
  );
  terminal.err(`gptw: ${notice}\n`);
}
