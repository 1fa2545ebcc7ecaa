/** Whether a device is tested here. */
import assert from "node:assert/strict";
import type { Context } from "mocha";
import { Devices } from "../../src/runtime/engine/device";
import { Session } from "../../src/runtime/engine/session";
import { GraphBuilder } from "../../src/runtime/graph/graph";
import type { Device, DeviceInfo } from "../../src/runtime/protocol";

let probed: Promise<DeviceInfo[]> | undefined;
let kept: Session | undefined;

after(async () => {
  await kept?.release();
});

/** Every device, probed in this run and not in an earlier one. */
export function probedDevices(): Promise<DeviceInfo[]> {
  probed ??= probe();
  return probed;
}

async function probe(): Promise<DeviceInfo[]> {
  const devices = await new Devices({ cache: { get: async () => undefined, set: async () => undefined } }).list();
  if (devices.some(({ device, available }) => device === "webgpu" && available)) kept = await idleSession();
  return devices;
}

/**
 * As long as one session is on WebGPU, onnxruntime keeps its context and the programs in it, which would else be compiled anew for
 * each test: on a software driver that is most of the time these tests take.
 */
function idleSession(): Promise<Session> {
  const g = new GraphBuilder();
  g.outputAs("y", g.mul(g.input("x", "float32", [1]), g.scalar(2)));
  return Session.create(g.build(), { name: "idle", device: "webgpu" });
}

/** Skips a suite on a device that does not work here; fails where it has to work. */
export function skipUnlessAvailable(context: Context, device: Device, devices: readonly DeviceInfo[]): void {
  const info = devices.find((candidate) => candidate.device === device);
  if (info?.available) return;
  if (device === "cpu" || process.env.GPTW_REQUIRE_WEBGPU) assert.fail(`${device} ${info?.reason}`);
  console.log(`      ${device} is not tested here: ${info?.reason}`);
  context.skip();
}
