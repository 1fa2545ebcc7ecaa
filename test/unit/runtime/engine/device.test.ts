import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Devices } from "../../../../src/runtime/engine/device";
import { driverIdentity } from "../../../../src/runtime/engine/driverIdentity";
import { ProbeCache } from "../../../../src/runtime/engine/probeCache";
import { type ProbeResult, runProbe } from "../../../../src/runtime/engine/probeProcess";
import { cudaLibrary, missing, nativeFolder } from "../../../../src/runtime/engine/providers";
import { onnxruntimeVersion } from "../../../../src/runtime/engine/session";
import { RuntimeError } from "../../../../src/runtime/errors";
import { type Device, deviceNames } from "../../../../src/runtime/protocol";

type Results = Partial<Record<Device, ProbeResult>>;

const works = (ms: number): ProbeResult => ({ kind: "works", ms });
const fails: ProbeResult = { kind: "fails", reason: "no adapter" };

/** Devices whose probes tell `results`; what is not named cannot be here. */
function makeDevices(results: Results) {
  const probed: Device[] = [];
  const kept = new Map<Device, ProbeResult>();
  const devices = new Devices({
    missing: (device) => (results[device] ? null : `no ${device} here`),
    probe: async (device) => {
      probed.push(device);
      return results[device] ?? assert.fail();
    },
    cache: { get: async (device) => kept.get(device), set: async (device, result) => void kept.set(device, result) },
  });
  return { devices, probed, kept };
}

describe("devices", () => {
  it("takes the fastest that works", async () => {
    assert.equal(await makeDevices({ webgpu: works(1), cpu: works(9) }).devices.choose("auto"), "webgpu");
    assert.equal(await makeDevices({ webgpu: works(50), cpu: works(9) }).devices.choose("auto"), "cpu");
    assert.equal(await makeDevices({ webgpu: fails, cpu: works(9) }).devices.choose("auto"), "cpu");
  });

  it("measures the CPU only where there is something to compare", async () => {
    const { devices, probed } = makeDevices({ webgpu: fails, cpu: works(9) });
    await devices.choose("auto");
    await devices.choose("cpu");
    assert.deepEqual(probed, ["webgpu"]);
  });

  it("takes a device that no model was measured on only when it is chosen", async () => {
    const { devices } = makeDevices({ webgpu: fails, cuda: works(0.1), cpu: works(9) });
    assert.equal(await devices.choose("auto"), "cpu");
    assert.equal(await devices.choose("cuda"), "cuda");
    const cuda = (await devices.list()).find(({ device }) => device === "cuda");
    assert.ok(cuda?.available && !cuda.automatic);
    assert.match(cuda.reason, /Only when chosen/);
  });

  it("refuses one that does not work, with its reason", async () => {
    const { devices } = makeDevices({ webgpu: fails, cpu: works(9) });
    const refused = (error: unknown) => error instanceof RuntimeError && error.code === "deviceUnavailable";
    await assert.rejects(devices.choose("webgpu"), (error) => refused(error) && /no adapter/.test(String(error)));
    await assert.rejects(devices.choose("coreml"), (error) => refused(error) && /no coreml here/.test(String(error)));
  });

  it("lists every device with its reason, and marks the one that auto takes", async () => {
    const { devices } = makeDevices({ webgpu: works(50), cpu: works(9) });
    const list = await devices.list();
    assert.deepEqual(
      list.map(({ device }) => device),
      [...deviceNames],
    );
    assert.deepEqual(
      list.filter(({ available }) => available).map(({ device }) => device),
      ["webgpu", "cpu"],
    );
    assert.deepEqual(
      list.filter(({ automatic }) => automatic).map(({ device }) => device),
      ["cpu"],
    );
    assert.match(list[0]?.reason ?? "", /software driver/);
    assert.equal(list[1]?.reason, "no cuda here");
  });

  it("probes once, in other runs too, until it is told to probe again", async () => {
    const results = { webgpu: works(1), cpu: works(9) };
    const { devices, probed, kept } = makeDevices(results);
    await devices.list();
    await devices.list();
    assert.deepEqual(probed, ["webgpu", "cpu"]);
    const next = makeDevices(results);
    for (const [device, result] of kept) next.kept.set(device, result);
    await next.devices.list();
    assert.deepEqual(next.probed, []);
    await next.devices.list({ refresh: true });
    assert.deepEqual(next.probed, ["webgpu", "cpu"]);
  });

  it("probes the CPU in a process of its own, and survives a driver that ends it", async () => {
    const result = await runProbe("cpu");
    assert.ok(result.kind === "works" && result.ms > 0);
    // No provider of this name is built in: onnxruntime refuses it, and the reason comes back.
    const absent = (await runProbe(process.platform === "darwin" ? "directml" : "coreml")) as { reason: string };
    assert.match(absent.reason, /coreml|dml|backend/i);
  }).timeout(60_000);

  it("says why a device cannot be here", () => {
    assert.equal(missing("cpu"), null);
    const folder = mkdtempSync(join(tmpdir(), "gptw-"));
    if (process.platform === "linux" && process.arch === "x64") {
      assert.match(missing("cuda", folder) ?? "", new RegExp(`${cudaLibrary} is not in ${folder}`));
      writeFileSync(join(folder, cudaLibrary), "");
      assert.equal(missing("cuda", folder), null);
      assert.match(missing("coreml") ?? "", /macOS; this is linux-x64/);
      assert.match(missing("directml") ?? "", /Windows/);
    }
    rmSync(folder, { recursive: true });
    assert.ok(readFileSync(join(nativeFolder(), "onnxruntime_binding.node")).length > 0);
  });
});

