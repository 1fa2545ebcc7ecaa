/** The prompt file that a command is given. */
import { dirname, isAbsolute, relative, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import type { PromptSource } from "../promptProtocol";
import type { CommandName } from "./help";
import { readFileText } from "./input";
import type { Terminal } from "./terminal";
import { type ParsedOptions, UsageError } from "./usage";

/**
 * The prompt file. Its data must lie below `--root`; below the working folder when the file does, else beside the file. Throws `UsageError`
 * unless there is one file, `invalidRequest` when it cannot be read.
 */
export async function promptSource(
  command: CommandName,
  options: ParsedOptions,
  terminal: Terminal,
): Promise<PromptSource> {
  const { positionals } = options;
  const [file, ...rest] = positionals;
  if (file === undefined) throw new UsageError(l10n.t("the prompt file is missing"), command);
  if (rest.length > 0) throw new UsageError(l10n.t("there are {0} files; one at a time", positionals.length), command);
  const path = resolve(file);
  const way = relative(process.cwd(), path);
  const below = !isAbsolute(way) && !way.startsWith("..");
  const [root = below ? "." : dirname(path)] = options.values("root");
  return { path, text: await readFileText(path, terminal), root: resolve(root) };
}
