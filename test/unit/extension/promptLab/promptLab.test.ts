import assert from "node:assert/strict";
import type { CompareView } from "../../../../src/extension/promptLab/compareStore";
import { type LabParts, PromptLab } from "../../../../src/extension/promptLab/promptLab";
import type { RunFiles } from "../../../../src/extension/promptLab/runFolder";
import type { CallOptions } from "../../../../src/extension/runtimeClient";
import type { CellBrief, CompareHeader } from "../../../../src/runtime/comparePanelProtocol";
import { CancelledError, notAModelFolder } from "../../../../src/runtime/errors";
import type {
  PromptCell,
  PromptRunEvent,
  PromptRunParams,
  PromptRunResult,
  RunRecord,
} from "../../../../src/runtime/promptProtocol";
import { FakeClock, modelInfo, recordingLogger } from "../support";

const source = { path: "/projects/a.prompt.yaml", text: "task: classification" };

function cell(variant: number, item: number, more: Partial<PromptCell> = {}): PromptCell {
  const candidates = ["yes", "no"].map((answer, i) => ({
    answer,
    words: [{ text: ` ${answer}`, logprob: -1 - i, tokens: 1 }],
    ...{ score: -1 - i, probability: i === 0 ? 0.73 : 0.27 },
  }));
  return {
    ...{
      variant,
      item,
      candidates,
      output: "yes",
      tokens: [],
      gold: "yes",
      correct: true,
      logprob: -1,
      logprobTokens: 1,
    },
    ...{ promptTokens: 10, shots: 0, dropped: 0, truncated: 0, ms: 5, cached: false },
    ...more,
  };
}

function record(complete: boolean): RunRecord {
  const zero = {
    rule: "sum",
    cells: 2,
    judged: 2,
    correct: 1,
    accuracy: null,
    meanLogprob: -1,
    promptTokens: 20,
    ms: 10,
  };
  return {
    ...{
      version: 1,
      id: "r",
      startedAt: "2026-01-01T00:00:00Z",
      file: "a.prompt.yaml",
      text: source.text,
      overrides: {},
    },
    model: { name: "model", folder: "/model", sha256: "x", device: "cpu", contextLength: 512 },
    ...{ data: {}, versions: { gptWorkbench: "1", onnxruntime: "1" }, task: "classification", items: 2 },
    variants: ["a", "b"].map((name) => ({ ...zero, name, bias: null, overconfidence: null })),
    ...{ complete, elapsedMs: 40 },
  };
}

const begin: PromptRunEvent = {
  ...{ kind: "begin", model: modelInfo, task: "classification", total: 4, notes: ["A note."] },
  variants: [
    { name: "a", rule: "sum" },
    { name: "b", rule: "sum" },
  ],
};
const items: PromptRunEvent = {
  ...{ kind: "items", from: 0 },
  items: [
    { fields: { text: "one" }, gold: "yes" },
    { fields: { text: "two" }, gold: "yes" },
  ],
};

interface Call {
  readonly params: PromptRunParams;
  readonly options: CallOptions<PromptRunEvent>;
  resolve(result: PromptRunResult): void;
  reject(error: unknown): void;
}

function make() {
  const calls: Call[] = [];
  const disk = new Map<string, string>();
  const clock = new FakeClock();
  const log = recordingLogger();
  const files: RunFiles = {
    read: async (folder, name) => {
      const text = disk.get(`${folder}/${name}`);
      return text === undefined ? null : new TextEncoder().encode(text);
    },
    write: async (folder, name, text) => void disk.set(`${folder}/${name}`, text),
  };
  let revealed = 0;
  const parts: LabParts = {
    client: {
      run: (params, options) => new Promise((resolve, reject) => void calls.push({ params, options, resolve, reject })),
      preview: () => Promise.reject(new Error("not asked")),
    },
    models: { compare: () => Promise.reject(new Error("not asked")) },
    files,
    host: {
      model: async () => ({ folder: "/model", device: "cpu" }),
      folders: () => ({ cache: "/cache", runs: "/runs" }),
      currentText: async () => "newer text",
      reveal: () => void revealed++,
    },
    ...{ clock, log },
  };
  const lab = new PromptLab(parts);
  return { lab, calls, disk, clock, log, revealed: () => revealed };
}

