/** The text a command works on. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import type { ScoreParams } from "../protocol";
import { readTextFile } from "../textFile";
import type { CommandName } from "./help";
import type { Terminal } from "./terminal";
import { type ParsedOptions, UsageError } from "./usage";

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

/**
 * The text in the file that a command is given, or the token ids of its `--ids`.
 * @throws UsageError unless there is one of the two.
 */
export async function tokensInput(
  command: CommandName,
  options: ParsedOptions,
  terminal: Terminal,
): Promise<ScoreParams["input"]> {
  const [ids] = options.values("ids");
  const [file, ...rest] = options.positionals;
  if (rest.length > 0)
    throw new UsageError(l10n.t("there are {0} files; one at a time", options.positionals.length), command);
  if (ids !== undefined && file !== undefined) throw new UsageError(l10n.t("give a file or --ids, not both"), command);
  if (ids !== undefined) return { kind: "ids", ids: parseIds(ids, command) };
  if (file === undefined) throw new UsageError(l10n.t("the file with the text is missing, or --ids"), command);
  return { kind: "text", text: await readFileText(file, terminal) };
}

function parseIds(text: string, command: CommandName): number[] {
  return text.split(",").map((word) => {
    const id = /^\s*\d+\s*$/.test(word) ? Number(word) : Number.NaN;
    if (Number.isSafeInteger(id)) return id;
    throw new UsageError(
      l10n.t("--ids must be token ids with commas between, such as 12,5,7: {0} is none", JSON.stringify(word)),
      command,
    );
  });
}
