import assert from "node:assert/strict";
import * as z from "zod";
import { pageMessages } from "../../../../src/extension/training/pageMessages";
import { completed, record } from "../../../webview/trainingStates";
import { fakeLab, folder } from "./support";

/** A lab, and what its page tells. */
function fakePage(stored?: Readonly<Record<string, string>>) {
  const fake = fakeLab(stored);
  const done: string[] = [];
  const messages = pageMessages(fake.lab, {
    begin: (kind) => done.push(`begin ${kind}`),
    use: (model, kind) => done.push(`use ${model} ${kind}`),
    reveal: (at) => done.push(`reveal ${at}`),
    showOther: () => done.push("other"),
    exportFile: ({ name }) => done.push(`export ${name}`),
    openLog: () => done.push("log"),
  });
  const tell = (method: string, params?: unknown) => {
    const message = messages.find(({ type }) => type.method === method) ?? assert.fail(method);
    return message.hear(params);
  };
  return { ...fake, done, tell, methods: messages.map(({ type }) => type.method) };
}

describe("what the training panel's page tells", () => {
  it("does what is asked for", async () => {
    const { lab, form, settled, tell, done, runs, seen } = fakePage();
    lab.openFineTune("/w/data.tsv");
    await settled();
    const { form: number, revision, values } = form();
    tell("training/editFineTune", { form: number, revision: revision + 1, values: { ...values, name: "mine" } });
    assert.equal(form().values.name, "mine");
    await tell("training/chooseFile", { form: number, what: "dev" });
    assert.equal(form().values.dev, "/w/other.csv");
    const started = tell("training/start", { form: number });
    assert.equal(runs.length, 1);
    await tell("training/control", "pause");
    assert.deepEqual(seen.controls, ["pause"]);
    tell("training/begin", "pretrain");
    tell("inspector/openLog");
    assert.deepEqual(done, ["begin pretrain", "log"]);
    await runs[0]?.end(completed);
    await started;
  });

  it("uses and shows the model of the run that is shown, and of no other", async () => {
    const stored = { [`${folder}/run.json`]: JSON.stringify({ ...record, ...completed }) };
    const { lab, tell, done } = fakePage(stored);
    await lab.open(folder);
    const { state } = lab;
    assert.equal(state.kind, "run");
    const run = state.kind === "run" ? state.run : 0;
    tell("training/use", { run });
    tell("training/reveal", { run });
    tell("training/use", { run: run - 1 });
    assert.deepEqual(done, [`use ${folder}/model finetune`, `reveal ${folder}/model`]);
  });

  it("refuses what is none of its messages, and does nothing then", async () => {
    const { lab, form, settled, tell, done, methods, runs, seen } = fakePage();
    lab.openFineTune("/w/data.tsv");
    await settled();
    const { form: number, revision, values } = form();
    const bad: Readonly<Record<string, readonly unknown[]>> = {
      "training/editFineTune": [{ form: number, revision: revision + 1, values: { ...values, path: 7 } }],
      "training/editPretrain": [{ form: number, revision: revision + 1, values }],
      "training/chooseFile": [{ form: number, what: "fields" }, { form: number }],
      "training/start": [{ form: String(number) }, number, { run: number }],
      "training/control": ["kill", { action: "stop" }],
      "training/resume": [{ run: null }, { folder: "/etc" }],
      "training/repeat": [{}],
      "training/use": [{ run: "/etc" }],
      "training/reveal": [{ folder: "/etc" }],
      "training/begin": ["quantize"],
    };
    for (const [method, all] of Object.entries(bad))
      for (const params of [undefined, null, ...all])
        assert.throws(() => tell(method, params), z.ZodError, `${method} ${JSON.stringify(params)}`);
    // The three others have no parameters, or are read by who writes the file.
    assert.deepEqual(methods.filter((method) => !(method in bad)).length, 3);
    assert.deepEqual([form().values, form().revision, runs.length], [values, revision, 0]);
    assert.deepEqual([done, seen.controls], [[], []]);
  });
});
