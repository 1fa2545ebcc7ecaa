/** Which devices work here, and which one a model is loaded on. */
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import { deviceUnavailable } from "../errors";
import { deviceTraits } from "../model/deviceTraits";
import { type Device, type DeviceChoice, type DeviceInfo, type DevicesParams, deviceNames } from "../protocol";
import { driverIdentity } from "./driverIdentity";
import { cacheFolder, ProbeCache } from "./probeCache";
import { type ProbeResult, runProbe } from "./probeProcess";
import { cudaLibrary, missing, nativeFolder } from "./providers";
import { onnxruntimeVersion } from "./session";

/** What `Devices` works with. */
export interface DevicesOptions {
  /** Why a device cannot even be probed; null when it can. */
  readonly missing: (device: Device) => string | null;
  readonly probe: (device: Device) => Promise<ProbeResult>;
  readonly cache: Pick<ProbeCache, "get" | "set">;
}

/** Probes devices, each once unless told otherwise. */
export class Devices {
  readonly #options: DevicesOptions;
  readonly #results = new Map<Device, Promise<ProbeResult>>();

  constructor(options: Partial<DevicesOptions> = {}) {
    this.#options = { missing, probe: runProbe, cache: defaultCache(), ...options };
  }

  /** Every device, with why it is used or not. */
  async list({ refresh = false }: DevicesParams = {}): Promise<DeviceInfo[]> {
    if (refresh) this.#results.clear();
    const results = new Map<Device, ProbeResult>();
    // One after the other, so that they do not disturb each other's time.
    for (const device of deviceNames) results.set(device, await this.#probe(device, refresh));
    const automatic = fastest(results);
    return deviceNames.map((device) => describe(device, results, device === automatic));
  }

  /**
   * The device to use. `auto` takes the fastest that works: a WebGPU that runs in software is slower than the CPU.
   * Throws `deviceUnavailable` when the one asked for does not work.
   */
  async choose(choice: DeviceChoice): Promise<Device> {
    if (choice === "cpu") return "cpu";
    if (choice === "auto") return this.#fastest();
    const result = await this.#probe(choice);
    if (result.kind === "fails") throw deviceUnavailable(choice, result.reason);
    return choice;
  }

  /** The CPU always works, and is only measured when something else does too. */
  async #fastest(): Promise<Device> {
    const results = new Map<Device, ProbeResult>();
    for (const device of deviceNames)
      if (device !== "cpu" && deviceTraits[device].automatic) results.set(device, await this.#probe(device));
    if ([...results.values()].every(({ kind }) => kind === "fails")) return "cpu";
    results.set("cpu", await this.#probe("cpu"));
    return fastest(results);
  }

  #probe(device: Device, anew = false): Promise<ProbeResult> {
    const known = this.#results.get(device);
    if (known) return known;
    const started = this.#find(device, anew);
    this.#results.set(device, started);
    return started;
  }

  async #find(device: Device, anew: boolean): Promise<ProbeResult> {
    const { cache, probe } = this.#options;
    const reason = this.#options.missing(device);
    if (reason !== null) return { kind: "fails", reason };
    const kept = anew ? undefined : await cache.get(device);
    if (kept) return kept;
    const result = await probe(device);
    await cache.set(device, result);
    return result;
  }
}

/** A device that can train: of `auto` the CPU where the fastest cannot. Throws `deviceUnavailable`. */
export async function trainingDevice(
  choice: DeviceChoice,
  choose: (choice: DeviceChoice) => Promise<Device>,
): Promise<Device> {
  const device = await choose(choice);
  if (device === "cpu" || device === "webgpu") return device;
  if (choice === "auto") return "cpu";
  throw deviceUnavailable(device, l10n.t("models are trained on webgpu or cpu"));
}

function defaultCache(): ProbeCache {
  const libraries = [join(nativeFolder(), cudaLibrary)];
  return new ProbeCache(join(cacheFolder(), "devices.json"), () => driverIdentity(onnxruntimeVersion, libraries));
}

type Results = ReadonlyMap<Device, ProbeResult>;

/** Of those that `auto` may take; the CPU when nothing was measured. */
function fastest(results: Results): Device {
  const ms = (device: Device) => milliseconds(results.get(device));
  const candidates = deviceNames.filter((device) => deviceTraits[device].automatic);
  return candidates.reduce((best, device) => (ms(device) < ms(best) ? device : best), "cpu");
}

function milliseconds(result: ProbeResult | undefined): number {
  return result?.kind === "works" ? result.ms : Number.POSITIVE_INFINITY;
}

function describe(device: Device, results: Results, automatic: boolean): DeviceInfo {
  const result = results.get(device);
  if (result?.kind !== "works") return { device, available: false, reason: result?.reason ?? "", automatic };
  return { device, available: true, reason: workingReason(device, result.ms, results), automatic };
}

function workingReason(device: Device, time: number, results: Results): string {
  const ms = time.toFixed(1);
  if (!deviceTraits[device].automatic)
    return l10n.t("works; a test product takes {0} ms. Only when chosen: no model was measured on it yet", ms);
  const slower = milliseconds(results.get("cpu")) < time;
  return slower
    ? l10n.t("works, but a test product takes {0} ms, longer than on the CPU (a software driver?)", ms)
    : l10n.t("works; a test product takes {0} ms", ms);
}