function recordingView() {
  const headers: CompareHeader[] = [];
  const cells = new Map<string, CellBrief>();
  const seen: number[] = [];
  const view: CompareView = {
    show: (header) => void headers.push(header),
    addItems: (batch) => void seen.push(...batch.items.map((_, i) => batch.from + i)),
    addCells: (batch) => {
      for (const one of batch.cells) cells.set(`${one.variant}/${one.item}`, one);
    },
    showMarks: () => undefined,
  };
  return { view, headers, cells, seen };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function started(made: ReturnType<typeof make>) {
  const run = made.lab.run({ title: "A", source });
  await turn();
  const call = made.calls.at(-1) ?? assert.fail("nothing was run");
  call.options.onEvent?.(begin);
  call.options.onEvent?.(items);
  call.options.onEvent?.({ kind: "cells", cells: [cell(0, 0), cell(1, 0, { output: "no", correct: false })] });
  return { run, call };
}

const status = ({ lab }: ReturnType<typeof make>) => {
  const { header } = lab.store;
  return header.kind === "run" ? header.status.kind : "empty";
};

describe("promptLab", () => {
  it("asks with cache and runs folders, streams cells into the view together, and stores what it heard", async () => {
    const made = make();
    const { view, headers, cells, seen } = recordingView();
    made.lab.store.attach(view);
    const { run, call } = await started(made);
    assert.deepEqual([call.params.cache, call.params.runs, call.params.priority], ["/cache", "/runs", "batch"]);
    assert.equal(cells.size, 0, "cells wait to be sent together");
    made.clock.advance(200);
    assert.deepEqual(
      [[...cells.keys()], seen],
      [
        ["0/0", "1/0"],
        [0, 1],
      ],
    );
    const header = headers.at(-1);
    assert.ok(header?.kind === "run" && header.status.kind === "running");
    assert.deepEqual([header.done, header.total, header.notes], [2, 4, ["A note."]]);
    assert.deepEqual(
      header.summaries.map(({ judged, correct, accuracy }) => [judged, correct, accuracy?.value]),
      [
        [1, 1, 1],
        [1, 0, 0],
      ],
    );
    const stored: string[] = [];
    made.lab.onDidStoreRun((folder) => stored.push(folder));
    call.resolve({ record: record(true), folder: "/runs/r", recalibrated: [cell(1, 0)] });
    await run;
    assert.deepEqual([status(made), stored, made.lab.running], ["complete", ["/runs/r"], false]);
    assert.equal(made.lab.store.run?.cell(1, 0)?.output, "yes", "the recalibrated cell took its place");
  });

  it("stops with what it has, and resumes with the same text and model, keeping the marks", async () => {
    const made = make();
    const { run, call } = await started(made);
    const { run: shown } = { run: made.lab.store.run ?? assert.fail() };
    made.lab.mark(shown.number, { variant: 0, item: 0, rating: "good", note: "", pinned: true });
    made.lab.stop();
    assert.ok(call.options.signal?.aborted);
    call.resolve({ record: record(false), folder: "/runs/r", recalibrated: [] });
    await run;
    assert.equal(status(made), "stopped");
    const resumed = made.lab.resume();
    await turn();
    const second = made.calls[1] ?? assert.fail("it did not run again");
    assert.deepEqual(second.params, call.params);
    second.resolve({ record: record(true), folder: "/runs/s", recalibrated: [] });
    await resumed;
    assert.deepEqual(made.lab.store.run?.marks.get("0/0")?.rating, "good");
  });

  it("runs again with the prompt file as it is now", async () => {
    const made = make();
    const { run, call } = await started(made);
    call.resolve({ record: record(true), folder: null, recalibrated: [] });
    await run;
    const again = made.lab.runAgain();
    await turn();
    assert.equal(made.calls[1]?.params.source.text, "newer text");
    made.calls[1]?.reject(new CancelledError());
    await again;
    assert.equal(status(made), "stopped");
  });

  it("shows why a run failed, and lets a newer run take the place of one under way", async () => {
    const made = make();
    const { run, call } = await started(made);
    const other = made.lab.run({ title: "B", source });
    assert.ok(call.options.signal?.aborted);
    call.reject(new CancelledError());
    await run;
    await turn();
    assert.equal(status(made), "preparing", "the end of the run before changes nothing");
    made.calls[1]?.reject(notAModelFolder("/model", "config.json"));
    await other;
    const { header } = made.lab.store;
    assert.ok(
      header.kind === "run" && header.status.kind === "failed" && header.status.error.code === "notAModelFolder",
    );
    assert.equal(made.revealed(), 2);
  });

  it("writes marks with the run's folder, reads them back, and moves them where two runs are compared", async () => {
    const made = make();
    const { run, call } = await started(made);
    call.resolve({ record: record(true), folder: "/w/.gpt-workbench/runs/r", recalibrated: [] });
    await run;
    made.lab.mark(made.lab.store.run?.number, { variant: 1, item: 0, rating: "bad", note: "why", pinned: false });
    await made.lab.saved();
    const folder = "/w/.gpt-workbench/runs/r";
    const notes = JSON.parse(made.disk.get(`${folder}/notes.json`) ?? "");
    assert.deepEqual([notes.file, notes.marks.length], ["../../../../projects/a.prompt.yaml", 1]);
    const line = (value: unknown) => `${JSON.stringify(value)}\n`;
    made.disk.set(`${folder}/run.json`, line(record(true)));
    made.disk.set(`${folder}/items.jsonl`, items.kind === "items" ? items.items.map(line).join("") : "");
    made.disk.set(`${folder}/predictions.jsonl`, `${line(cell(0, 0))}not json\n${line(cell(1, 0))}{"cut":`);
    await made.lab.open(folder);
    const opened = made.lab.store.run ?? assert.fail();
    assert.equal(opened.marks.get("1/0")?.note, "why");
    assert.equal(opened.done, 2);
    assert.match(opened.notes.join(), /predictions\.jsonl: 1 lines/);
    await made.lab.compareRuns(folder, folder);
    const two = made.lab.store.run ?? assert.fail();
    assert.deepEqual(
      two.variants.map(({ name }) => name),
      ["A · a", "A · b", "B · a", "B · b"],
    );
    assert.equal(two.marks.get("3/0")?.note, "why");
    assert.deepEqual(
      [two.items.length, two.done, made.lab.store.header.kind === "run" && made.lab.store.header.repeatable],
      [2, 4, false],
    );
  });

  it("refuses a folder that is no run, and marks that are none of ours", async () => {
    const made = make();
    await assert.rejects(made.lab.open("/nowhere"), { code: "invalidRequest" });
    made.disk.set("/bad/run.json", '{"version": 2}');
    await assert.rejects(made.lab.open("/bad"), { code: "invalidRequest" });
    await made.lab.restore(["/bad"]);
    assert.match(made.log.lines.join(), /could not be restored/);
    assert.throws(() => made.lab.mark(1, { variant: -1 }));
  });

  it("sends a large run bit by bit when the panel is shown anew", async () => {
    const made = make();
    const { run, call } = await started(made);
    const many = Array.from({ length: 1000 }, (_, i) => ({ fields: { text: String(i) }, gold: null }));
    call.options.onEvent?.({ kind: "items", from: 0, items: many });
    call.options.onEvent?.({ kind: "cells", cells: many.map((_, item) => cell(0, item)) });
    const { view, cells, seen } = recordingView();
    made.lab.store.attach(view);
    assert.ok(seen.length < 1000 && cells.size < 1000);
    for (let i = 0; i < 10; i++) made.clock.advance(1);
    assert.deepEqual([seen.length, cells.size], [1000, 1001]);
    made.lab.store.detach();
    call.options.onEvent?.({ kind: "cells", cells: [cell(1, 5)] });
    made.clock.advance(1000);
    assert.equal(cells.size, 1001, "nothing is sent to a hidden panel");
    call.reject(new CancelledError());
    await run;
  });
});
