/** The text a command works on. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { readTextFile } from "../textFile";
import type { Terminal } from "./terminal";

/** Far more than any context holds, and little enough to encode. */
const maxBytes = 64_000_000;

/**
 * Standard input, as text.
 * @throws RuntimeError `invalidRequest` when it is not UTF-8.
 */
export async function readInputText(terminal: Terminal): Promise<string> {
  const bytes = await terminal.readInput();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // The decoder's only complaint is malformed input.
    throw invalidRequest(l10n.t("standard input is not UTF-8 text"));
  }
}

/**
 * The text of a file, or of standard input for `-`.
 * @throws RuntimeError `invalidRequest`, naming the file.
 */
export async function readFileText(file: string, terminal: Terminal): Promise<string> {
  if (file === "-") return readInputText(terminal);
  const text = await readTextFile(file, maxBytes, (problem) => invalidRequest(`${file} ${problem}`));
  if (text === null) throw invalidRequest(l10n.t("there is no file {0}", file));
  return text;
}
