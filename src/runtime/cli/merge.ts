/** `gptw merge`: a LoRA adapter into its base's weights. */
import { resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import type { ExitCode } from "./commandLine";
import { withService } from "./serviceCall";
import { folderOrId, storeFolder } from "./store";
import type { Terminal } from "./terminal";
import { parseOptions, UsageError } from "./usage";

/** Runs the command; what it takes is in its help. */
export async function merge(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parseOptions("merge", args, { base: "text", store: "text" });
  const [adapter, folder, ...rest] = options.positionals;
  if (adapter === undefined || folder === undefined || rest.length > 0)
    throw new UsageError(l10n.t("give the adapter's folder and the one to write"), "merge");
  const store = storeFolder(options);
  const [base] = options.values("base");
  const params = {
    adapter: await folderOrId(adapter, store),
    into: { kind: "folder", folder: resolve(folder) } as const,
    ...(base !== undefined && { base: await folderOrId(base, store) }),
  };
  return withService(terminal, async (service, context): Promise<ExitCode> => {
    terminal.err(`${l10n.t("Written to {0}", await service.classifiers.merge(params, context))}\n`);
    return 0;
  });
}
