/** Which models of a reference set this version can run. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { resolveParameters } from "../../src/runtime/checkpoint/parameterNames";
import { parseSafetensorsHeader } from "../../src/runtime/checkpoint/safetensors";
import { RuntimeError } from "../../src/runtime/errors";
import { parseGPTConfig } from "../../src/runtime/model/config";

/** Why the model cannot run here, in words; null when it can. A damaged folder is no reason: it throws. */
export function unsupportedReason(folder: string): string | null {
  const configFile = join(folder, "config.json");
  const checkpointFile = join(folder, "model.safetensors");
  try {
    const config = parseGPTConfig(JSON.parse(readFileSync(configFile, "utf8")), configFile);
    const bytes = readFileSync(checkpointFile);
    const headerLength = Number(bytes.readBigUInt64LE(0));
    const header = bytes.subarray(8, 8 + headerLength);
    resolveParameters(parseSafetensorsHeader(header, checkpointFile, 8 + headerLength, bytes.length), config);
    return null;
  } catch (error) {
    if (error instanceof RuntimeError && ["unsupportedModel", "unsupportedDType"].includes(error.code))
      return error.message.replaceAll(`${folder}/`, "");
    throw error;
  }
}
