/** Whether a device is tested here. */
import assert from "node:assert/strict";
import type { Context } from "mocha";
import { Devices } from "../../src/runtime/engine/device";
import type { Device, DeviceInfo } from "../../src/runtime/protocol";

let probed: Promise<DeviceInfo[]> | undefined;

/** Every device, probed in this run and not in an earlier one. */
export function probedDevices(): Promise<DeviceInfo[]> {
  probed ??= new Devices({ cache: { get: async () => undefined, set: async () => undefined } }).list();
  return probed;
}

/** Skips a suite on a device that does not work here; fails where it has to work. */
export function skipUnlessAvailable(context: Context, device: Device, devices: readonly DeviceInfo[]): void {
  const info = devices.find((candidate) => candidate.device === device);
  if (info?.available) return;
  if (device === "cpu" || process.env.GPTW_REQUIRE_WEBGPU) assert.fail(`${device} ${info?.reason}`);
  console.log(`      ${device} is not tested here: ${info?.reason}`);
  context.skip();
}
