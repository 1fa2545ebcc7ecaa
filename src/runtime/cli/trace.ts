/** `gptw trace`: logits, hidden states and attention probabilities of a text, as safetensors. */
import { resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import type { ExitCode } from "./commandLine";
import { tokensInput } from "./input";
import { withService } from "./serviceCall";
import { modelFolderOption } from "./store";
import type { Terminal } from "./terminal";
import { truncationNotice } from "./truncationNotice";
import { parseOptions, runOptions, UsageError } from "./usage";

/** Runs the command; what it takes is in its help. */
export async function trace(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parseOptions("trace", args, {
    model: "text",
    store: "text",
    device: "text",
    context: "text",
    ids: "text",
    out: "text",
  });
  const model = { folder: await modelFolderOption("trace", options), ...runOptions("trace", options) };
  const [out] = options.values("out");
  if (!out) throw new UsageError(l10n.t("--out is missing: the file to write"), "trace");
  const input = await tokensInput("trace", options, terminal);
  return withService(terminal, async (service, context): Promise<ExitCode> => {
    const { model: info, tokens, truncation } = await service.trace({ model, input, file: resolve(out) }, context);
    truncationNotice(truncation, terminal);
    terminal.err(`${l10n.t("{0} on {1}: traced {2} tokens to {3}", info.name, info.device, tokens, out)}\n`);
    return 0;
  });
}
