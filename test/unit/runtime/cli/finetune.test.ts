import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sentences, tinyModel, writeRows } from "../training/tinyTraining";
import { gptw, jsonLines } from "./fakeTerminal";

describe("gptw finetune", function () {
  this.timeout(120_000);
  let parent: string;
  let args: readonly string[];
  before(async () => {
    parent = mkdtempSync(join(tmpdir(), "gptw-finetune-"));
    const data = writeRows(parent, "sentences.jsonl", sentences(40));
    args = [
      ...["finetune", "--model", await tinyModel(parent), "--device", "cpu", "--runs", join(parent, "runs")],
      ...["--data", data, "--task", "classification", "--batch-size", "8", "--epochs", "2"],
    ];
  });
  after(() => rmSync(parent, { recursive: true, force: true }));

  it("trains, tells what dev and test say, and where the model is", async () => {
    const { code, out, err } = await gptw([...args, "--method", "head", "--name", "first"]);
    assert.equal(code, 0, err);
    for (const word of ["completed", "8 of 8", "dev", "test", "the most frequent label 50.0 %"])
      assert.ok(out.includes(word), `"${out}" lacks "${word}"`);
    assert.ok(existsSync(/^model\s+(.*)$/m.exec(out)?.[1] ?? ""), out);
    for (const word of ["Run: ", "first", "dev after step 4", "step 8 of 8"]) assert.ok(err.includes(word), word);
  });

  it("pauses on an interrupt with exit code 130, and goes on with --resume", async () => {
    const interrupt = new AbortController();
    const onOut = (out: string) => {
      if (out.includes('"kind":"step"')) interrupt.abort();
    };
    const paused = await gptw([...args, "--method", "lora", "--json"], { signal: interrupt.signal, onOut });
    assert.equal(paused.code, 130, paused.err);
    const end = jsonLines(paused.out).at(-1) as {
      kind: string;
      folder: string;
      record: { state: string; step: number };
    };
    assert.deepEqual([end.kind, end.record.state], ["result", "paused"]);
    assert.ok(existsSync(join(end.folder, "checkpoint/state.safetensors")));
    const resumed = await gptw(["finetune", "--resume", end.folder, "--json"]);
    assert.equal(resumed.code, 0, resumed.err);
    const steps = jsonLines(resumed.out).flatMap(({ kind, step }) => (kind === "step" ? [step] : []));
    assert.deepEqual(
      steps,
      Array.from({ length: 8 - end.record.step }, (_, i) => end.record.step + 1 + i),
    );
  });

  it("ends before the first step when it is interrupted there", async () => {
    const interrupt = new AbortController();
    interrupt.abort();
    const { code } = await gptw([...args, "--method", "full"], { signal: interrupt.signal });
    assert.equal(code, 130);
  });

  it("tells what is wrong with the data, by file and line, with exit code 1", async () => {
    const data = writeRows(parent, "wrong.jsonl", [{ text: "a", label: "b" }, { text: "c" }]);
    const { code, out, err } = await gptw([...args.map((arg) => (arg.endsWith("sentences.jsonl") ? data : arg))]);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /wrong\.jsonl:2/);
    assert.match(err, /--skip-bad-rows/);
  });

  it("tells how to name columns when no row has what the task needs", async () => {
    const data = writeRows(parent, "columns.jsonl", [
      { sentence: "a", label: "b" },
      { sentence: "c", label: "d" },
    ]);
    const { code, err } = await gptw([...args.map((arg) => (arg.endsWith("sentences.jsonl") ? data : arg))]);
    assert.equal(code, 1);
    assert.match(err, /fields text, label, the file has the columns sentence, label: .*--column FIELD=COLUMN/);
    assert.doesNotMatch(err, /--skip-bad-rows/);
  });
});
