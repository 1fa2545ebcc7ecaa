/** `gptw run`, in this process, on the samples' reviews. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import type { PromptCell, RunRecord } from "../../../../src/runtime/promptProtocol";
import { RuntimeService } from "../../../../src/runtime/service";
import { root, withFolder } from "../checkpoint/support";
import { gptw } from "./fakeTerminal";

const starter = ["--model", join(root, "media/models/starter"), "--device", "cpu"];
const reviews = readFileSync(join(root, "samples/reviews.jsonl"), "utf8");

const yaml = `task: classification
labels:
  positive: positive
  negative: negative
input:
  file: reviews.jsonl
demonstrations:
  from:
    file: reviews.jsonl
  k: 0
variants:
  - name: review
    template: "Review: {{ text }}\\nSentiment: {{ answer }}"
  - name: was it
    template: "{{ text }}\\nIt was {{ answer }}"
`;

/** Runs in a folder with a prompt file and its data. */
async function withPrompt(work: (folder: string, file: string) => Promise<void>, text = yaml): Promise<void> {
  await withFolder(async (folder) => {
    await writeFile(join(folder, "reviews.jsonl"), reviews);
    const file = join(folder, "reviews.prompt.yaml");
    await writeFile(file, text);
    await work(folder, file);
  });
}

