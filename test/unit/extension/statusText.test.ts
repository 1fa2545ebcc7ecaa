import assert from "node:assert/strict";
import { type InlineStatus, type StatusInput, statusText } from "../../../src/extension/statusText";
import { modelInfo } from "./support";

const idle: StatusInput = {
  runtime: { kind: "stopped" },
  model: { kind: "none" },
  running: false,
  settings: { kind: "ok", model: { folder: "/models/starter", device: "auto" } },
  inline: { kind: "off" },
  training: null,
  comparison: null,
};
const loaded = { kind: "loaded", info: { ...modelInfo, folder: "/models/starter", name: "starter" } } as const;
const ready = { kind: "ready", pid: 42 } as const;
const error = { code: "notAModelFolder", message: "It is no model.", hint: "" } as const;

describe("statusText", () => {
  const cases: readonly (readonly [name: string, input: Partial<StatusInput>, text: string])[] = [
    ["before the first command", {}, "$(sparkle) starter"],
    [
      "with a device in the settings",
      { settings: { kind: "ok", model: { folder: "C:\\models\\gpt2\\", device: "webgpu" } } },
      "$(sparkle) gpt2 · webgpu",
    ],
    ["starting", { runtime: { kind: "starting" } }, "$(sync~spin) starter"],
    ["waiting", { runtime: { kind: "waiting", delayMs: 500 } }, "$(sync~spin) starter"],
    ["loading", { runtime: ready, model: { kind: "loading", folder: "/m" } }, "$(sync~spin) starter"],
    ["running", { runtime: ready, model: loaded, running: true }, "$(sync~spin) starter · cpu"],
    ["ready", { runtime: ready, model: loaded }, "$(sparkle) starter · cpu"],
    ["crashed", { runtime: { kind: "crashed", reason: "signal SIGKILL" } }, "$(error) starter"],
    ["no model", { runtime: ready, model: { kind: "failed", folder: "/models/starter", error } }, "$(error) starter"],
    [
      "another model failed than the one now set",
      { runtime: ready, model: { kind: "failed", folder: "/m", error } },
      "$(sparkle) starter",
    ],
    ["wrong settings", { settings: { kind: "invalid", problems: ["Wrong."] } }, "$(warning) GPT"],
    [
      "set to another model than the loaded one",
      { runtime: ready, model: loaded, settings: { kind: "ok", model: { folder: "/models/big", device: "auto" } } },
      "$(sparkle) big",
    ],
    [
      "set to another device than the loaded one's",
      {
        runtime: ready,
        model: loaded,
        settings: { kind: "ok", model: { folder: "/models/starter", device: "webgpu" } },
      },
      "$(sparkle) starter · webgpu",
    ],
  ];
  for (const [name, input, text] of cases) {
    it(`says how things are: ${name}`, () => {
      const status = statusText({ ...idle, ...input });
      assert.equal(status.text, text);
      assert.ok(!status.spoken.includes("$("), "no icon is read aloud");
    });
  }

  it("says how far a training is, beside the model", () => {
    const training = { name: "reviews", step: 130, steps: 520, leftMs: 61_000 };
    const { text, spoken, rows } = statusText({ ...idle, runtime: ready, model: loaded, training });
    assert.equal(text, "$(sparkle) starter · cpu  $(mortar-board) 25 %");
    assert.match(spoken, /reviews, step 130 of 520, 2 min left$/);
    assert.equal(rows[0]?.label, "Training");
    assert.match(statusText({ ...idle, training: { ...training, steps: 0 } }).text, /\$\(mortar-board\) …$/);
  });

  it("says how far a comparison is, beside the model", () => {
    const comparison = { title: "reviews", done: 31, total: 78, leftMs: 121_000 };
    const { text, spoken, rows } = statusText({ ...idle, runtime: ready, model: loaded, comparison });
    assert.equal(text, "$(sparkle) starter · cpu  $(law) 39 %");
    assert.match(spoken, /reviews, 31 of 78 units, 3 min left$/);
    assert.equal(rows[0]?.label, "Comparison");
    assert.match(statusText({ ...idle, comparison: { ...comparison, total: 0 } }).text, /\$\(law\) …$/);
  });

  it("names the state for a screen reader", () => {
    assert.equal(statusText({ ...idle, runtime: ready, model: loaded }).spoken, "GPT Workbench, starter, cpu, ready");
  });

  it("has the details as rows", () => {
    const rows = new Map(statusText({ ...idle, runtime: ready, model: loaded }).rows.map((r) => [r.label, r.value]));
    assert.equal(rows.get("State"), "ready");
    assert.equal(rows.get("Runtime"), "process 42");
    assert.equal(rows.get("Model folder"), "/models/starter");
    assert.match(rows.get("Loaded") ?? "", /^starter \(gpt2\): 3\.5 M parameters, 4 layers, 3 heads, width 192,/);
  });

  const inlineCases: readonly (readonly [inline: InlineStatus, text: string, row: string, spoken: string])[] = [
    [{ kind: "on" }, "$(sparkle) starter", "on", "inline completions on"],
    [{ kind: "off" }, "$(sparkle) starter", "off", ""],
    [{ kind: "untrusted" }, "$(sparkle) starter", "off: this workspace is not trusted", ""],
    [{ kind: "language" }, "$(sparkle) starter", "off for this language", ""],
    [{ kind: "document" }, "$(sparkle) starter", "off in this document", ""],
    [
      { kind: "snoozed", minutes: 5 },
      "$(bell-slash) starter",
      "snoozed, 5 min left",
      "inline completions snoozed, 5 min left",
    ],
    [{ kind: "failed", problem: "It is no model." }, "$(warning) starter", "It is no model.", "It is no model."],
  ];
  for (const [inline, text, row, spoken] of inlineCases) {
    it(`says how inline completions stand: ${inline.kind}`, () => {
      const status = statusText({ ...idle, inline });
      assert.equal(status.text, text);
      assert.equal(status.rows.find(({ label }) => label === "Inline completions")?.value, row);
      if (spoken) assert.ok(status.spoken.endsWith(spoken), status.spoken);
      else assert.ok(!status.spoken.includes("inline completions"), status.spoken);
    });
  }

  it("tells of what matters more than a snooze first", () => {
    const inline = { kind: "snoozed", minutes: 5 } as const;
    const crashed = statusText({ ...idle, inline, runtime: { kind: "crashed", reason: "signal SIGKILL" } });
    assert.equal(crashed.text, "$(error) starter");
    assert.equal(statusText({ ...idle, inline, running: true }).text, "$(sync~spin) starter");
  });

  it("says why a model or the settings cannot be used", () => {
    const failed = statusText({ ...idle, runtime: ready, model: { kind: "failed", folder: "/models/starter", error } });
    assert.equal(failed.rows[0]?.value, "It is no model.");
    const wrong = statusText({ ...idle, settings: { kind: "invalid", problems: ["One.", "Two."] } });
    assert.equal(wrong.rows[0]?.value, "One. Two.");
  });
});
