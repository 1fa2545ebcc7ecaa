/** `gptw import`: another program's evaluation as a prompt file. */
import { resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import type { ExitCode } from "./commandLine";
import { formOption, requiredOption, tellWritten } from "./export";
import { withService } from "./serviceCall";
import type { Terminal } from "./terminal";
import { parseOptions, UsageError } from "./usage";

/** Runs the command; what it takes is in its help. */
export async function importPrompt(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parseOptions("import", args, { from: "text", out: "text", force: "flag" });
  const from = formOption("import", "from", options);
  const out = resolve(requiredOption("import", "out", options));
  if (!out.endsWith(".prompt.yaml")) throw new UsageError(l10n.t("--out must end with .prompt.yaml"), "import");
  const [file, ...rest] = options.positionals;
  if (file === undefined) throw new UsageError(l10n.t("the file to import is missing"), "import");
  if (rest.length > 0)
    throw new UsageError(l10n.t("there are {0} files; one at a time", options.positionals.length), "import");
  const params = { from, path: resolve(file), out, overwrite: options.values("force").length > 0 };
  return withService(terminal, async (service, context) =>
    tellWritten(await service.interop.import(params, context), terminal),
  );
}