describe("probeCache", () => {
  let folder: string;
  let now = 0;
  const cache = (identity = "a") =>
    new ProbeCache(
      join(folder, "sub", "devices.json"),
      async () => identity,
      () => now,
    );

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "gptw-"));
    now = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("keeps results for the next run, and none for another driver", async () => {
    await cache().set("webgpu", works(1));
    await cache().set("cpu", works(2));
    assert.deepEqual(await cache().get("webgpu"), works(1));
    assert.deepEqual(await cache().get("cpu"), works(2));
    assert.equal(await cache("b").get("webgpu"), undefined);
  });

  it("gives a device that failed another chance a day later", async () => {
    await cache().set("webgpu", fails);
    await cache().set("cpu", works(2));
    assert.deepEqual(await cache().get("webgpu"), fails);
    now = 25 * 3600 * 1000;
    assert.equal(await cache().get("webgpu"), undefined);
    assert.deepEqual(await cache().get("cpu"), works(2));
  });

  it("takes a damaged file for none, and goes without where nothing can be written", async () => {
    await cache().set("cpu", works(2));
    for (const text of ["{", "[]", '{"identity":"a","results":{"cpu":{"result":{"kind":"works"}}}}']) {
      writeFileSync(join(folder, "sub", "devices.json"), text);
      assert.equal(await cache().get("cpu"), undefined);
    }
    writeFileSync(join(folder, "file"), "");
    const nowhere = new ProbeCache(join(folder, "file", "devices.json"), async () => "a");
    await nowhere.set("cpu", works(2));
    assert.deepEqual(await nowhere.get("cpu"), works(2));
  });

  it("knows a driver by onnxruntime's version, its files and the variables that choose it", async () => {
    const library = join(folder, "library.so");
    const identity = () => driverIdentity(onnxruntimeVersion, [library]);
    const before = await identity();
    assert.equal(await identity(), before);
    assert.notEqual(await driverIdentity("0.0.0", [library]), before);
    writeFileSync(library, "new");
    const after = await identity();
    assert.notEqual(after, before);
    const { VK_DRIVER_FILES: former } = process.env;
    process.env.VK_DRIVER_FILES = library;
    try {
      assert.notEqual(await identity(), after);
    } finally {
      if (former === undefined) delete process.env.VK_DRIVER_FILES;
      else process.env.VK_DRIVER_FILES = former;
    }
  });
});
