/** `gptw pretrain` on small folders of text. */
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileExists } from "../../../../src/runtime/textFile";
import { root, withFolder } from "../checkpoint/support";
import { gptw, jsonLines } from "./fakeTerminal";

const small = ["--layers", "1", "--heads", "2", "--width", "16", "--context", "16", "--vocabulary", "300"];
const quick = ["--steps", "6", "--batch-size", "4", "--evaluate-every", "3", "--checkpoint-every", "2"];

/** Runs `use` in a folder with text, and an empty one for runs. */
function withText<T>(use: (text: string, runs: string) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    const text = join(folder, "text");
    await mkdir(text);
    const source = await readFile(join(root, "docs/architecture.md"), "utf8");
    await writeFile(join(text, "a.md"), source.slice(0, 6000));
    await writeFile(join(text, "b.md"), source.slice(6000, 9000));
    await writeFile(join(text, "c.txt"), "no markdown");
    return use(text, join(folder, "runs"));
  });
}

describe("gptw pretrain", function () {
  this.timeout(120_000);

  it("tells what text it would take", () =>
    withText(async (text) => {
      const { code, out } = await gptw([
        "pretrain",
        "--root",
        text,
        "--include",
        "*.md",
        "--exclude",
        "b*",
        "--preview",
      ]);
      assert.equal(code, 0);
      assert.match(out, /^1 files, 6\.\d kB\nleft out, excluded: 1 files\n +6\.\d kB {2}a\.md\n$/);
    }));

  it("trains a model, copies it, and samples text", () =>
    withText(async (text, runs) => {
      const out = join(runs, "../copy");
      const args = ["--root", text, "--runs", runs, "--device", "cpu", "--sample-every", "6", "--out", out, "--json"];
      const done = await gptw(["pretrain", ...args, ...small, ...quick]);
      assert.equal(done.code, 0, done.err);
      const events = jsonLines(done.out);
      const kinds = events.map(({ kind }) => kind);
      for (const kind of ["begin", "stage", "step", "evaluation", "sample", "checkpoint", "result"])
        assert.ok(kinds.includes(kind), kind);
      assert.equal(kinds.filter((kind) => kind === "step").length, 6);
      const told = await gptw(["generate", "--model", out, "--device", "cpu", "--max-new-tokens", "4", "The"]);
      assert.equal(told.code, 0, told.err);
      const again = await gptw(["pretrain", ...args, ...small, ...quick]);
      assert.equal(again.code, 1);
      assert.match(again.err, /copy: is there already/);
    }));

  it("pauses on an interrupt, and goes on", () =>
    withText(async (text, runs) => {
      const interrupt = new AbortController();
      const onOut = (out: string) => void (out.includes('"kind":"step"') && interrupt.abort());
      const args = ["--root", text, "--runs", runs, "--device", "cpu", "--sample-every", "0", "--json"];
      const begun = ["pretrain", ...args, ...small, ...quick];
      const paused = await gptw(begun, { signal: interrupt.signal, onOut });
      assert.equal(paused.code, 130, paused.err);
      const [run = ""] = await readdir(runs);
      assert.ok(!(await fileExists(join(runs, run, "model"))));
      const resumed = await gptw(["pretrain", "--resume", join(runs, run), "--json"]);
      assert.equal(resumed.code, 0, resumed.err);
      const steps = (out: string) => jsonLines(out).flatMap(({ kind, step }) => (kind === "step" ? [step] : []));
      assert.deepEqual([...steps(paused.out), ...steps(resumed.out)], [1, 2, 3, 4, 5, 6]);
      assert.ok(await fileExists(join(runs, run, "model/model.safetensors")));
    }));

  for (const [args, problem] of [
    [["--preset", "gpt9"], /there is no size "gpt9"/],
    [["--preset", "gpt1", "--config", "x"], /--preset or --config/],
    [["--model", "x", "--vocabulary", "300"], /--vocabulary does not go with --model/],
    [["--tokenizer", "x", "--vocabulary", "300"], /--vocabulary or --tokenizer/],
    [["--vocabulary", "20"], /--vocabulary must be a whole number from 257/],
    [["--resume", "x", "--steps", "3"], /--steps does not go with --resume/],
    [["--decay", "steep"], /--decay must be one of/],
    [["text"], /"text" is not expected/],
  ] as const)
    it(`refuses ${args.join(" ")}`, async () => {
      const { code, err } = await gptw(["pretrain", ...args]);
      assert.equal(code, 2);
      assert.match(err, problem);
    });
});
