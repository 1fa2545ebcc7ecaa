import assert from "node:assert/strict";
import fc from "fast-check";
import { countRows, dataDescription, summaryOf } from "../../../../src/extension/training/dataFiles";
import {
  fineTuneValues,
  newFineTune,
  readFineTune,
  runNameProblem,
} from "../../../../src/extension/training/fineTuneForm";
import { fieldProblem, fieldText } from "../../../../src/extension/training/formFields";
import { newPretrain, pretrainValues, readPretrain } from "../../../../src/extension/training/pretrainForm";
import { keptPoints, ShownTraining } from "../../../../src/extension/training/shownTraining";
import { fineTuneDefaults, fineTuneSettings, pretrainSettings } from "../../../../src/runtime/training/settings";
import { corpusSource, pretrainModel, trainingData } from "../../../../src/runtime/training/trainingForm";
import { record } from "../../../webview/trainingStates";
import { guess, stepEvent } from "./support";

const model = { folder: "/models/starter", device: "auto" } as const;

describe("the fine-tuning form", () => {
  const filled = { path: "/w/a.tsv", columns: { text: "sentence", label: "label" } };

  for (const method of ["head", "lora", "full"] as const) {
    it(`begins with the runtime's own defaults, which it accepts: ${method}`, () => {
      const { params, problems } = readFineTune({ ...newFineTune(model, method), ...filled });
      assert.deepEqual(problems, {});
      assert.deepEqual(params?.settings, fineTuneDefaults[method]);
      assert.deepEqual(fineTuneSettings.parse(params?.settings), params?.settings);
      assert.deepEqual(trainingData.parse(params?.data), params?.data);
    });
  }

  it("comes back from a record as it was", () => {
    const values = { ...newFineTune(model, "lora"), ...filled, targetModules: ["mlp.c_fc"], name: "run" };
    const { params } = readFineTune({ ...values, fields: { ...values.fields, r: "4", limit: "100" } });
    assert.ok(params);
    const { finetune: _, ...rest } = record;
    const again = fineTuneValues({ ...rest, name: "run", finetune: { data: params.data, settings: params.settings } });
    assert.deepEqual(again && readFineTune({ ...again, device: "auto" }).params?.settings, params.settings);
    assert.deepEqual(again && readFineTune(again).params?.data, params.data);
  });

  it("names every value that is missing or wrong, by itself", () => {
    const values = newFineTune(model);
    const wrong = {
      ...values.fields,
      epochs: "0",
      warmup: "-1",
      seed: "1.5",
      batchSize: "4",
      microBatchSize: "8",
      learningRate: "0x10",
    };
    const { problems, params } = readFineTune({ ...values, fields: wrong, name: "a/b" });
    const keys = [
      "batchSize",
      "column.label",
      "column.text",
      "epochs",
      "learningRate",
      "microBatchSize",
      "name",
      "path",
      "seed",
      "warmup",
    ];
    assert.deepEqual(
      [Object.keys(problems).sort((a, b) => a.localeCompare(b)), params],
      [keys.filter((key) => key !== "batchSize"), null],
    );
  });

  it("does not look at numbers of another method", () => {
    const values = { ...newFineTune(model, "head"), ...filled };
    assert.deepEqual(readFineTune({ ...values, fields: { ...values.fields, r: "none" } }).problems, {});
  });

  it("leaves something to train on", () => {
    const values = { ...newFineTune(model), ...filled };
    const { problems } = readFineTune({ ...values, fields: { ...values.fields, devShare: "0.6", testShare: "0.6" } });
    assert.deepEqual(Object.keys(problems), ["testShare"]);
  });

  it("writes numbers so that they are read back the same", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-12, max: 1e12 }), (value) => {
        assert.equal(Number(fieldText(value)), value);
      }),
    );
    assert.deepEqual([6.25e-5, 0.001, 1000, 0.5].map(fieldText), ["6.25e-5", "0.001", "1000", "0.5"]);
  });

  it("takes decimal numbers only", () => {
    const any = { min: -1e9, max: 1e9 };
    for (const good of ["1", "-1.5", " 2 ", "1e-3", ".5", "+3"]) assert.equal(fieldProblem(any, good), null, good);
    for (const bad of ["", "x", "1,5", "0x1", "1e", "NaN", "Infinity", "1 2"]) assert.ok(fieldProblem(any, bad), bad);
    assert.equal(fieldProblem({ ...any, optional: true }, " "), null);
    assert.ok(runNameProblem("a".repeat(81)));
    assert.equal(runNameProblem("my run"), null);
  });
});

