import assert from "node:assert/strict";
import { dirname } from "node:path";
import * as z from "zod";
import { pageMessages, pageQuestions } from "../../../../src/extension/comparison/pageMessages";
import type { ComparisonReport } from "../../../../src/runtime/comparisonReport";
import { CancelledError, invalidRequest } from "../../../../src/runtime/errors";
import { plainReport } from "../../../webview/comparisonStates";
import { fakeLab, folder, path, record, settled } from "./support";

/** A lab that shows this report, and what its page tells and asks. */
async function fakePage(report: ComparisonReport) {
  const trained = { ...report.record.arms[0], trained: "models/lora" };
  const stored = { ...report.record, state: "completed", arms: [trained] };
  const fake = fakeLab({ [`${folder}/run.json`]: JSON.stringify(stored) });
  const done: string[] = [];
  const messages = pageMessages(fake.lab, {
    openFile: ({ file }) => done.push(`open ${file}`),
    openPlanned: (at) => done.push(`open ${at}`),
    openData: (_, { file, line }) => done.push(`data ${file}:${line}`),
    showSuspicions: (base, suspicions) => done.push(`suspicions in ${base}: ${suspicions.length}`),
    use: (model) => done.push(`use ${model}`),
    exportFile: ({ name }) => done.push(`export ${name}`),
    copyText: (text) => done.push(`copy ${text}`),
    openLog: () => done.push("log"),
  });
  const questions = pageQuestions(fake.lab);
  const tell = (method: string, params?: unknown) => {
    const message = messages.find(({ type }) => type.method === method) ?? assert.fail(method);
    return message.hear(params);
  };
  const ask = (method: string, params: unknown, signal = new AbortController().signal) => {
    const question = questions.find(({ type }) => type.method === method) ?? assert.fail(method);
    return question.answer(params, { signal, onProgress: ({ stage }) => done.push(stage) });
  };
  void fake.lab.open(folder);
  await settled();
  await fake.last<ComparisonReport>("report").answer(report);
  const { shown } = fake.stateOf("report");
  return { ...fake, done, tell, ask, shown, methods: messages.map(({ type }) => type.method) };
}

describe("what the comparison panel's page tells and asks", () => {
  let report: ComparisonReport;
  before(async () => {
    ({ report } = await plainReport());
  });

  it("does what is asked for", async () => {
    const { tell, shown, done, last, seen } = await fakePage(report);
    tell("comparison/openFile", { shown });
    tell("comparison/openData", { shown, file: "data.jsonl", line: 7 });
    tell("comparison/suspicions", { shown });
    tell("comparison/useTrained", { shown, arm: 0 });
    tell("comparison/useTrained", { shown, arm: 9 });
    tell("inspector/openLog");
    const base = dirname(report.record.params.source.path);
    assert.deepEqual(done, [
      "open some.compare.yaml",
      "data data.jsonl:7",
      `suspicions in ${base}: ${report.suspicions.length}`,
      `use ${folder}/models/lora`,
      "log",
    ]);
    const exported = tell("comparison/export", { shown, form: "csv" });
    await settled();
    await last<string>("export").answer("arm\n");
    await exported;
    assert.equal(seen.saved[0]?.form, "csv");
  });

  it("starts, pauses, goes on and runs again what is shown", async () => {
    const { tell, lab, stateOf, last, begin, ends, planned, asked, done } = await fakePage(report);
    void lab.plan(path, "text");
    await settled();
    await planned();
    const plan = stateOf("plan").shown;
    tell("comparison/openFile", { shown: plan });
    assert.deepEqual(done, [`open ${path}`]);
    void tell("comparison/start", { shown: plan });
    await settled();
    begin();
    const { shown } = stateOf("run");
    tell("comparison/pause", { shown: plan });
    assert.equal(stateOf("run").status, "running", "the plan is shown no more");
    tell("comparison/pause", { shown });
    assert.equal(stateOf("run").status, "pausing");
    await ends({ record: { ...record, state: "paused" } });
    void tell("comparison/resume", { shown });
    await settled();
    await last("resume").fail(new CancelledError());
    void tell("comparison/repeat", { shown });
    await settled();
    assert.deepEqual(
      asked.map(({ method }) => method),
      ["report", "plan", "run", "resume", "run"],
    );
  });

  it("takes what is none of ours for an error, and does nothing", async () => {
    const { tell, shown, done, asked, methods, ask } = await fakePage(report);
    const before = asked.length;
    for (const [method, params] of [
      ["comparison/export", { shown, form: "exe" }],
      ["comparison/openData", { shown, file: "data.jsonl", line: -1 }],
      ["comparison/openData", { shown, file: "", line: 1 }],
      ["comparison/useTrained", { shown, arm: "0" }],
      ["comparison/start", {}],
      ["comparison/pause", "now"],
    ] as const) {
      assert.throws(() => tell(method, params), z.ZodError, method);
    }
    await assert.rejects(ask("comparison/items", { shown, from: 0, count: 1e9 }), z.ZodError);
    await assert.rejects(ask("comparison/replay", { shown, arm: 0, seed: 0 }), z.ZodError);
    assert.deepEqual([done, asked.length], [[], before]);
    assert.equal(new Set(methods).size, methods.length);
  });

  it("ignores what is said of something that is shown no more", async () => {
    const { tell, done, ask, asked } = await fakePage(report);
    const before = asked.length;
    tell("comparison/openFile", { shown: 1 });
    await tell("comparison/export", { shown: 1, form: "html" });
    await tell("comparison/repeat", { shown: 1 });
    const answer = await ask("comparison/items", { shown: 1, from: 0, count: 10 });
    assert.deepEqual([done, asked.length, answer], [[], before, { kind: "outdated" }]);
  });

  it("gives items, and replays with progress, cancellation and failure", async () => {
    const { ask, shown, last, done } = await fakePage(report);
    const query = { wrong: 0, cell: { arm: 0, label: 1, answer: 0 }, from: 0, count: 20 };
    const items = ask("comparison/items", { shown, ...query });
    await settled();
    assert.deepEqual(last("items").params, { folder, ...query });
    await last("items").answer({ items: [], total: 0 });
    assert.deepEqual(await items, { kind: "ready", value: { items: [], total: 0 } });
    const place = { arm: 0, seed: 0, item: 3 };
    const replay = ask("comparison/replay", { shown, ...place });
    await settled();
    assert.deepEqual(last("replay").params, { folder, ...place });
    last("replay").options.onProgress?.({ stage: "loading", done: 0, total: 1 });
    await last("replay").fail(invalidRequest("the model is gone"));
    const failed = await replay;
    assert.deepEqual([failed.kind, done], ["failed", ["loading"]]);
    const cancelled = ask("comparison/replay", { shown, ...place });
    await settled();
    await last("replay").fail(new CancelledError());
    assert.deepEqual(await cancelled, { kind: "cancelled" });
  });

  it("replays nothing beside other long work, nor a run that this workspace may not go on with", async () => {
    const { ask, shown, seen, asked } = await fakePage(report);
    const before = asked.length;
    const reason = async () => {
      const answer = await ask("comparison/replay", { shown, arm: 0, seed: 0, item: 0 });
      return answer.kind === "failed" ? answer.error.message : assert.fail(answer.kind);
    };
    seen.other = "films";
    assert.match(await reason(), /films is under way/);
    seen.other = null;
    seen.untrusted = true;
    assert.match(await reason(), /not trusted/);
    assert.equal(asked.length, before);
  });
});
