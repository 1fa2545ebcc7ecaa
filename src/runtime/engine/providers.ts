/** Which execution providers this onnxruntime has, and why others cannot be here. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import * as l10n from "@vscode/l10n";
import { deviceTraits } from "../model/deviceTraits";
import type { Device } from "../protocol";
import { executionProviders } from "./session";

/** The one library of CUDA that has to lie beside onnxruntime's own; it is not part of the extension. */
export const cudaLibrary = "libonnxruntime_providers_cuda.so";

/** Folder of onnxruntime-node's native libraries for this system. */
export function nativeFolder(): string {
  const dist = dirname(require.resolve("onnxruntime-node"));
  return join(dist, "..", "bin", "napi-v6", process.platform, process.arch);
}

/** Why `device` cannot even be probed here; null when it can. */
export function missing(device: Device, folder = nativeFolder()): string | null {
  const provider = executionProviders().find(({ name }) => name === deviceTraits[device].executionProvider);
  if (!provider) return notOnThisSystem(device);
  if (device !== "cuda" || existsSync(join(folder, cudaLibrary))) return null;
  return l10n.t("{0} is not in {1}; How to Get CUDA explains where it comes from", cudaLibrary, folder);
}

function notOnThisSystem(device: Device): string {
  const system = `${process.platform}-${process.arch}`;
  switch (device) {
    case "cuda":
      return l10n.t("onnxruntime has CUDA for Linux on x64 only; this is {0}", system);
    case "directml":
      return l10n.t("DirectML is part of Windows; this is {0}", system);
    case "coreml":
      return l10n.t("Core ML is part of macOS; this is {0}", system);
    case "webgpu":
    case "cpu":
      return l10n.t("onnxruntime has none for {0}", system);
    default:
      return device satisfies never;
  }
}
