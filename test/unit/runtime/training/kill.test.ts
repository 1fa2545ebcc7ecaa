/** Runs whose process is killed, wherever it happens to be, go on and end with the very parameters of a run that nothing disturbed. */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "../../../../src/runtime/random";
import type { FineTuneParams, TrainingEvent, TrainingMethod } from "../../../../src/runtime/trainingProtocol";
import { TrainingService } from "../../../../src/runtime/trainingService";
import { sentences, tinyModel, tinyParams, writeRows } from "./tinyTraining";

const context = { signal: new AbortController().signal };
const kills = 3;

describe("a run whose process is killed", function () {
  this.timeout(300_000);
  let parent: string;
  let model: string;
  before(async () => {
    parent = mkdtempSync(join(tmpdir(), "gptw-kill-"));
    model = await tinyModel(parent);
  });
  after(() => rmSync(parent, { recursive: true, force: true }));

  /** Without dev, so that the parameters of the last step are what is written. */
  function paramsOf(kind: TrainingMethod["kind"]): FineTuneParams {
    const path = writeRows(parent, "sentences.jsonl", sentences(32));
    const params = tinyParams(parent, model, kind, { path, devShare: 0 });
    return { ...params, settings: { ...params.settings, checkpointEvery: 2 } };
  }

  for (const [seed, kind] of (["full", "lora", "head"] as const).entries())
    it(`goes on to the same bits: ${kind}`, async () => {
      const params = paramsOf(kind);
      const expected = await new TrainingService().fineTune(params, context, () => undefined);
      assert.equal(expected.record.state, "completed");
      const random = seededRandom(seed);
      let folder = await killed({ params }, random);
      // A kill that comes too late finds the run at its end.
      for (let n = 1; n < kills && !completed(folder); n++) folder = await killed({ folder }, random);
      if (!completed(folder)) {
        const end = await new TrainingService().resume({ folder }, context, () => undefined);
        assert.deepEqual([end.record.state, end.record.step], ["completed", expected.record.steps]);
      }
      assert.ok(weights(folder).equals(weights(expected.folder)));
      assert.ok(!existsSync(join(folder, "checkpoint")));
    });
});

/**
 * Trains in a process that is killed some moment after some event; when that is after its end, it has ended. Gives the run's folder.
 */
function killed(given: { params: FineTuneParams } | { folder: string }, random: () => number): Promise<string> {
  const child = fork(join(__dirname, "trainChild.ts"), [JSON.stringify(given)], { execArgv: ["--import", "tsx"] });
  let folder = "folder" in given ? given.folder : "";
  // Events come in bursts; the moment between two of them is drawn as well.
  let left = 1 + Math.floor(random() * 12);
  const pause = Math.floor(random() * 40);
  child.on("message", (event: TrainingEvent) => {
    if (event.kind === "begin") folder = event.folder;
    if (folder !== "" && left-- === 0) setTimeout(() => child.kill("SIGKILL"), pause);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (signal === "SIGKILL" || code === 0) resolve(folder);
      else reject(new Error(`the process ended with ${code}`));
    });
  });
}

function completed(folder: string): boolean {
  return JSON.parse(readFileSync(join(folder, "run.json"), "utf8")).state === "completed";
}

function weights(folder: string): Buffer {
  const files = ["adapter_model.safetensors", "model.safetensors"].map((name) => join(folder, "model", name));
  return readFileSync(files.find((file) => existsSync(file)) ?? "");
}
