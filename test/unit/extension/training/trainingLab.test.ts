import assert from "node:assert/strict";
import { RuntimeError, runtimeExited } from "../../../../src/runtime/errors";
import type { PointBatch, TrainingPanelState, TrainingRunView } from "../../../../src/runtime/trainingPanelProtocol";
import type { FineTuneParams } from "../../../../src/runtime/trainingProtocol";
import { completed, record } from "../../../webview/trainingStates";
import { fakeLab, folder, stepEvent, unanswered } from "./support";

describe("training in a window", () => {
  const runView = ({ lab }: ReturnType<typeof fakeLab>): TrainingRunView => {
    const { state } = lab;
    return state.kind === "run" ? state : assert.fail(state.kind);
  };

  it("fills in the form from the data file, counts it, and says what is missing", async () => {
    const { lab, form, settled, seen } = fakeLab();
    lab.openFineTune("/w/data.tsv");
    assert.equal(seen.revealed, 1);
    await settled();
    const { values, problems, preview, estimate, columns, labelValues, models } = form();
    assert.deepEqual([values.columns, values.name], [{ text: "sentence", label: "label" }, "data"]);
    assert.deepEqual([problems, columns, labelValues], [{}, ["sentence", "label"], ["0", "1"]]);
    assert.deepEqual([preview.kind, estimate.kind, models.length], ["ready", "ready", 1]);
    lab.editFineTune(form().form, form().revision + 1, { ...values, fields: { ...values.fields, epochs: "many" } });
    assert.match(form().problems.epochs ?? "", /many/);
  });

  it("drops what was typed over values that the host has changed meanwhile, and says which hold", async () => {
    const { lab, form, settled } = fakeLab();
    lab.openFineTune("/w/data.tsv");
    await settled();
    const { form: number, revision, values } = form();
    await lab.chooseFile(number, "dev");
    assert.equal(form().values.dev, "/w/other.csv");
    lab.editFineTune(number, revision + 1, { ...values, name: "old" });
    assert.deepEqual([form().values.dev, form().values.name], ["/w/other.csv", "data"]);
    assert.ok(form().revision > revision + 1, "the page takes the host's");
  });

  it("asks anew about another data file, and forgets the columns of the one before", async () => {
    const { lab, form, settled } = fakeLab();
    lab.openFineTune("/w/data.tsv");
    await settled();
    await lab.chooseFile(form().form, "path");
    assert.deepEqual([form().values.columns, form().columns, form().preview.kind], [{}, [], "asking"]);
    await settled();
    assert.deepEqual([form().preview.kind, form().values.name], ["ready", "other"]);
  });

  it("takes another method's defaults, but for what was changed", async () => {
    const { lab, form, settled } = fakeLab();
    lab.openFineTune("/w/data.tsv");
    await settled();
    const { values } = form();
    const fields = { ...values.fields, batchSize: "16" };
    lab.editFineTune(form().form, form().revision + 1, { ...values, fields, method: "full" });
    const { values: full } = form();
    assert.deepEqual(
      [full.fields.learningRate, full.fields.lmCoef, full.fields.batchSize],
      ["0.0000625", "0.5", "16"].map((text) => (text === "0.0000625" ? "6.25e-5" : text)),
    );
    assert.equal(full.specialTokens, "new");
  });

  it("asks the newest question only", async () => {
    const fake = fakeLab();
    const asked: string[] = [];
    (fake.client as { preview: unknown }).preview = (
      params: { data: { path: string; devShare: number } },
      signal?: AbortSignal,
    ) => {
      asked.push(String(params.data.devShare));
      return unanswered(signal);
    };
    fake.lab.openFineTune("/w/data.tsv");
    await fake.settled();
    for (const devShare of ["0.2", "0.3"]) {
      const { form: number, revision, values } = fake.form();
      fake.lab.editFineTune(number, revision + 1, { ...values, fields: { ...values.fields, devShare } });
    }
    await fake.settled();
    assert.deepEqual(asked, ["0.1", "0.3"]);
  });

  it("starts what the form says, tells how far it is, and gives the result", async () => {
    const fake = fakeLab();
    const { lab, seen, runs, settled, start } = fake;
    const stored: string[] = [];
    lab.onDidStoreRun((one) => stored.push(one));
    lab.openFineTune("/w/data.tsv");
    await settled();
    const over = start();
    const { data, settings, runs: place, name } = (runs[0] ?? assert.fail()).params as FineTuneParams;
    assert.deepEqual(
      [data.path, data.columns, place, name],
      ["/w/data.tsv", { text: "sentence" }, "/w/.gpt-workbench/runs", "data"],
    );
    assert.equal(settings.method.kind, "head");
    assert.equal(runView(fake).status, "preparing");
    runs[0]?.event({ kind: "begin", folder, record });
    for (let step = 1; step <= 3; step++) runs[0]?.event(stepEvent(step));
    assert.deepEqual(
      [runView(fake).status, runView(fake).last?.step, lab.running?.progress],
      ["running", 3, { step: 3, steps: 520 }],
    );
    await runs[0]?.end(completed);
    await over;
    const { status, model } = runView(fake);
    assert.deepEqual([status, model, lab.running], ["completed", `${folder}/model`, null]);
    assert.deepEqual([seen.remembered, seen.ended.length, stored], [[folder, null], 1, [folder, folder]]);
  });

  it("pauses and stops the run under way, and only that", async () => {
    const fake = fakeLab();
    const { lab, seen, runs, settled, start } = fake;
    assert.equal(await lab.control("pause"), false);
    lab.openFineTune("/w/data.tsv");
    await settled();
    void start();
    runs[0]?.event({ kind: "begin", folder, record });
    assert.equal(await lab.control("pause"), true);
    assert.equal(runView(fake).status, "pausing");
    await runs[0]?.end({ state: "paused", step: 3 });
    assert.deepEqual([runView(fake).status, seen.controls], ["paused", ["pause"]]);
  });

  it("shows the form again, with what was wrong, when a run fails before it has a folder", async () => {
    const fake = fakeLab();
    const { lab, runs, settled, start } = fake;
    lab.openFineTune("/w/data.tsv");
    await settled();
    void start();
    await runs[0]?.fail(new RuntimeError("invalidDataset", "Line 3 has no label.", "Mend it."));
    assert.equal(fake.form().failure?.message, "Line 3 has no label.");
  });

  it("keeps the curves of a run whose process ended, and goes on with it", async () => {
    const fake = fakeLab({ [`${folder}/run.json`]: JSON.stringify({ ...record, step: 2 }) });
    const { lab, runs, settled, start, seen } = fake;
    lab.openFineTune("/w/data.tsv");
    await settled();
    void start();
    runs[0]?.event({ kind: "begin", folder, record });
    for (let step = 1; step <= 4; step++) runs[0]?.event(stepEvent(step));
    await runs[0]?.fail(runtimeExited("signal SIGKILL"));
    const { status, failure, run } = runView(fake);
    assert.deepEqual([status, failure?.code, seen.ended[0]?.points.length], ["interrupted", "runtimeExited", 4]);
    const resumed = lab.resumeShown(run);
    assert.deepEqual(runs[1]?.params, { folder });
    runs[1]?.event({ kind: "begin", folder, record });
    runs[1]?.event(stepEvent(3));
    assert.equal(lab.running?.points.length, 3, "steps after the checkpoint are done again");
    await runs[1]?.end({ state: "completed" });
    await resumed;
    assert.equal(runView(fake).status, "completed");
  });

  it("refuses to begin a second run, and names the one under way in the form", async () => {
    const fake = fakeLab();
    const { lab, runs, settled, start, form } = fake;
    lab.openFineTune("/w/data.tsv");
    await settled();
    void start();
    lab.openFineTune("/w/second.tsv");
    await settled();
    assert.equal(form().busy, "data");
    await start();
    assert.equal(runs.length, 1);
    await assert.rejects(lab.resume(folder), /under way/);
    lab.showCurrent();
    assert.equal(lab.state.kind, "run");
  });

  it("begins none beside a comparison, which the form names", async () => {
    const fake = fakeLab({ [`${folder}/run.json`]: JSON.stringify({ ...record, state: "paused" }) });
    const { lab, runs, settled, start, form, seen } = fake;
    lab.openFineTune("/w/data.tsv");
    await settled();
    seen.other = "reviews";
    assert.equal(form().busy, "reviews");
    await start();
    await assert.rejects(lab.resume(folder), /a comparison is under way/);
    assert.equal(runs.length, 0);
    seen.other = null;
    void start();
    assert.equal(runs.length, 1);
  });

  it("goes on with one run only, however many are asked for at once", async () => {
    const paused = JSON.stringify({ ...record, state: "paused" });
    const { lab, runs } = fakeLab({ [`${folder}/run.json`]: paused, "/w/other/run.json": paused });
    const first = lab.resume(folder);
    await assert.rejects(lab.resume("/w/other"), /under way/);
    assert.equal(runs.length, 1);
    await runs[0]?.end(completed);
    await first;
  });

  it("opens stored runs, and none where there is none", async () => {
    const lines = [1, 2, 3].map((step) => JSON.stringify(stepEvent(step)));
    const fake = fakeLab({
      [`${folder}/run.json`]: JSON.stringify(completed),
      [`${folder}/metrics.jsonl`]: `${lines.join("\n")}\nnonsense\n{"kind":"st`,
    });
    await fake.lab.open(folder);
    assert.deepEqual([runView(fake).status, runView(fake).last?.step], ["completed", 3]);
    fake.lab.repeat(runView(fake).run);
    const { values, problems } = fake.form();
    assert.deepEqual(
      [values.method, values.path, values.fields.learningRate],
      ["full", "/projects/space/data/reviews.tsv", "6.25e-5"],
    );
    assert.deepEqual(problems, {});
    await assert.rejects(fake.lab.open("/elsewhere"), /not the folder of a training run/);
  });

  it("restores what a page of the session before showed, and never throws for it", async () => {
    const fake = fakeLab();
    await fake.lab.restore({ kind: "run", folder: "/gone" });
    assert.equal(fake.lab.state.kind, "empty");
    fake.lab.openFineTune("/w/data.tsv");
    await fake.settled();
    const { values } = fake.form();
    const second = fakeLab();
    await second.lab.restore({ kind: "finetune", values: { ...values, name: "kept" } });
    assert.equal(second.form().values.name, "kept");
  });

  it("sends curves in batches, only what is new, and everything to a page that is shown anew", async () => {
    const fake = fakeLab();
    const { lab, clock, runs, settled, start } = fake;
    const states: TrainingPanelState[] = [];
    const batches: PointBatch[] = [];
    const view = {
      show: (state: TrainingPanelState) => void states.push(state),
      addPoints: (batch: PointBatch) => void batches.push(batch),
    };
    lab.store.attach(view);
    lab.openFineTune("/w/data.tsv");
    await settled();
    void start();
    runs[0]?.event({ kind: "begin", folder, record });
    for (let step = 1; step <= 5; step++) runs[0]?.event(stepEvent(step));
    clock.advance(1000);
    for (let step = 6; step <= 8; step++) runs[0]?.event(stepEvent(step));
    clock.advance(1000);
    assert.deepEqual(
      batches.map(({ from, points }) => [from, points.length]),
      [
        [0, 5],
        [5, 3],
      ],
    );
    lab.store.detach();
    runs[0]?.event(stepEvent(9));
    clock.advance(1000);
    assert.equal(batches.length, 2, "a hidden panel is told nothing");
    lab.store.attach(view);
    assert.deepEqual([batches.at(-1)?.from, batches.at(-1)?.points.length], [0, 9]);
    assert.equal(states.at(-1)?.kind, "run");
  });

  it("keeps a run going when its panel is closed", async () => {
    const fake = fakeLab();
    fake.lab.openFineTune("/w/data.tsv");
    await fake.settled();
    void fake.start();
    fake.lab.close();
    assert.equal(fake.lab.state.kind, "empty");
    assert.notEqual(fake.lab.running, null);
    fake.lab.showCurrent();
    assert.equal(runView(fake).status, "preparing");
  });
});
