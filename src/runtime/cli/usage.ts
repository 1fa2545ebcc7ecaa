/** Options of a command: parsed by Node, then checked here, so that a wrong one is told before a model is loaded. */
import { parseArgs } from "node:util";
import * as l10n from "@vscode/l10n";
import { type DeviceChoice, deviceChoices } from "../protocol";
import type { CommandName } from "./help";

/** The arguments are wrong; `command` is whose help to read, null for the program's. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  constructor(
    message: string,
    readonly command: CommandName | null,
  ) {
    super(message);
  }
}

/** Each option's form: `flag` has no value, `texts` may be given more than once. */
export type OptionForms = Readonly<Record<string, "flag" | "text" | "texts">>;

/** What was given. */
export interface ParsedOptions {
  /** Values in the order given; a flag's is "". Empty for an option that was not given. */
  readonly values: (name: string) => readonly string[];
  readonly positionals: readonly string[];
}

/**
 * Parses a command's arguments.
 * @throws UsageError for an unknown option, a missing value, a value where none belongs, and one given twice.
 */
export function parseOptions(command: CommandName, args: readonly string[], forms: OptionForms): ParsedOptions {
  // All are parsed as if they could be given more than once, so that one given twice is noticed.
  const options = Object.fromEntries(
    Object.entries(forms).map(([name, form]) => [name, { type: optionType(form), multiple: true } as const]),
  );
  const { values, positionals } = parse(command, args, options);
  for (const [name, given] of Object.entries(values)) {
    if (forms[name] === "text" && Array.isArray(given) && given.length > 1) {
      throw new UsageError(l10n.t("--{0} is given twice", name), command);
    }
  }
  return {
    positionals,
    values: (name) => [values[name] ?? []].flat().map((value) => (value === true ? "" : String(value))),
  };
}

function optionType(form: OptionForms[string]): "boolean" | "string" {
  return form === "flag" ? "boolean" : "string";
}

function parse(
  command: CommandName,
  args: readonly string[],
  options: NonNullable<Parameters<typeof parseArgs>[0]>["options"],
) {
  try {
    return parseArgs({ args: [...args], options: options ?? {}, allowPositionals: true, strict: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(error.message, command);
  }
}

/** The value of `--model`. */
export function modelOption(command: CommandName, options: ParsedOptions): string {
  const [folder] = options.values("model");
  if (!folder) throw new UsageError(l10n.t("--model is missing: the folder of a model"), command);
  return folder;
}

/** The value of `--device`, `auto` when it is not given. */
export function deviceOption(command: CommandName, options: ParsedOptions): DeviceChoice {
  const [device = "auto"] = options.values("device");
  const choice = deviceChoices.find((name) => name === device);
  if (choice) return choice;
  const problem = l10n.t("--device must be one of {0}, not {1}", deviceChoices.join(", "), quote(device));
  throw new UsageError(problem, command);
}

/** The values of `--device` and `--context`, as a request's model has them. */
export function runOptions(
  command: CommandName,
  options: ParsedOptions,
): { readonly device: DeviceChoice; readonly contextLength?: number } {
  const device = deviceOption(command, options);
  if (options.values("context").length === 0) return { device };
  const range = { min: 2, max: 1_000_000, whole: true, default: 0 };
  return { device, contextLength: numberOption(command, options, "context", range) };
}

/** What a number must be. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
  readonly default: number;
}

/** The value of a numeric option. */
export function numberOption(command: CommandName, options: ParsedOptions, name: string, range: NumberRange): number {
  const [text] = options.values(name);
  if (text === undefined) return range.default;
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (value >= range.min && value <= range.max && (!range.whole || Number.isInteger(value))) return value;
  const kind = range.whole ? l10n.t("a whole number") : l10n.t("a number");
  const problem = l10n.t("--{0} must be {1} from {2} to {3}, not {4}", name, kind, range.min, range.max, quote(text));
  throw new UsageError(problem, command);
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
