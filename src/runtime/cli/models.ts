/** `gptw models …`: everything about the model store. */
import * as l10n from "@vscode/l10n";
import type { Command, ExitCode } from "./commandLine";
import { quantize } from "./quantize";
import type { Terminal } from "./terminal";
import { UsageError } from "./usage";

const actions: Readonly<Record<string, Command>> = { quantize };

/** Runs the action that the first argument names; what each takes is in the help. */
export async function models(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name, ...rest] = args;
  const action = name !== undefined && Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action) return action(rest, terminal);
  const known = Object.keys(actions).join(", ");
  if (name === undefined) throw new UsageError(l10n.t("say what to do: {0}", known), "models");
  throw new UsageError(l10n.t('there is no "models {0}"; there is {1}', name, known), "models");
}
