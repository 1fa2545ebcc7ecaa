import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fineTuneDefaults } from "../../../../src/runtime/training/settings";
import {
  keptSteps,
  readTraining,
  TrainingRunWriter,
  trainingRunId,
} from "../../../../src/runtime/training/trainingRunStore";
import type { TrainingEvent, TrainingRecord } from "../../../../src/runtime/trainingProtocol";
import { fails } from "../checkpoint/support";

const record: Omit<TrainingRecord, "id"> = {
  version: 1,
  kind: "finetune",
  name: "reviews / 1",
  startedAt: "2026-01-02T03:04:05.000Z",
  state: "running",
  reason: null,
  base: { name: "starter", folder: join(tmpdir(), "starter"), sha256: "0".repeat(64) },
  device: "cpu",
  versions: { gptWorkbench: "development", onnxruntime: "1" },
  finetune: {
    data: { path: join(tmpdir(), "a.jsonl"), task: "classification", devShare: 0.1, testShare: 0, seed: 0 },
    settings: fineTuneDefaults.lora,
  },
  data: {},
  labels: ["a", "b"],
  counts: { train: 3, dev: 1, test: 0 },
  truncated: 0,
  step: 0,
  steps: 100,
  best: null,
  test: null,
  model: null,
  elapsedMs: 0,
};

const step = (n: number, loss = 1): TrainingEvent => ({
  kind: "step",
  step: n,
  epoch: 1,
  ...{ taskLoss: loss, lmLoss: null, loss, learningRate: 0.1, gradientNorm: 1 },
  ...{ tokensPerSecond: 10, elapsedMs: n, leftMs: null },
});
const look = (n: number, loss: number): TrainingEvent => ({
  kind: "evaluation",
  step: n,
  split: "dev",
  ...{ loss, accuracy: 0.5, best: true },
});

describe("training runs on disk", () => {
  let runs: string;
  beforeEach(() => {
    runs = mkdtempSync(join(tmpdir(), "gptw-runs-"));
  });
  afterEach(() => rmSync(runs, { recursive: true, force: true }));

  it("are read back as they were written", async () => {
    const first = await TrainingRunWriter.create(runs, record);
    const second = await TrainingRunWriter.create(runs, record);
    assert.deepEqual([first.id, second.id], ["2026-01-02T03-04-05-reviews-1", "2026-01-02T03-04-05-reviews-1-2"]);
    for (const event of [step(1), step(2), look(2, 0.4)]) await first.event(event);
    await first.update({ step: 2, state: "paused", reason: "because" });
    const read = await readTraining(first.folder);
    assert.deepEqual(read.record, { ...record, id: first.id, step: 2, state: "paused", reason: "because" });
    assert.deepEqual(read.events, [step(1), step(2), look(2, 0.4)]);
    assert.equal(trainingRunId(new Date(0), "../.."), "1970-01-01T00-00-00-training");
  });

  it("have what was done twice once, as it was done last, and no torn line", async () => {
    const writer = await TrainingRunWriter.create(runs, record);
    const note: TrainingEvent = { kind: "note", text: "goes on" };
    for (const event of [step(1), step(2), look(2, 9), step(3), step(4), look(4, 9)]) await writer.event(event);
    await writer.flush();
    appendFileSync(join(writer.folder, "metrics.jsonl"), '{"kind":"step","st\n');
    const again = await TrainingRunWriter.reopen(await readTraining(writer.folder));
    for (const event of [note, step(3, 7), step(4, 7), look(4, 8)]) await again.event(event);
    await again.flush();
    const { events } = await readTraining(writer.folder);
    assert.deepEqual(events, [step(1), step(2), look(2, 9), note, step(3, 7), step(4, 7), look(4, 8)]);
  });

  it("keep fewer steps of long runs, the last one always", async () => {
    const steps = 2 * keptSteps + 1;
    const writer = await TrainingRunWriter.create(runs, { ...record, steps });
    for (const n of [1, 2, 3, 4, 5, 6, steps]) await writer.event(step(n));
    await writer.flush();
    const kept = (await readTraining(writer.folder)).events.map((event) => "step" in event && event.step);
    assert.deepEqual(kept, [3, 6, steps]);
  });

  it("write no more than they may", async () => {
    const writer = await TrainingRunWriter.create(runs, record);
    const text = "x".repeat(900_000);
    for (let n = 0; n < 80; n++) await writer.event({ kind: "note", text });
    const { size } = statSync(join(writer.folder, "metrics.jsonl"));
    assert.ok(size <= 64 << 20 && size > 60 << 20);
  });

  it("are not believed: wrong keys, links, and models elsewhere are refused", async () => {
    const writer = await TrainingRunWriter.create(runs, record);
    const file = join(writer.folder, "run.json");
    const good = JSON.parse(readFileSync(file, "utf8"));
    for (const [key, value] of [
      ["version", 2],
      ["model", "../../elsewhere"],
      ["model", "/etc"],
      ["step", -1],
      ["state", "unknown"],
      ["finetune", { ...good.finetune, settings: { ...good.finetune.settings, epochs: "many" } }],
    ] as const) {
      writeFileSync(file, JSON.stringify({ ...good, [key]: value }));
      await assert.rejects(readTraining(writer.folder), fails("storeFailed", `"${key}`));
    }
    writeFileSync(file, "{");
    await assert.rejects(readTraining(writer.folder), fails("storeFailed", "not JSON"));
    rmSync(file);
    await assert.rejects(readTraining(writer.folder), fails("storeFailed", "run.json is missing"));
    writeFileSync(join(runs, "other.json"), JSON.stringify(good));
    if (process.platform === "win32") return;
    symlinkSync(join(runs, "other.json"), file);
    await assert.rejects(readTraining(writer.folder), fails("storeFailed", "link"));
  });
});
