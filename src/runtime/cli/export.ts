/** `gptw export`: a prompt file as another program's evaluation. */
import { resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { type InteropForm, type InteropResult, interopForms } from "../interopProtocol";
import type { PromptOverrides } from "../promptProtocol";
import type { ExitCode } from "./commandLine";
import type { CommandName } from "./help";
import { promptSource } from "./promptSource";
import { withService } from "./serviceCall";
import { folderOrId, storeFolder } from "./store";
import type { Terminal } from "./terminal";
import { numberOption, type ParsedOptions, parseOptions, runOptions, UsageError } from "./usage";

/** Runs the command; what it takes is in its help. */
export async function exportPrompt(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parseOptions("export", args, {
    ...{ to: "text", out: "text", force: "flag", root: "text", variants: "text", shots: "text", seed: "text" },
    ...{ limit: "text", "skip-bad-rows": "flag", model: "text", store: "text", device: "text", context: "text" },
  });
  const to = formOption("export", "to", options);
  const folder = resolve(requiredOption("export", "out", options));
  const overrides = exportOverrides(options);
  const source = await promptSource("export", options, terminal);
  const [model] = options.values("model");
  const params = {
    ...{ source, to, overrides, folder, overwrite: options.values("force").length > 0 },
    ...(model !== undefined && {
      model: { folder: await folderOrId(model, storeFolder(options)), ...runOptions("export", options) },
    }),
  };
  return withService(terminal, async (service, context) =>
    tellWritten(await service.interop.export(params, context), terminal),
  );
}

/** Names the files on standard output, and what could not be carried over on standard error. */
export function tellWritten({ files, notes }: InteropResult, terminal: Terminal): ExitCode {
  for (const file of files) terminal.out(`${file}\n`);
  for (const note of notes) terminal.err(`${note}\n`);
  return 0;
}

/** The program that an option names. Throws `UsageError`. */
export function formOption(command: CommandName, name: string, options: ParsedOptions): InteropForm {
  const given = requiredOption(command, name, options);
  const form = interopForms.find((one) => one === given);
  if (form) return form;
  throw new UsageError(l10n.t("--{0} must be one of {1}, not {2}", name, interopForms.join(", "), given), command);
}

/** The value of an option that must be given. Throws `UsageError`. */
export function requiredOption(command: CommandName, name: string, options: ParsedOptions): string {
  const [given] = options.values(name);
  if (given) return given;
  throw new UsageError(l10n.t("--{0} is missing", name), command);
}

function exportOverrides(
  options: ParsedOptions,
): Pick<PromptOverrides, "variants" | "k" | "seed" | "limit" | "skipBadRows"> {
  const whole = (name: string, min: number, max: number) =>
    options.values(name).length > 0
      ? numberOption("export", options, name, { min, max, whole: true, default: 0 })
      : undefined;
  const [k, seed, limit] = [whole("shots", 0, 1000), whole("seed", 0, 0xffffffff), whole("limit", 1, 1_000_000_000)];
  const names = options
    .values("variants")[0]
    ?.split(",")
    .map((name) => name.trim());
  if (names?.includes("")) throw new UsageError(l10n.t("--variants must be names with commas between"), "export");
  return {
    ...(names && { variants: names }),
    ...(k !== undefined && { k }),
    ...(seed !== undefined && { seed }),
    ...(limit !== undefined && { limit }),
    ...(options.values("skip-bad-rows").length > 0 && { skipBadRows: true }),
  };
}
