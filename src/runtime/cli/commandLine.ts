/** From arguments to an exit code. */
import * as l10n from "@vscode/l10n";
import { CancelledError, RuntimeError, type RuntimeErrorCode } from "../errors";
import { version } from "../version";
import { classify } from "./classify";
import { compare } from "./compare";
import { create } from "./create";
import { devices } from "./devices";
import { exportPrompt } from "./export";
import { finetune } from "./finetune";
import { generate } from "./generate";
import { type CommandName, helpText } from "./help";
import { importPrompt } from "./import";
import { merge } from "./merge";
import { models } from "./models";
import { pretrain } from "./pretrain";
import { run } from "./run";
import { score } from "./score";
import type { Terminal } from "./terminal";
import { trace } from "./trace";
import { UsageError } from "./usage";

/** What the process ends with. */
export type ExitCode = 0 | 1 | 2 | 130;

/** Runs a command with the arguments after its name. Says how it ended, or throws. */
export type Command = (args: readonly string[], terminal: Terminal) => Promise<ExitCode>;

const commands: Readonly<Record<CommandName, Command>> = {
  generate,
  score,
  trace,
  run,
  finetune,
  pretrain,
  models,
  create,
  devices,
  classify,
  merge,
  compare,
  export: exportPrompt,
  import: importPrompt,
};

/** Runs `gptw` with these arguments, those after the program's name. Every failure is told on standard error. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    return report(error, terminal);
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === "--version" || name === "-v") return print(`${version}\n`, terminal);
  if (name === "--help" || name === "-h") return print(helpText(null), terminal);
  if (name === undefined) throw new UsageError(l10n.t("a command is missing"), null);
  if (!isCommand(name)) throw new UsageError(l10n.t('there is no command "{0}"', name), null);
  if (asksForHelp(rest)) return print(helpText(name), terminal);
  return commands[name](rest, terminal);
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

/** Only before `--`: after it, `--help` is a text like any other. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? args.length : end).some((arg) => arg === "--help" || arg === "-h");
}

function print(text: string, terminal: Terminal): ExitCode {
  terminal.out(text);
  return 0;
}

function report(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof CancelledError) return terminal.readerGone ? 0 : 130;
  if (error instanceof UsageError) {
    const command = error.command === null ? "gptw --help" : `gptw ${error.command} --help`;
    terminal.err(`gptw: ${error.message}\n${l10n.t("See {0}.", command)}\n`);
    return 2;
  }
  terminal.err(`gptw: ${describe(error)}\n`);
  return 1;
}

/** Message and hint; of a fault in the program itself also where it was. */
function describe(error: unknown): string {
  if (!(error instanceof RuntimeError)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const hint = hints[error.code]?.() ?? error.hint;
  return hint ? `${error.message}\n${hint}` : error.message;
}

/** Where the hint that an editor's user gets would be no help here. */
const hints: Readonly<Partial<Record<RuntimeErrorCode, () => string>>> = {
  deviceUnavailable: () => l10n.t("Use --device auto or --device cpu; gptw devices tells what works."),
  emptyText: () => l10n.t("Give a text of at least one character."),
  sessionFailed: () => "",
};
