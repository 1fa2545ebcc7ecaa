import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openModelFolder } from "../../../../src/runtime/checkpoint/store";
import { runTrainingUnit, type TrainingUnit } from "../../../../src/runtime/comparison/trainingArm";
import { CancelledError } from "../../../../src/runtime/errors";
import { fineTuneDefaults } from "../../../../src/runtime/training/settings";
import type { FineTuneSettings } from "../../../../src/runtime/trainingProtocol";
import { fails } from "../checkpoint/support";
import { tinyModel } from "../training/tinyTraining";
import { accuracyOf, plantedItems } from "./planted";

describe("an arm that trains", function () {
  this.timeout(240_000);
  let parent: string;
  let model: string;
  before(async () => {
    parent = mkdtempSync(join(tmpdir(), "gptw-arm-"));
    model = await tinyModel(parent);
  });
  after(() => rmSync(parent, { recursive: true, force: true }));

  function settings(kind: "head" | "lora" | "full", epochs: number): FineTuneSettings {
    const standard = fineTuneDefaults[kind];
    const lora = { kind: "lora", r: 2, loraAlpha: 4, loraDropout: 0, targetModules: ["attn.c_attn"] } as const;
    return {
      ...standard,
      ...(kind === "lora" && { method: lora }),
      optimizer: { ...standard.optimizer, learningRate: 2e-2, batchSize: 8, microBatchSize: 8 },
      dropout: { embedding: 0, residual: 0, attention: 0, classifier: 0 },
      ...{ epochs, lmCoef: 0, maxLength: 24, checkpointEvery: 3 },
    };
  }

  function unit(folder: string, changes: Partial<TrainingUnit> = {}): TrainingUnit {
    return {
      ...{ model, device: "cpu", task: "classification", labels: ["yes", "no"], settings: settings("full", 6) },
      ...{ seed: 3, pool: plantedItems(64, 1), dev: plantedItems(16, 2), items: labelled(plantedItems(40, 3)) },
      folder: join(parent, folder),
      ...changes,
    };
  }

  /** By the labels "yes", "no". */
  function labelled(items: ReturnType<typeof plantedItems>) {
    return items.map((item) => ({ ...item, label: item.gold === "yes" ? 0 : 1 }));
  }

  const options = { signal: new AbortController().signal, chooseDevice: async () => "cpu" as const };

  it("learns a planted task to the end, and answers in the order of the data's labels", async () => {
    const given = unit("full");
    const stages = new Set<string>();
    const run = await runTrainingUnit(given, { ...options, onProgress: (stage) => stages.add(stage) });
    assert.ok(accuracyOf(run.predictions, given.items) > 0.95, `${accuracyOf(run.predictions, given.items)}`);
    assert.deepEqual(
      run.predictions.map(({ item }) => item),
      [...given.items.keys()],
    );
    for (const { probabilities, label } of run.predictions) {
      assert.ok(Math.abs((probabilities ?? []).reduce((a, b) => a + b, 0) - 1) < 1e-12);
      assert.equal((probabilities ?? []).indexOf(Math.max(...(probabilities ?? []))), label);
    }
    assert.deepEqual([...stages], ["training", "answering"]);
    assert.ok(existsSync(join(run.model, "model.safetensors")));
    const { trainMs, itemMs, peakBytes, addedBytes, itemTokens } = run.cost;
    assert.ok((trainMs ?? 0) > 0 && itemMs > 0 && peakBytes > 1e7 && addedBytes > 4 * 8192 * 8);
    assert.ok(itemTokens >= 8 && itemTokens <= 24);
    assert.equal(run.cut, 0);
    // Asked again, it is not trained again.
    const again = await runTrainingUnit(given, options);
    assert.deepEqual(
      again.predictions.map(({ ms: _, ...one }) => one),
      run.predictions.map(({ ms: _, ...one }) => one),
    );
  });

  it("adds a head's bytes, an adapter's for LoRA, and all of a model's for the whole", async () => {
    const lora = await runTrainingUnit(unit("lora", { settings: settings("lora", 1) }), options);
    const head = await runTrainingUnit(unit("head", { settings: settings("head", 1) }), options);
    assert.ok(existsSync(join(lora.model, "adapter_model.safetensors")));
    const { nEmbd, nLayer } = (await openModelFolder(head.model)).config;
    const headBytes = (kind: "head" | "lora") => 4 * (2 * nEmbd + (settings(kind, 1).headBias ? 2 : 0));
    assert.equal(head.cost.addedBytes, headBytes("head"));
    // Two factors of rank 2 beside the [C, 3C] of every layer.
    assert.equal(lora.cost.addedBytes, headBytes("lora") + 4 * 2 * nLayer * (nEmbd + 3 * nEmbd));
  });

  it("goes on after it was cancelled, and gives the same as if it had not been", async () => {
    const whole = await runTrainingUnit(unit("whole"), options);
    const cancel = new AbortController();
    const given = unit("cancelled");
    const cancelled = runTrainingUnit(given, {
      ...options,
      signal: cancel.signal,
      onProgress: (stage, done) => stage === "training" && done === 10 && cancel.abort(),
    });
    await assert.rejects(cancelled, CancelledError);
    const steps: number[] = [];
    const resumed = await runTrainingUnit(given, {
      ...options,
      onProgress: (stage, done) => stage === "training" && steps.push(done),
    });
    assert.equal(steps[0], 11); // beside those after every third step there is a checkpoint of the pause
    assert.deepEqual(
      resumed.predictions.map(({ probabilities }) => probabilities),
      whole.predictions.map(({ probabilities }) => probabilities),
    );
    assert.equal(readdirSync(given.folder).filter((name) => name.endsWith("model")).length, 1);
  });

  it("never answers a label that it was not trained on, and leaves items of it out of dev", async () => {
    const labels = ["maybe", "no", "yes"];
    const dev = plantedItems(8, 2).map((item, i) => (i === 0 ? { ...item, gold: "maybe", label: 0 } : item));
    const given = unit("unseen", { labels, dev, settings: settings("head", 1) });
    const { predictions } = await runTrainingUnit(given, options);
    for (const { probabilities } of predictions) {
      assert.equal(probabilities?.[0], 0);
      assert.ok(Math.abs((probabilities?.[1] ?? 0) + (probabilities?.[2] ?? 0) - 1) < 1e-12);
    }
  });

  it("answers multiple choice by the number of the choice", async () => {
    const choices = (count: number, seed: number) =>
      plantedItems(count, seed).map(({ fields, ...item }, i) => ({
        ...item,
        fields: { context: String(fields.text), choices: i % 2 === 0 ? ["river", "window"] : ["window", "river"] },
        label: 0,
        gold: "0",
      }));
    const given = unit("choices", {
      ...{ task: "multipleChoice", labels: [], settings: settings("full", 2) },
      ...{ pool: choices(16, 1), dev: choices(8, 2), items: choices(8, 3) },
    });
    const { predictions } = await runTrainingUnit(given, options);
    for (const { probabilities, label } of predictions) {
      assert.equal(probabilities?.length, 2);
      assert.ok(label === 0 || label === 1);
    }
  });

  it("refuses a pool of one label", async () => {
    const one = plantedItems(8, 1).filter(({ gold }) => gold === "no");
    await assert.rejects(runTrainingUnit(unit("one", { pool: one }), options), fails("trainingFailed", "one label"));
  });
});
