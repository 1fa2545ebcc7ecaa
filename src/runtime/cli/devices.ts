/** `gptw devices`: what a model can run on here. */
import * as l10n from "@vscode/l10n";
import type { DeviceInfo } from "../protocol";
import type { ExitCode } from "./commandLine";
import { withService } from "./serviceCall";
import type { Terminal } from "./terminal";
import { parseOptions, UsageError } from "./usage";

/** Runs the command; what it takes is in its help. */
export async function devices(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parseOptions("devices", args, { json: "flag", refresh: "flag" });
  if (options.positionals.length > 0) {
    throw new UsageError(l10n.t('there is nothing to do with "{0}"', options.positionals[0] ?? ""), "devices");
  }
  return withService(terminal, async (service, { signal }) => {
    const found = await orAborted(service.devices({ refresh: options.values("refresh").length > 0 }), signal);
    if (found === null) return terminal.readerGone ? 0 : 130;
    terminal.out(options.values("json").length > 0 ? `${JSON.stringify(found, null, 2)}\n` : table(found));
    return 0;
  });
}

/** The result, or null as soon as the signal aborts. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  const aborted = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener("abort", () => resolve(null), { once: true });
  });
  return Promise.race([work, aborted]);
}

function table(found: readonly DeviceInfo[]): string {
  const head = [l10n.t("DEVICE"), l10n.t("AVAILABLE"), l10n.t("REASON")];
  const rows = found.map(({ device, available, reason }) => [device, available ? l10n.t("yes") : l10n.t("no"), reason]);
  const widths = head.map((title, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? title).length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return `${[head, ...rows].map(line).join("\n")}\n`;
}
