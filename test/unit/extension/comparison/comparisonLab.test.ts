import assert from "node:assert/strict";
import type { ComparisonPanelState } from "../../../../src/runtime/comparisonPanelProtocol";
import type { ComparisonResult } from "../../../../src/runtime/comparisonProtocol";
import type { ComparisonParams } from "../../../../src/runtime/comparisonRecord";
import type { ComparisonReport } from "../../../../src/runtime/comparisonReport";
import { CancelledError, RuntimeError, runtimeExited } from "../../../../src/runtime/errors";
import { plainReport, plan, runningState } from "../../../webview/comparisonStates";
import { fakeLab, folder, path, record, settled } from "./support";

const complete = { ...record, state: "completed" } as const;
const paused = { ...record, state: "paused", units: { done: 3, total: 78 } } as const;
const onDisk = (value: unknown) => ({ [`${folder}/run.json`]: JSON.stringify(value) });

/** A unit under way. */
const unitEvent = () => {
  const unit = runningState().unit ?? assert.fail();
  return { kind: "unit", ...unit } as const;
};

describe("a comparison in a window", () => {
  let report: ComparisonReport;
  before(async () => {
    ({ report } = await plainReport());
  });

  it("shows what a file would do and take, then runs it to its report", async () => {
    const { lab, seen, stateOf, planned, last, begin, ends } = fakeLab();
    const reports: string[] = [];
    lab.onDidReport((one) => reports.push(one.folder));
    void lab.plan(path, "text");
    await settled();
    assert.deepEqual([seen.revealed, stateOf("plan").plan, stateOf("plan").title], [1, null, "reviews"]);
    last("plan").options.onProgress?.({ stage: "measuring", done: 1, total: 2 });
    assert.deepEqual(stateOf("plan").progress, { stage: "measuring", done: 1, total: 2 });
    await planned();
    assert.deepEqual([stateOf("plan").plan, stateOf("plan").progress], [plan, null]);
    void lab.start(stateOf("plan").shown);
    await settled();
    assert.deepEqual([stateOf("plan").starting, lab.running?.title, lab.running?.total], [true, "reviews", 0]);
    assert.equal((last("run").params as ComparisonParams).source.text, "text");
    begin();
    last("run").options.onEvent?.(unitEvent());
    last("run").options.onEvent?.({ kind: "note", text: "One prompt was cut." });
    last("run").options.onEvent?.({
      ...{ kind: "record", leftMs: 60_000 },
      record: { ...record, units: { done: 2, total: 78 } },
    });
    const { status, unit, notes, leftMs, folder: at } = stateOf("run");
    assert.deepEqual([status, unit?.done, leftMs, at], ["running", 32, 60_000, folder]);
    assert.ok(notes.includes("One prompt was cut."));
    assert.deepEqual(lab.running, { title: "reviews", folder, done: 2, total: 78, leftMs: 60_000 });
    await ends({ record: complete, report });
    assert.equal(stateOf("report").report, report);
    assert.deepEqual([lab.running, reports, seen.remembered], [null, [folder], [folder, null]]);
    assert.deepEqual([seen.stored, seen.ended[0]?.run?.status], [[folder, folder], "completed"]);
  });

  it("counts time since the record was told as work, and as less that is left", async () => {
    const { lab, stateOf, begin, last, clock } = fakeLab();
    void lab.plan(path, "text", { start: true });
    await settled();
    begin();
    const actual = { ms: 5000, peakBytes: 1 };
    last("run").options.onEvent?.({ kind: "record", record: { ...record, actual }, leftMs: 9000 });
    clock.advance(4000);
    assert.deepEqual([stateOf("run").elapsedMs, stateOf("run").leftMs], [9000, 5000]);
    clock.advance(40_000);
    assert.equal(stateOf("run").leftMs, 0);
  });

  it("begins at once where that is asked, with the arms that are named, and not twice", async () => {
    const { lab, asked, stateOf } = fakeLab();
    void lab.plan(path, "text", { start: true, arms: ["LoRA"] });
    await settled();
    void lab.plan(path, "text", { start: true, arms: ["LoRA"] });
    await settled();
    assert.deepEqual(
      asked.map(({ method, params }) => [method, (params as ComparisonParams).arms]),
      [["run", ["LoRA"]]],
    );
    assert.equal(stateOf("plan").starting, true);
  });

  it("says in the plan what is wrong with settings or file, and works it out anew from the text as it is now", async () => {
    const { lab, stateOf, last } = fakeLab({}, { [path]: "mended" });
    await lab.plan(path, "wrong settings");
    assert.match(stateOf("plan").failure?.message ?? "", /settings are wrong/);
    void lab.repeat(stateOf("plan").shown);
    await settled();
    assert.equal((last("plan").params as ComparisonParams).source.text, "mended");
    await last("plan").fail(new RuntimeError("invalidPrompt", "Line 3: no.", "Mend it."));
    assert.equal(stateOf("plan").failure?.message, "Line 3: no.");
  });

  it("shows the plan again, with what was wrong, when a run fails before it has a folder, and tells it", async () => {
    const { lab, stateOf, planned, last, seen } = fakeLab();
    void lab.plan(path, "text");
    await settled();
    await planned();
    void lab.start(stateOf("plan").shown);
    await settled();
    await last("run").fail(new RuntimeError("storeFailed", "It does not fit.", ""));
    const { starting, failure, plan: known } = stateOf("plan");
    assert.deepEqual([starting, failure?.message, known], [false, "It does not fit.", plan]);
    assert.deepEqual([seen.ended[0]?.run, seen.ended[0]?.failure?.code], [null, "storeFailed"]);
  });

  it("pauses by cancelling the request, also before there is a folder", async () => {
    const { lab, stateOf, begin, last, ends, cancelled, planned } = fakeLab();
    assert.equal(lab.pause(), false);
    void lab.plan(path, "text", { start: true });
    await settled();
    begin();
    assert.equal(lab.pause(), true);
    assert.deepEqual([last("run").options.signal?.aborted, stateOf("run").status], [true, "pausing"]);
    last("run").options.onEvent?.(unitEvent());
    assert.equal(stateOf("run").status, "pausing");
    await ends({ record: paused });
    assert.deepEqual([stateOf("run").status, stateOf("run").unit], ["paused", null]);
    void lab.plan(path, "text", { start: true });
    await settled();
    lab.pause();
    await cancelled("run");
    assert.deepEqual([stateOf("plan").starting, stateOf("plan").failure], [false, null]);
    await planned();
    assert.equal(stateOf("plan").plan, plan, "what it would take is asked for after all");
  });

  it("goes on with a run that was paused, that is shown or stored", async () => {
    const { lab, stateOf, last, seen } = fakeLab(onDisk(paused));
    await lab.open(folder);
    assert.equal(stateOf("run").status, "paused");
    void lab.resumeShown(stateOf("run").shown);
    await settled();
    assert.deepEqual([last("resume").params, stateOf("run").status], [{ folder }, "running"]);
    last("resume").options.onEvent?.({ kind: "begin", folder, record: { ...paused, state: "running" } });
    assert.deepEqual(seen.remembered, [folder]);
    await last<ComparisonResult>("resume").answer({ folder, record: complete, report });
    assert.equal(stateOf("report").report, report);
  });

  it("says why a run cannot be gone on with, and leaves it as it was", async () => {
    const { lab, stateOf, last, seen } = fakeLab(onDisk(paused));
    await lab.open(folder);
    void lab.resume(folder);
    await settled();
    await last("resume").fail(new RuntimeError("invalidRequest", "The data is another.", "Put it back."));
    assert.deepEqual([stateOf("run").status, stateOf("run").failure?.message], ["paused", "The data is another."]);
    seen.untrusted = true;
    await assert.rejects(lab.resume(folder), /not trusted/);
  });

  it("shows a run whose process ended as interrupted, to be gone on with", async () => {
    const { lab, stateOf, begin, last, seen } = fakeLab(onDisk({ ...record, units: { done: 5, total: 78 } }));
    void lab.plan(path, "text", { start: true });
    await settled();
    begin();
    await last("run").fail(runtimeExited("signal SIGKILL"));
    const { status, failure, record: read } = stateOf("run");
    assert.deepEqual([status, failure?.code, read.units.done], ["interrupted", "runtimeExited", 5]);
    assert.equal(seen.ended[0]?.failure?.code, "runtimeExited");
    void lab.resume(folder);
    await settled();
    assert.equal(stateOf("run").status, "running");
  });

  it("shows a failure that is in the record only", async () => {
    const { lab, stateOf, begin, ends } = fakeLab();
    void lab.plan(path, "text", { start: true });
    await settled();
    begin();
    await ends({ record: { ...record, state: "failed", reason: "Arm LoRA: no" } });
    assert.deepEqual([stateOf("run").status, stateOf("run").record.reason], ["failed", "Arm LoRA: no"]);
  });

  it("runs one at a time, and none beside a training, which the plan names and waits for", async () => {
    const { lab, stateOf, begin, ends, asked, seen, planned } = fakeLab(onDisk(paused));
    void lab.plan(path, "text", { start: true });
    await settled();
    begin();
    await lab.plan("/w/other.compare.yaml", "other", { start: true });
    assert.deepEqual([stateOf("plan").busy, stateOf("plan").title, asked.length], ["reviews", "other", 1]);
    await lab.start(stateOf("plan").shown);
    await assert.rejects(lab.resume("/elsewhere"), /a comparison is under way/);
    await assert.rejects(lab.runInBackground(path, "text", {}), /a comparison is under way/);
    assert.equal(asked.length, 1);
    lab.showCurrent();
    assert.equal(stateOf("run").folder, folder);
    await lab.plan("/w/other.compare.yaml", "other");
    seen.other = "films";
    await ends({ record: complete, report });
    assert.deepEqual([stateOf("plan").busy, asked.length], ["films", 1]);
    await assert.rejects(lab.resume(folder), /a training is under way/);
    seen.other = null;
    lab.othersChanged();
    await settled();
    await planned();
    assert.deepEqual([stateOf("plan").busy, stateOf("plan").plan], [null, plan]);
  });

  it("goes on with one run only, however many are asked for at once", async () => {
    const { lab, asked } = fakeLab({ ...onDisk(paused), "/w/other/run.json": JSON.stringify(paused) });
    void lab.resume(folder);
    await assert.rejects(lab.resume("/w/other"), /under way/);
    await settled();
    assert.deepEqual(
      asked.map(({ method }) => method),
      ["resume"],
    );
  });

  it("runs in the background for whoever asks, tells its events, pauses by the signal, and shows it when asked", async () => {
    const { lab, last, begin, ends, stateOf, seen } = fakeLab();
    const abort = new AbortController();
    const events: string[] = [];
    const run = lab.runInBackground(path, "text", { signal: abort.signal, onEvent: ({ kind }) => events.push(kind) });
    await settled();
    begin();
    assert.deepEqual([lab.state.kind, seen.revealed, events], ["empty", 0, ["begin"]]);
    lab.showCurrent();
    assert.equal(stateOf("run").status, "running");
    abort.abort();
    assert.equal(last("run").options.signal?.aborted, true);
    await ends({ record: paused });
    assert.deepEqual([(await run).record.state, seen.ended.length], ["paused", 0]);
    const wrong = lab.runInBackground(path, "wrong settings", {});
    await assert.rejects(wrong, /settings are wrong/);
    assert.equal(lab.running, null);
    const gone = assert.rejects(lab.runInBackground(path, "text", { signal: AbortSignal.abort() }), CancelledError);
    await settled();
    assert.equal(last("run").options.signal?.aborted, true);
    await last("run").fail(new CancelledError());
    await gone;
  });

  it("reads the report of a stored run, and drops it when something else is shown meanwhile", async () => {
    const { lab, last, stateOf } = fakeLab(onDisk(complete));
    const reports: string[] = [];
    lab.onDidReport((one) => reports.push(one.folder));
    void lab.open(folder);
    await settled();
    last("report").options.onProgress?.({ stage: "checking", done: 1, total: 2 });
    assert.deepEqual([stateOf("report").report, stateOf("report").progress?.done], [null, 1]);
    await last<ComparisonReport>("report").answer(report);
    assert.deepEqual([stateOf("report").report, stateOf("report").progress, reports], [report, null, [folder]]);
    void lab.open(folder);
    await settled();
    const { signal } = last("report").options;
    void lab.plan(path, "text");
    assert.equal(signal?.aborted, true);
    await last("report").fail(new CancelledError());
    assert.equal(reports.length, 1);
  });

  it("says why a report cannot be read, and that a folder is none", async () => {
    const { lab, last, stateOf } = fakeLab({ ...onDisk(complete), "/w/x/run.json": '{"kind":"comparison"}' });
    void lab.open(folder);
    await settled();
    await last("report").fail(new RuntimeError("storeFailed", "units.jsonl is damaged.", ""));
    assert.equal(stateOf("report").failure?.message, "units.jsonl is damaged.");
    await assert.rejects(lab.open("/elsewhere"), /not the folder of a comparison/);
    await assert.rejects(lab.open("/w/x"), /not the folder of a comparison: run\.json/);
  });

  it("restores what a page of the session before showed, and never throws for it", async () => {
    const { lab, stateOf } = fakeLab(onDisk({ ...record, state: "running" }));
    await lab.restore("/gone");
    assert.equal(lab.state.kind, "empty");
    await lab.restore(folder);
    assert.equal(stateOf("run").status, "interrupted");
  });

  it("runs a file again as it is now, and with its text at that time where it is gone", async () => {
    for (const [texts, expected] of [
      [{ [record.params.source.path]: "edited" }, "edited"],
      [{}, record.text],
    ] as const) {
      const { lab, last, stateOf } = fakeLab(onDisk(paused), texts);
      await lab.open(folder);
      void lab.repeat(stateOf("run").shown);
      await settled();
      const { source } = last("run").params as ComparisonParams;
      assert.deepEqual([source.text, source.path], [expected, record.params.source.path]);
    }
  });

  it("writes a report as a file", async () => {
    const { lab, last, seen } = fakeLab(onDisk(complete));
    const exported = lab.export(folder, "md");
    await settled();
    assert.deepEqual(last("export").params, { folder, form: "md" });
    await last<string>("export").answer("# reviews\n");
    await exported;
    assert.deepEqual(seen.saved, [{ name: "reviews", form: "md", text: "# reviews\n" }]);
  });

  it("sends events together, the newest state only, and nothing while the panel is hidden", async () => {
    const { lab, begin, last, clock } = fakeLab();
    const states: ComparisonPanelState[] = [];
    const view = { show: (state: ComparisonPanelState) => void states.push(state) };
    lab.store.attach(view);
    void lab.plan(path, "text", { start: true });
    await settled();
    begin();
    clock.advance(1000);
    const before = states.length;
    for (let done = 1; done <= 50; done++) last("run").options.onEvent?.({ ...unitEvent(), done });
    assert.equal(states.length, before);
    clock.advance(1000);
    const shown = states.slice(before);
    assert.deepEqual(
      shown.map((state) => (state.kind === "run" ? state.unit?.done : state.kind)),
      [50],
    );
    lab.store.detach();
    last("run").options.onEvent?.(unitEvent());
    clock.advance(1000);
    assert.equal(states.length, before + 1);
    lab.store.attach(view);
    assert.equal(states.length, before + 2);
  });

  it("lets a run go on when the panel is closed, and ends what was only worked out for it", async () => {
    const { lab, last, begin, ends, stateOf, cancelled } = fakeLab();
    void lab.plan(path, "text");
    await settled();
    lab.close();
    assert.deepEqual([lab.state.kind, last("plan").options.signal?.aborted], ["empty", true]);
    await cancelled("plan");
    void lab.plan(path, "text", { start: true });
    await settled();
    begin();
    lab.close();
    assert.equal(last("run").options.signal?.aborted, false);
    lab.showCurrent();
    assert.equal(stateOf("run").status, "running");
    await ends({ record: complete, report });
    assert.equal(lab.running, null);
  });
});
