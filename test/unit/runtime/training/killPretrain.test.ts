/** As kill.test.ts, for pre-training: it may be killed while text is gathered, a vocabulary trained, tokens written, too. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom } from "../../../../src/runtime/random";
import { plannedConfig } from "../../../../src/runtime/training/pretrainModel";
import { pretrainDefaults } from "../../../../src/runtime/training/pretrainSettings";
import type { PretrainParams } from "../../../../src/runtime/trainingProtocol";
import { TrainingService } from "../../../../src/runtime/trainingService";
import { root, withFolder } from "../checkpoint/support";
import { completed, killed, weights } from "./killedRun";

const context = { signal: new AbortController().signal };
const kills = 4;

describe("a pre-training run whose process is killed", function () {
  this.timeout(300_000);

  it("goes on to the same bits", () =>
    withFolder(async (folder) => {
      const params = await tinyPretraining(join(folder, "runs"));
      const expected = await new TrainingService().pretrain(params, context, () => undefined);
      assert.equal(expected.record.state, "completed", expected.record.reason ?? "");
      const random = seededRandom(1);
      let run = await killed({ pretrain: params }, random);
      for (let n = 1; n < kills && !completed(run); n++) run = await killed({ folder: run }, random);
      // One that was killed while it tidied up is not tidy yet.
      const tidy = await readdir(expected.folder);
      if (!completed(run) || (await readdir(run)).length > tidy.length) {
        const end = await new TrainingService().resume({ folder: run }, context, () => undefined);
        assert.deepEqual([end.record.state, end.record.step], ["completed", params.settings.steps]);
      }
      assert.ok(weights(run).equals(weights(expected.folder)));
      assert.deepEqual(await readdir(run), tidy);
    }));
});

async function tinyPretraining(runs: string): Promise<PretrainParams> {
  const config = { model_type: "gpt2", n_layer: 1, n_head: 2, n_embd: 16, n_positions: 16 };
  const model = { kind: "new", config, tokenizer: { train: 300 } } as const;
  const standard = pretrainDefaults(await plannedConfig(model), 16);
  const optimizer = { ...standard.optimizer, batchSize: 4, microBatchSize: 2 };
  const settings = { ...standard, optimizer, checkpointEvery: 2, evaluateEvery: 4, sampleEvery: 0 };
  const corpus = { include: ["*.ts"], exclude: [], respectIgnoreFiles: true, maxFileBytes: 100_000 };
  const text = join(root, "src/runtime/training");
  return { model, corpus: { root: text, ...corpus }, settings, device: "cpu", runs, name: "tiny" };
}
