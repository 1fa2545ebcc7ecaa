/** Which devices work here. Each is tried in a process of its own: a driver may end the process that first touches it. */
import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { deviceUnavailable } from "../errors";
import type { GPTConfig } from "../model/config";
import type { Products } from "../model/gpt";
import type { HeadsAtOnce } from "../model/sparseAttention";
import type { Device, DeviceChoice, DeviceInfo } from "../protocol";

/** How many heads of a sparse layer a device computes at once over whole sequences. */
export const headsAtOnce: { readonly [D in Device]: HeadsAtOnce } = { cpu: "one", webgpu: "all" };

/**
 * How a device multiplies a model's quantized matrices: exactly, but on the CPU with rounded inputs. Of onnxruntime 1.30's kernels there,
 * exact ones took GPT-2 small from 48 tokens/s in float32 to 5 at 8 bits, and are slower at 4 bits too.
 */
export function productsOn(device: Device, { quantization }: Pick<GPTConfig, "quantization">): Products {
  return device === "cpu" && quantization !== null ? "rounded" : "exact";
}

/** What a probe reports. */
export type ProbeResult =
  | { readonly kind: "works" /** Milliseconds of the probe's matrix product, median. */; readonly ms: number }
  | { readonly kind: "fails"; readonly reason: string };

const probeResult = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("works"), ms: z.number() }),
  z.object({ kind: z.literal("fails"), reason: z.string() }),
]);

/** Candidates, in the order in which `auto` prefers them. */
const candidates: readonly Device[] = ["webgpu", "cpu"];

/** A driver that hangs is given up after this, ms. */
const probeTimeout = 30_000;

const probes = new Map<Device, Promise<ProbeResult>>();

/** Probes every candidate and says of each why it is used or not. */
export async function listDevices(): Promise<DeviceInfo[]> {
  const results = await probeAll();
  return candidates.map((device) => describe(device, results));
}

/**
 * The device to use. `auto` takes the fastest that works: a WebGPU that runs in software is slower than the CPU.
 * Throws `deviceUnavailable` when the one asked for does not work.
 */
export async function chooseDevice(choice: DeviceChoice): Promise<Device> {
  if (choice === "cpu") return "cpu";
  if (choice === "auto") return fastestDevice();
  const result = await probe(choice);
  if (result.kind === "fails") throw deviceUnavailable(choice, result.reason);
  return choice;
}

/** The CPU always works, and is only measured when something else does too. */
async function fastestDevice(): Promise<Device> {
  const webgpu = await probe("webgpu");
  if (webgpu.kind === "fails") return "cpu";
  return webgpu.ms < milliseconds(await probe("cpu")) ? "webgpu" : "cpu";
}

type Results = ReadonlyMap<Device, ProbeResult>;

/** One after the other, so that they do not disturb each other's time. */
async function probeAll(): Promise<Results> {
  const results = new Map<Device, ProbeResult>();
  for (const device of candidates) results.set(device, await probe(device));
  return results;
}

function milliseconds(result: ProbeResult | undefined): number {
  return result?.kind === "works" ? result.ms : Number.POSITIVE_INFINITY;
}

function describe(device: Device, results: Results): DeviceInfo {
  const result = results.get(device);
  if (result?.kind !== "works") return { device, available: false, reason: result?.reason ?? "" };
  const ms = result.ms.toFixed(1);
  const slower = milliseconds(results.get("cpu")) < result.ms;
  const reason = slower
    ? l10n.t("works, but a test product takes {0} ms, longer than on the CPU (a software driver?)", ms)
    : l10n.t("works; a test product takes {0} ms", ms);
  return { device, available: true, reason };
}

/** Probes once in the life of this process. */
function probe(device: Device): Promise<ProbeResult> {
  const known = probes.get(device);
  if (known) return known;
  const started = runProbe(device);
  probes.set(device, started);
  return started;
}

function runProbe(device: Device): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const child = fork(probeScript(), [device], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    let errors = "";
    child.stderr?.on("data", (chunk) => {
      errors = `${errors}${chunk}`.slice(-1000);
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), probeTimeout);
    child.on("message", (message) => {
      const result = probeResult.safeParse(message);
      if (result.success) resolve(result.data);
      child.kill("SIGKILL");
    });
    child.on("error", (error) => resolve({ kind: "fails", reason: error.message }));
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      const how = signal ?? l10n.t("exit code {0}", String(code));
      resolve({ kind: "fails", reason: l10n.t("its driver ended the process ({0})", lastLine(errors) || how) });
    });
  });
}

/** `probe.js` stands beside the bundle, `probe.ts` above this file. */
function probeScript(): string {
  const bundled = join(__dirname, "probe.js");
  return existsSync(bundled) ? bundled : join(__dirname, "..", "probe.ts");
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
