import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openModelFolder } from "../../../../src/runtime/checkpoint/store";
import { fixture, withFolder } from "../checkpoint/support";
import { writeTinyClassifier } from "../engine/tinyClassifier";
import { gptw, jsonLines } from "./fakeTerminal";

async function withClassifier(
  task: "classification" | "multipleChoice",
  work: (model: readonly string[], folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (parent) => {
    const folder = join(parent, "model");
    await writeTinyClassifier(folder, { task, ...(task === "multipleChoice" && { labels: [] }) });
    await work(["classify", "--model", folder, "--device", "cpu"], parent);
  });
}

describe("gptw classify", function () {
  this.timeout(240_000);

  it("classifies a text of standard input, and each of its lines", () =>
    withClassifier("classification", async (command) => {
      const text = "A warm film.\n\nA dull one.\r\n";
      const whole = await gptw([...command, "--json"], { input: text });
      assert.equal(whole.code, 0, whole.err);
      const [line] = jsonLines(whole.out);
      assert.deepEqual(Object.keys(line ?? {}), ["line", "labels", "tokens", "truncated"]);
      const labels = line?.labels as { label: string; probability: number }[];
      assert.deepEqual(new Set(labels.map(({ label }) => label)), new Set(["negative", "positive"]));
      const total = labels.reduce((sum, { probability }) => sum + probability, 0);
      assert.ok(Math.abs(total - 1) < 1e-9);
      const lines = await gptw([...command, "--lines", "-"], { input: text });
      assert.deepEqual(
        lines.out
          .trimEnd()
          .split("\n")
          .map((row) => row.split("\t")[0]),
        ["1", "3"],
      );
      assert.match(lines.out, /^1\t(negative|positive) 0\.\d{4}\t(negative|positive) 0\.\d{4}\n/);
    }));

  it("classifies the rows of a data file, and counts those that agree", () =>
    withClassifier("classification", async (command, folder) => {
      const file = join(folder, "data.tsv");
      await writeFile(file, "sentence\tgold\na good film\tpositive\na bad film\tnegative\nbad\tother\n");
      const { code, out, err } = await gptw([
        ...command,
        "--data",
        file,
        "--column",
        "text=sentence",
        "--column",
        "label=gold",
        "--json",
      ]);
      assert.equal(code, 0, err);
      const rows = jsonLines(out);
      assert.deepEqual(
        rows.map(({ line }) => line),
        [2, 3, 4],
      );
      const best = rows.map(({ labels }) => (labels as { label: string }[])[0]?.label);
      const right = ["positive", "negative", "other"].filter((gold, i) => gold === best[i]).length;
      assert.match(err, new RegExp(`^${right} of 3 `));
      const bare = join(folder, "bare.jsonl");
      await writeFile(bare, '{"text": "a film"}\n');
      const unlabelled = await gptw([...command, "--data", bare]);
      assert.deepEqual([unlabelled.code, unlabelled.err], [0, ""]);
    }));

  it("tells choices by their texts", () =>
    withClassifier("multipleChoice", async (command, folder) => {
      const file = join(folder, "data.jsonl");
      await writeFile(file, '{"context": "It fell, so", "choices": ["it broke", "it sang", "it ran"], "label": 0}\n');
      const { code, out, err } = await gptw([...command, "--data", file, "--json"]);
      assert.equal(code, 0, err);
      const labels = jsonLines(out)[0]?.labels as { label: string }[];
      assert.deepEqual(new Set(labels.map(({ label }) => label)), new Set(["it broke", "it ran", "it sang"]));
      assert.match(err, /^[01] of 1 /);
    }));

  it("tells what is wrong", () =>
    withClassifier("classification", async (command, folder) => {
      const file = join(folder, "data.csv");
      await writeFile(file, 'text\n""\n');
      const usage = await gptw([...command, "--data", file, "--column", "premise=text"]);
      assert.equal(usage.code, 2);
      assert.match(usage.err, /premise/);
      assert.equal((await gptw([...command, "--data", file, "x.txt"])).code, 2);
      assert.equal((await gptw([...command, "--data", file, "--column", "text"])).code, 2);
      assert.equal((await gptw([...command, "--column", "text=x"], { input: "x" })).code, 2);
      const model = await gptw(["classify", "--model", fixture("gpt2-tiny"), "--device", "cpu"], { input: "x" });
      assert.equal(model.code, 1);
      assert.match(model.err, /gpt2-tiny/);
    }));
});

describe("gptw merge", function () {
  this.timeout(240_000);
  const base = fixture("gpt2-tiny");
  const adapter = join(base, "train/lora_c_attn");

  it("writes the merged model", () =>
    withFolder(async (parent) => {
      const target = join(parent, "merged");
      const missing = await gptw(["merge", adapter, target]);
      assert.equal(missing.code, 1);
      assert.match(missing.err, /--base/);
      assert.ok(!existsSync(target));
      const { code, err } = await gptw(["merge", adapter, target, "--base", base]);
      assert.equal(code, 0, err);
      assert.equal((await openModelFolder(target)).adapter, null);
      const again = await gptw(["merge", adapter, target, "--base", base]);
      assert.equal(again.code, 1);
      const none = await gptw(["merge", base, join(parent, "other")]);
      assert.equal(none.code, 1);
      assert.equal((await gptw(["merge", adapter])).code, 2);
    }));
});
