/** Runs one request on a runtime of its own. */
import * as l10n from "@vscode/l10n";
import type { RequestContext, RuntimeService } from "../service";
import type { Terminal } from "./terminal";

/** Gives `work` a runtime and what cancels it, and frees the runtime afterwards. */
export async function withService<T>(
  terminal: Terminal,
  work: (service: RuntimeService, context: RequestContext) => Promise<T>,
): Promise<T> {
  // Imported here because onnxruntime takes a while to load, and wrong arguments are told without it.
  const { RuntimeService } = await import("../service");
  const service = new RuntimeService({
    onDeviceFailed: ({ model, device, reason }) =>
      terminal.err(`${l10n.t("{0} failed with {1} ({2}). Work goes on on the CPU.", device, model, reason)}\n`),
  });
  try {
    return await work(service, { signal: terminal.signal });
  } finally {
    await service.dispose();
  }
}
