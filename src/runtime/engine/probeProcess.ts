/** Tries a device in a process of its own: a driver may end the process that first touches it, or hang. */
import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import type { Device } from "../protocol";

/** What a probe reports. */
export type ProbeResult =
  | { readonly kind: "works" /** Milliseconds of the probe's matrix product, median. */; readonly ms: number }
  | { readonly kind: "fails"; readonly reason: string };

/** What a probe reports, as it comes from another process or a file. */
export const probeResult: z.ZodType<ProbeResult> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("works"), ms: z.number() }),
  z.object({ kind: z.literal("fails"), reason: z.string() }),
]);

/** A driver that hangs is given up after this, milliseconds. */
const probeTimeoutMs = 30_000;

/** Runs the probe. Never rejects: a process that ends or hangs is a device that fails. */
export function runProbe(device: Device): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const child = fork(probeScript(), [device], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    let errors = "";
    let hangs = false;
    child.stderr?.on("data", (chunk) => {
      errors = `${errors}${chunk}`.slice(-1000);
    });
    const timer = setTimeout(() => {
      hangs = true;
      child.kill("SIGKILL");
    }, probeTimeoutMs);
    child.on("message", (message) => {
      const result = probeResult.safeParse(message);
      if (result.success) resolve(result.data);
      child.kill("SIGKILL");
    });
    child.on("error", (error) => resolve({ kind: "fails", reason: error.message }));
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      resolve({ kind: "fails", reason: hangs ? hung() : ended(lastLine(errors), code, signal) });
    });
  });
}

function hung(): string {
  return l10n.t("its driver gave no answer within {0} s", probeTimeoutMs / 1000);
}

function ended(message: string, code: number | null, signal: NodeJS.Signals | null): string {
  const how = message || (signal ?? l10n.t("exit code {0}", String(code)));
  return l10n.t("its driver ended the process ({0})", how);
}

/** `probe.js` stands beside the bundle, `probe.ts` above this file. */
function probeScript(): string {
  const bundled = join(__dirname, "probe.js");
  return existsSync(bundled) ? bundled : join(__dirname, "..", "probe.ts");
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
