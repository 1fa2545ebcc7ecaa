import assert from "node:assert/strict";
import { deviceItems } from "../../../../src/extension/views/deviceItems";
import type { DeviceInfo } from "../../../../src/runtime/protocol";

const devices: readonly DeviceInfo[] = [
  { device: "webgpu", available: false, reason: "no adapter", automatic: false },
  { device: "cpu", available: true, reason: "works", automatic: true },
];

describe("deviceItems", () => {
  it("lists auto first, with what it takes here, then every device with its reason", () => {
    const rows = deviceItems(devices, undefined);
    assert.deepEqual(
      rows.map(({ label, detail }) => [label, detail]),
      [
        ["$(sparkle) auto", "The fastest device that works: here cpu"],
        ["$(circle-slash) webgpu", "no adapter"],
        ["$(check) cpu", "works"],
      ],
    );
  });

  it("marks the device of all models, and that of the model in use", () => {
    const notes = (all: "auto" | "cpu", own: "auto" | "cpu" | "webgpu") =>
      deviceItems(devices, { all, model: { folder: "/models/gpt2", device: own } }).map(
        ({ description }) => description,
      );
    assert.deepEqual(notes("auto", "auto"), ["in the settings", "", ""]);
    assert.deepEqual(notes("auto", "webgpu"), ["in the settings", "for gpt2", ""]);
    assert.deepEqual(notes("cpu", "auto"), ["for gpt2", "", "in the settings"]);
  });
});