describe("the pre-training form", () => {
  it("begins with what the runtime accepts", () => {
    const { params, problems } = readPretrain(newPretrain("/w", model));
    assert.deepEqual(problems, {});
    assert.deepEqual(pretrainSettings.parse(params?.settings), params?.settings);
    assert.deepEqual(corpusSource.parse(params?.corpus), params?.corpus);
    assert.deepEqual(pretrainModel.parse(params?.model), params?.model);
  });

  it("comes back from a record as it was", () => {
    const values = { ...newPretrain("/w", model), family: "gpt3", licenses: "MIT, Apache-2.0" };
    const { params } = readPretrain({ ...values, fields: { ...values.fields, nLayer: "2" } });
    assert.ok(params);
    const { finetune: _, ...rest } = record;
    const { model: own, corpus, settings } = params;
    const again = pretrainValues({ ...rest, kind: "pretrain", pretrain: { model: own, corpus, settings } });
    const read = again && readPretrain(again).params;
    assert.deepEqual([read?.model, read?.corpus, read?.settings], [own, corpus, settings]);
  });

  it("wants a width that heads divide, and sequences that fit the positions", () => {
    const values = newPretrain("/w", model);
    const fields = { ...values.fields, nEmbd: "100", nHead: "3", sequenceLength: "512" };
    assert.deepEqual(
      Object.keys(readPretrain({ ...values, fields }).problems).sort((a, b) => a.localeCompare(b)),
      ["nHead", "sequenceLength"],
    );
    assert.deepEqual(readPretrain({ ...values, fields, preset: "gpt2-small" }).problems, {});
  });
});

describe("a shown training", () => {
  it("keeps the newest of what comes twice, and where steps go back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 40 }), (steps, checkpoint) => {
        const run = new ShownTraining(1, "run");
        for (let step = 1; step <= steps; step++) run.hear(stepEvent(step));
        const from = Math.min(checkpoint, steps);
        for (let step = from + 1; step <= steps + 3; step++) run.hear(stepEvent(step));
        assert.deepEqual(
          run.points.map(({ step }) => step),
          Array.from({ length: steps + 3 }, (_, i) => i + 1),
        );
      }),
    );
  });

  it("does not take the test of an earlier best step for a step back", () => {
    const run = new ShownTraining(1, "run");
    for (let step = 1; step <= 10; step++) run.hear(stepEvent(step));
    const evaluation = { kind: "evaluation", step: 4, split: "test", loss: 1, accuracy: 0.5, best: false } as const;
    assert.equal(run.hear(evaluation), 10);
    assert.equal(run.hear({ ...evaluation, loss: 2 }), 10);
    assert.equal(run.points.length, 11);
  });

  it("thins the steps of a long run, and no evaluation", () => {
    const run = new ShownTraining(1, "run");
    run.hear({ kind: "evaluation", step: 0, split: "dev", loss: 1, accuracy: null, best: true });
    for (let step = 1; step <= keptPoints + 10; step++) run.hear(stepEvent(step));
    assert.ok(run.points.length <= keptPoints);
    assert.equal(run.points[0]?.kind, "evaluation");
    assert.equal(run.progress.step, keptPoints + 10);
  });
});

describe("data files", () => {
  const rows = (text: string, jsonLines: boolean) => countRows(new TextEncoder().encode(text), jsonLines);

  it("counts rows: lines that are not empty, without the header", () => {
    assert.deepEqual(
      [rows("a\tb\n1\t2\n3\t4\n", false), rows("a\tb\r\n1\t2", false), rows("{}\n\n{}\n", true)],
      [2, 1, 2],
    );
    assert.deepEqual([rows("", false), rows("", true), rows("a,b", false)], [0, 0, 0]);
  });

  it("are labelled data only where every field of a task has a column", () => {
    const summary = summaryOf(guess, 1234);
    assert.equal(dataDescription(summary), "classification · 1,234 rows · 2 labels");
    assert.equal(summaryOf({ ...guess, missing: ["label"] }, 10), null);
  });
});