describe("gptw run", function () {
  this.timeout(240_000);

  it("sums up every variant on standard output, and tells its progress on standard error", async () => {
    await withPrompt(async (_, file) => {
      const { code, out, err } = await gptw(["run", ...starter, file]);
      assert.equal(code, 0, err);
      const lines = out.trimEnd().split("\n");
      assert.equal(lines.length, 3);
      assert.match(lines[1] ?? "", /^review +perToken +40 +0\.\d{3} \(0\.\d{3}–0\.\d{3}\), \d+ of 40 /);
      assert.match(lines[2] ?? "", /^was it /);
      const counts = Array.from(err.matchAll(/(\d+) of (\d+) answers/g), ([, done, total]) => [
        Number(done),
        Number(total),
      ]);
      assert.ok(counts.length > 0 && counts.every(([done = 0, total]) => done <= 80 && total === 80), err);
    });
  });

  it("gives what the service gives, in every form of report", async () => {
    await withPrompt(async (folder, file) => {
      const out = (form: string) => join(folder, `report.${form}`);
      const outputs = ["json", "csv", "md", "html"].flatMap((form) => ["--out", out(form)]);
      const chosen = ["--variants", "review", "--shots", "2", "--seed", "5", "--limit", "6"];
      const { code, err } = await gptw(["run", ...starter, ...chosen, ...outputs, file]);
      assert.equal(code, 0, err);
      const json: { record: RunRecord; cells: PromptCell[] } = JSON.parse(await readFile(out("json"), "utf8"));
      const service = new RuntimeService();
      const cells: PromptCell[] = [];
      const overrides = { variants: ["review"], k: 2, seed: 5, limit: 6 };
      const model = { folder: join(root, "media/models/starter"), device: "cpu" } as const;
      await service.prompts.run(
        { model, source: { path: file, text: yaml }, overrides },
        { signal: new AbortController().signal },
        (event) => event.kind === "cells" && cells.push(...event.cells),
      );
      await service.dispose();
      assert.deepEqual(json.record.overrides, overrides);
      assert.equal(json.cells.length, 6);
      for (const [i, cell] of json.cells.entries()) {
        assert.deepEqual([cell.output, cell.gold, cell.shots], [cells[i]?.output, cells[i]?.gold, 2]);
        for (const [c, { score }] of (cell.candidates ?? []).entries())
          assert.ok(Math.abs(score - (cells[i]?.candidates?.[c]?.score ?? 9)) < 1e-4);
      }
      const rows: Record<string, string>[] = parse(await readFile(out("csv"), "utf8"), { columns: true });
      assert.deepEqual(
        rows.map(({ output }) => output),
        json.cells.map(({ output }) => output),
      );
      assert.match(await readFile(out("md"), "utf8"), /# Run of reviews\.prompt\.yaml/);
      assert.match(await readFile(out("html"), "utf8"), /^<!DOCTYPE html>/);
    });
  });

  it("fails by the exit code when a variant stays under a bound, and says which", async () => {
    await withPrompt(async (_, file) => {
      const base = ["run", ...starter, "--limit", "8", file];
      assert.equal((await gptw([...base, "--fail-under", "accuracy=0"])).code, 0);
      const missed = await gptw([...base, "--fail-under", "accuracy=1", "--fail-under", "logprob=0"]);
      assert.equal(missed.code, 1);
      for (const name of ["review", "was it"]) {
        assert.ok(missed.err.includes(`gptw: variant "${name}": accuracy is 0.`), missed.err);
        assert.ok(missed.err.includes(`gptw: variant "${name}": logprob is -`), missed.err);
      }
    });
  });

  it("cannot reach an accuracy where no right answer is known", async () => {
    await withPrompt(async (folder, file) => {
      await writeFile(join(folder, "reviews.jsonl"), '{"text": "one"}\n{"text": "two"}\n');
      const { code, err } = await gptw(["run", ...starter, "--shots", "0", "--fail-under", "accuracy=0", file]);
      assert.equal(code, 1);
      assert.match(err, /accuracy is not known/);
    });
  });

  it("keeps a record and a cache, and computes nothing twice", async () => {
    await withPrompt(async (folder, file) => {
      const [record, cache, out] = ["runs", "cache", "report.json"].map((name) => join(folder, name));
      const args = [
        "run",
        ...starter,
        "--limit",
        "5",
        "--record",
        record ?? "",
        "--cache",
        cache ?? "",
        "--out",
        out ?? "",
      ];
      assert.equal((await gptw([...args, file])).code, 0);
      const again = await gptw([...args, file]);
      assert.ok(again.err.includes(record ?? ""), again.err);
      assert.equal((await readdir(record ?? "")).length, 2);
      const { cells }: { cells: PromptCell[] } = JSON.parse(await readFile(out ?? "", "utf8"));
      assert.ok(cells.length === 10 && cells.every(({ cached }) => cached));
    });
  });

  it("shows prompts with their tokens without running them", async () => {
    await withPrompt(async (_, file) => {
      const { code, out, err } = await gptw(["run", ...starter, "--preview", "2", "--shots", "1", file]);
      assert.equal(code, 0, err);
      assert.ok(out.includes("Review: Fits perfectly"), out);
      assert.ok(out.includes('" positive"'), out);
      assert.match(out, /^review: \d+ \+ \d+ of 512 tokens; 1 demonstrations, 0 left out/);
    });
  });

  it("compares arrangements of demonstrations, and says how they spread", async () => {
    await withPrompt(async (_, file) => {
      const args = [
        "run",
        ...starter,
        "--shots",
        "3",
        "--limit",
        "4",
        "--variants",
        "review",
        "--sensitivity",
        "order",
      ];
      const { code, out, err } = await gptw([...args, file]);
      assert.equal(code, 0, err);
      assert.match(out, /^order +accuracy\n/);
      assert.match(
        out,
        /best 0\.\d+, worst 0\.\d+, mean 0\.\d+, standard deviation 0\.\d+: all 6 arrangements over 4 inputs/,
      );
      const json: { arms: { value: number }[]; best: number } = JSON.parse((await gptw([...args, "--json", file])).out);
      assert.equal(json.arms.length, 6);
      assert.equal(json.best, Math.max(...json.arms.map(({ value }) => value)));
    });
  });

  it("takes the model that the file names, relative to it", async () => {
    const model = join(root, "media/models/starter");
    await withPrompt(async (_, file) => {
      assert.equal((await gptw(["run", "--device", "cpu", "--limit", "1", file])).code, 0);
    }, `model: ${model}\n${yaml}`);
  });

  it("reads no data outside of the folder of the file, unless --root says so", async () => {
    await withPrompt(async (folder) => {
      const inner = join(folder, "inner");
      await mkdir(inner);
      const file = join(inner, "reviews.prompt.yaml");
      await writeFile(file, yaml.replaceAll("reviews.jsonl", "../reviews.jsonl"));
      const refused = await gptw(["run", ...starter, "--limit", "1", file]);
      assert.equal(refused.code, 1);
      assert.ok(refused.err.includes("../reviews.jsonl"), refused.err);
      assert.equal((await gptw(["run", ...starter, "--limit", "1", "--root", folder, file])).code, 0);
    });
  });

  it("ends with 130 when it is interrupted", async () => {
    await withPrompt(async (_, file) => {
      const { code } = await gptw(["run", ...starter, file], { signal: AbortSignal.abort() });
      assert.equal(code, 130);
    });
  });

  it("names the file, line and column of what is wrong with a prompt file", async () => {
    await withPrompt(async (_, file) => {
      const { code, err } = await gptw(["run", ...starter, file]);
      assert.equal(code, 1);
      assert.match(err, /reviews\.prompt\.yaml:2:\d+: /);
    }, "task: classification\nvariants: nothing\n");
    const gone = await gptw(["run", ...starter, "nowhere.prompt.yaml"]);
    assert.equal(gone.code, 1);
    assert.ok(gone.err.includes("nowhere.prompt.yaml"), gone.err);
  });
});
