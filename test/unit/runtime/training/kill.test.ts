/** Runs whose process is killed, wherever it happens to be, go on and end with the very parameters of a run that nothing disturbed. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "../../../../src/runtime/random";
import type { FineTuneParams, TrainingMethod } from "../../../../src/runtime/trainingProtocol";
import { TrainingService } from "../../../../src/runtime/trainingService";
import { completed, killed, weights } from "./killedRun";
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
      // One that was killed while it tidied up is not tidy yet.
      const untidy = ["checkpoint", "best", "features"].some((name) => existsSync(join(folder, name)));
      if (!completed(folder) || untidy) {
        const end = await new TrainingService().resume({ folder }, context, () => undefined);
        assert.deepEqual([end.record.state, end.record.step], ["completed", expected.record.steps]);
      }
      assert.ok(weights(folder).equals(weights(expected.folder)));
      assert.ok(!existsSync(join(folder, "checkpoint")));
    });
});
