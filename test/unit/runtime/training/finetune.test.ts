import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openModelFolder } from "../../../../src/runtime/checkpoint/store";
import { readTraining } from "../../../../src/runtime/training/trainingRunStore";
import type { FineTuneParams, TrainingEvent, TrainingResult } from "../../../../src/runtime/trainingProtocol";
import { TrainingService } from "../../../../src/runtime/trainingService";
import { fails } from "../checkpoint/support";
import { sentences, tinyModel, tinyParams, writeRows } from "./tinyTraining";

const never = { signal: new AbortController().signal };

describe("fine-tuning", function () {
  this.timeout(120_000);
  let parent: string;
  let model: string;
  before(async () => {
    parent = mkdtempSync(join(tmpdir(), "gptw-finetune-"));
    model = await tinyModel(parent);
  });
  after(() => rmSync(parent, { recursive: true, force: true }));

  async function run(params: FineTuneParams, service = new TrainingService()) {
    const events: TrainingEvent[] = [];
    const result = await service.fineTune(params, never, (event) => events.push(event));
    return { ...result, events };
  }

  const params = (kind: "head" | "lora" | "full") =>
    tinyParams(parent, model, kind, { path: writeRows(parent, "sentences.jsonl", sentences(40)) });

  /** The weights that a run wrote. */
  function weights({ folder }: TrainingResult): Buffer {
    const written = join(folder, "model");
    const file = ["adapter_model.safetensors", "model.safetensors"].find((name) => existsSync(join(written, name)));
    return readFileSync(join(written, file ?? ""));
  }

  for (const kind of ["full", "lora", "head"] as const)
    it(`trains by ${kind}, measures, and leaves a classifier and its record`, async () => {
      const { folder, record, events } = await run(params(kind));
      assert.deepEqual([record.state, record.reason, record.model], ["completed", null, "model"]);
      assert.deepEqual(record.counts, { train: 24, dev: 8, test: 8 });
      assert.deepEqual([record.step, record.steps, record.labels], [12, 12, ["negative", "positive"]]);
      assert.equal(record.test?.majority, 0.5);
      assert.ok(record.best && record.best.step % 4 === 0);
      assert.deepEqual(readdirSync(folder).sort(), ["metrics.jsonl", "model", "run.json"]);
      const stored = await readTraining(folder);
      assert.deepEqual(stored.record, record);
      const kept = events.filter(({ kind }) => kind !== "begin" && kind !== "stage");
      assert.deepEqual(stored.events, kept);
      const opened = await openModelFolder(join(folder, "model"));
      opened.tokenizer?.free();
      assert.deepEqual(opened.classifier?.labels, record.labels);
      assert.equal(opened.config.vocabSize, kind === "full" ? 8195 : 8192);
      assert.equal(opened.adapter !== null, kind === "lora");
    });

  it("gives the same bits twice, and others with another seed", async () => {
    const given = params("full");
    const [first, second] = [await run(given), await run(given)];
    assert.ok(weights(first).equals(weights(second)));
    const other = await run({ ...given, settings: { ...given.settings, seed: 8 } });
    assert.ok(!weights(first).equals(weights(other)));
  });

  it("pauses when it is told to and ends as if it had not, and stops with what it has", async () => {
    const given = params("lora");
    const undisturbed = await run(given);
    const service = new TrainingService();
    const at = (step: number, action: "pause" | "stop") => (event: TrainingEvent) => {
      if (event.kind === "step" && event.step === step) assert.ok(service.control({ action }));
    };
    assert.equal(service.control({ action: "pause" }), false);
    const paused = await service.fineTune(given, never, at(5, "pause"));
    assert.deepEqual([paused.record.state, paused.record.step, paused.record.model], ["paused", 5, null]);
    const resumed = await service.resume({ folder: paused.folder }, never, () => undefined);
    assert.equal(resumed.record.state, "completed");
    assert.ok(weights(resumed).equals(weights(undisturbed)));
    const steps = (await readTraining(paused.folder)).events.filter(({ kind }) => kind === "step");
    assert.equal(steps.length, 12);
    await assert.rejects(
      service.resume({ folder: paused.folder }, never, () => undefined),
      fails("invalidRequest", "has ended"),
    );
    const stopped = await service.fineTune(given, never, at(2, "stop"));
    assert.deepEqual([stopped.record.state, stopped.record.best?.step], ["stopped", 2]);
    assert.ok(stopped.record.test && existsSync(join(stopped.folder, "model/adapter_config.json")));
  });

  it("is one at a time", async () => {
    const service = new TrainingService();
    const second: Promise<unknown>[] = [];
    await service.fineTune(params("head"), never, (event) => {
      if (event.kind !== "begin") return;
      second.push(
        assert.rejects(
          service.fineTune(params("head"), never, () => undefined),
          fails("invalidRequest"),
        ),
      );
    });
    assert.equal(second.length, 1);
    await Promise.all(second);
  });

  it("refuses to go on when model or data have changed", async () => {
    const service = new TrainingService();
    const path = writeRows(parent, "changing.jsonl", sentences(40));
    const own = await tinyModel(mkdtempSync(join(parent, "model-")));
    const given = tinyParams(parent, own, "lora", { path });
    const { folder } = await service.fineTune(given, never, (event) => {
      if (event.kind === "step") service.control({ action: "pause" });
    });
    writeRows(parent, "changing.jsonl", sentences(41));
    const resume = () => service.resume({ folder }, never, () => undefined);
    await assert.rejects(resume(), fails("trainingFailed", "changing.jsonl"));
    writeRows(parent, "changing.jsonl", sentences(40));
    writeRows(own, "config.json", [{ ...JSON.parse(readFileSync(join(own, "config.json"), "utf8")), extra: 1 }]);
    await assert.rejects(resume(), fails("trainingFailed", "no longer"));
  });

  it("has a clear outcome for a loss that is no number", async () => {
    const given = params("full");
    const optimizer = { ...given.settings.optimizer, learningRate: 10, maxGradNorm: 0, beta1: 0, warmup: 0 };
    const huge = {
      ...given,
      settings: { ...given.settings, optimizer: { ...optimizer, beta2: 0, weightDecay: 10 }, epochs: 40 },
    };
    const { folder, record } = await run(huge);
    assert.equal(record.state, "failed");
    assert.match(record.reason ?? "", /not finite.*learning rate/);
    assert.equal(record.model, null);
    assert.ok(existsSync(join(folder, "checkpoint/state.safetensors")));
  });

  it("has a clear outcome for one row, one label, an empty class, and data without dev", async () => {
    const of = (name: string, rows: readonly unknown[], more = {}) =>
      run(tinyParams(parent, model, "head", { path: writeRows(parent, name, rows), ...more }));
    await assert.rejects(of("one.jsonl", sentences(1)), fails("invalidDataset", "one.jsonl"));
    const [positive] = sentences(1);
    const same = sentences(20).map((row) => ({ ...row, label: positive?.label }));
    await assert.rejects(of("same.jsonl", same), fails("invalidDataset", "positive"));
    const dev = writeRows(parent, "dev.jsonl", sentences(20).slice(1));
    const one = of("empty.jsonl", sentences(1), { dev, testShare: 0 });
    await assert.rejects(one, fails("invalidDataset", "dev.jsonl", 'label "negative"'));
    const negative = { text: "quite another", label: "negative" };
    const rare = await of("rare.jsonl", [...same, negative], { devShare: 0, testShare: 0 });
    assert.equal(rare.record.state, "completed");
    assert.ok(rare.events.some((event) => event.kind === "note" && event.text.includes("negative (1)")));
    const without = await of("without.jsonl", sentences(20), { devShare: 0, testShare: 0 });
    assert.deepEqual([without.record.state, without.record.best, without.record.test], ["completed", null, null]);
    assert.ok(existsSync(join(without.folder, "model/model.safetensors")));
  });

  it("trains the other three tasks", async () => {
    const rows = sentences(30);
    const pair = rows.map(({ text, label }, i) => ({ premise: text, hypothesis: `so ${i}`, label }));
    const alike = rows.map(({ text, label }, i) => ({ text_a: text, text_b: `like ${i}`, label }));
    const choice = rows.map(({ text }, i) => ({ context: text, choices: [`yes ${i}`, `no ${i}`], label: i % 2 }));
    for (const [task, of] of [
      ["entailment", pair],
      ["similarity", alike],
      ["multipleChoice", choice],
    ] as const) {
      const path = writeRows(parent, `${task}.jsonl`, of);
      const { record } = await run(tinyParams(parent, model, "full", { path, task }));
      assert.deepEqual([record.state, record.reason], ["completed", null], task);
      assert.ok(record.test !== null);
    }
  });

  it("is estimated: steps, what is trained, what the model takes", async () => {
    const service = new TrainingService();
    const full = await service.estimateFineTune(params("full"), never);
    const lora = await service.estimateFineTune(params("lora"), never);
    assert.deepEqual([full.steps, lora.steps, full.fits, lora.fits], [12, 12, true, true]);
    assert.equal(lora.trainedParameters, 2 * (8 + 24) + 2 * 8);
    const { record, folder } = await run(params("lora"));
    assert.equal(record.steps, lora.steps);
    assert.ok(weights({ record, folder }).length - lora.diskBytes < 2000);
    assert.ok(full.memory.moments > 100 * lora.memory.moments);
  });

  it("says which setting is wrong", async () => {
    const given = params("head");
    const wrong = (changes: object, ...words: string[]) =>
      assert.rejects(run({ ...given, settings: { ...given.settings, ...changes } }), fails("invalidRequest", ...words));
    await wrong({ epochs: 0 }, "settings.epochs");
    await wrong({ lmCoef: 0.5 }, "settings.lmCoef", "head");
    await wrong({ specialTokens: "new" }, "settings.specialTokens", "existing");
    await wrong({ optimizer: { ...given.settings.optimizer, learningRate: Number.NaN } }, "optimizer.learningRate");
    await wrong({ optimizer: { ...given.settings.optimizer, microBatchSize: 5 } }, "optimizer.microBatchSize");
    await wrong({ dropout: { ...given.settings.dropout, classifier: 1 } }, "dropout.classifier");
    const lora = params("lora");
    const method = { kind: "lora", r: 2, loraAlpha: 4, loraDropout: 0, targetModules: ["attn.q_proj"] } as const;
    await assert.rejects(
      run({ ...lora, settings: { ...lora.settings, method } }),
      fails("invalidRequest", "attn.q_proj", "attn.c_attn"),
    );
  });
});
