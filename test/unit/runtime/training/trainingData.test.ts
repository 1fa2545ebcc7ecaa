/** Labelled data: columns and labels, parts, what is left out, what is wrong, and what a preview tells. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CancelledError, RuntimeError, type RuntimeErrorCode } from "../../../../src/runtime/errors";
import { labelOrder } from "../../../../src/runtime/training/itemFile";
import { previewTrainingData } from "../../../../src/runtime/training/preview";
import { loadTrainingData } from "../../../../src/runtime/training/trainingData";
import type { TaskType, TrainingData } from "../../../../src/runtime/trainingDataProtocol";

describe("labelled data", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "gptw-labelled-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const jsonLines = (name: string, rows: readonly object[]) =>
    write(name, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  /** Everything is trained on, unless `more` says otherwise. */
  const dataOf = (path: string, task: TaskType, more: Partial<TrainingData> = {}): TrainingData => ({
    ...{ path, task, devShare: 0, testShare: 0, seed: 1 },
    ...more,
  });
  const load = (path: string, task: TaskType, more?: Partial<TrainingData>) =>
    loadTrainingData(dataOf(path, task, more));
  const failsWith = async (work: Promise<unknown>, message: RegExp, code: RuntimeErrorCode = "invalidDataset") =>
    assert.rejects(work, (error) => {
      assert.ok(error instanceof RuntimeError);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });

  it("takes fields from columns of other names, joined columns and templates", async () => {
    const path = write("columns.tsv", "id\ttitle\tbody\ty\n1\tOne\tfirst\tp\n2\tTwo\tsecond\tq\n");
    const joined = await load(path, "classification", { columns: { text: "title|body", label: "y" } });
    assert.deepEqual(joined.splits.train, [
      { line: 2, fields: { text: "One first" }, label: 0 },
      { line: 3, fields: { text: "Two second" }, label: 1 },
    ]);
    assert.deepEqual(joined.labels, ["p", "q"]);
    const columns = { premise: "title", hypothesis: "{{ title }}: is it {{body}}?", label: "y" };
    const { splits } = await load(path, "entailment", { columns });
    assert.deepEqual(splits.train[0]?.fields, { premise: "One", hypothesis: "One: is it first?" });
  });

  it("prefers a column whose name has a bar in it", async () => {
    const path = write("bar.csv", "a|b,a,label\nwhole,part,0\nother,part,1\n");
    const { splits } = await load(path, "classification", { columns: { text: "a|b" } });
    assert.equal(splits.train[0]?.fields.text, "whole");
  });

  it("names labels, numbers and booleans too, and orders them by name", async () => {
    const rows = [true, false, 10, 9, "b", "B"].map((label, i) => ({ text: `text ${i}`, label }));
    const path = jsonLines("labels.jsonl", rows);
    assert.deepEqual((await load(path, "classification")).labels, ["9", "10", "B", "b", "false", "true"]);
    const named = await load(path, "classification", { labels: { true: "yes", "10": "yes", b: "no", "9": "no" } });
    assert.deepEqual(named.labels, ["B", "false", "no", "yes"]);
    assert.deepEqual(
      named.splits.train.map(({ label }) => label),
      [3, 1, 3, 2, 2, 0],
    );
  });

  it("orders labels by their names alone", () => {
    assert.deepEqual(labelOrder(["b", "10", "a", "2", "-1", "Z", "1.5"]), ["-1", "2", "10", "1.5", "Z", "a", "b"]);
    assert.deepEqual(labelOrder(["a", "2", "b", "Z", "10", "1.5", "-1"]), ["-1", "2", "10", "1.5", "Z", "a", "b"]);
  });

  it("reads choices from a list, a list in a cell, and columns of their own", async () => {
    const list = jsonLines("list.jsonl", [
      { context: "c", choices: ["x", "y"], label: 1 },
      { context: "d", choices: ["x", "y"], label: "x" },
    ]);
    const loaded = await load(list, "multipleChoice");
    assert.deepEqual([loaded.labels, loaded.choices], [[], 2]);
    assert.deepEqual(
      loaded.splits.train.map(({ label }) => label),
      [1, 0],
    );
    const cell = write("cell.csv", 'context,choices,label\nc,"[""x"", ""y""]",0\n');
    assert.deepEqual((await load(cell, "multipleChoice")).splits.train[0]?.fields.choices, ["x", "y"]);
    const columns = { context: "{{p}} What was the {{q}}?", choices: "c1|c2", label: "right" };
    const own = write("own.csv", "p,q,c1,c2,right\nIt rained.,effect,We got wet.,We sang.,A\n");
    const { splits } = await load(own, "multipleChoice", { columns, labels: { A: "0", B: "1" } });
    assert.deepEqual(splits.train, [
      {
        ...{ line: 2, label: 0 },
        fields: { context: "It rained. What was the effect?", choices: ["We got wet.", "We sang."] },
      },
    ]);
  });

  it("names rows without what their task needs", async () => {
    const rows = [
      { text: "a", label: "p" },
      { text: " ", label: "p" },
      { text: "b" },
      { label: "q" },
      { text: ["c"], label: "q" },
      { text: "d", label: "q" },
    ];
    const path = jsonLines("bad.jsonl", rows);
    await failsWith(
      load(path, "classification"),
      /^bad\.jsonl:2: .*: 4\. line 2: The field "text" is empty.*line 3: .*column "label".*line 4: .*column "text".*line 5: .*list/,
    );
    const { splits, warnings } = await load(path, "classification", { skipBadRows: true });
    assert.deepEqual(
      splits.train.map(({ line }) => line),
      [1, 6],
    );
    assert.match(warnings.join("\n"), /bad\.jsonl: rows left out: 4\. line 2/);
    await failsWith(load(path, "classification", { columns: { text: "none" } }), /"none"/);
  });

  it("names choices that are wrong", async () => {
    const choices = ["x", "y"];
    const rows = [
      { context: "a", choices, label: 0 },
      { context: "b", choices, label: 2 },
      { context: "c", choices: [...choices, "z"], label: 0 },
      { context: "d", choices, label: "w" },
      { context: "e", choices: ["x"], label: 0 },
    ];
    const problems =
      /line 2: There is no choice 2: .* 0 to 1\. line 3: The row has 3 choices, those before 2\. line 4: .*"w".*line 5: .*fewer than 2/;
    await failsWith(load(jsonLines("choices.jsonl", rows), "multipleChoice"), problems);
    await failsWith(load(write("text.csv", "context,choices,label\na,x,0\n"), "multipleChoice"), /no list of texts/);
    await failsWith(
      load(jsonLines("blank.jsonl", [{ context: "a", choices: ["x", " "], label: 0 }]), "multipleChoice"),
      /Choice 2 is empty/,
    );
  });

  it("takes dev and test from files of their own, whose items are not trained on", async () => {
    const path = write("train.csv", "text,label\na,p\nb,q\nc,p\nd,q\n");
    const dev = write("dev.csv", "text,label\nB,q\nx,p\nx,p\n");
    const test = write("test.csv", "text,label\nx,p\nd,p\n");
    const { splits, leaked, warnings, sha256 } = await load(path, "classification", { dev, test, devShare: 0.5 });
    const lines = Object.values(splits).map((items) => items.map(({ line }) => line));
    assert.deepEqual(lines, [
      [2, 4],
      [2, 3, 4],
      [2, 3],
    ]);
    assert.equal(leaked.count, 2);
    const said = warnings.join("\n");
    assert.match(said, /dev or test hold too: 2\. They are left out/);
    assert.match(said, /dev\.csv: .*earlier line too: 1\. They are kept/);
    assert.match(said, /Items of dev that test holds too: 2/);
    const hash = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
    assert.deepEqual(sha256, { [path]: hash(path), [dev]: hash(dev), [test]: hash(test) });
    const kept = await load(path, "classification", { dev, test, keepDuplicates: true });
    assert.equal(kept.splits.train.length, 4);
    assert.match(kept.warnings.join("\n"), /dev or test hold too: 2\. They are kept/);
  });

  it("knows only the labels that are trained on", async () => {
    const path = write("known.csv", "text,label\na,p\nb,q\n");
    const dev = write("unknown.csv", "text,label\nx,p\ny,r\n");
    await failsWith(load(path, "classification", { dev }), /^unknown\.csv:3: .*label "r"/);
    const { splits } = await load(path, "classification", { dev, labels: { r: "q" } });
    assert.deepEqual(
      splits.dev.map(({ label }) => label),
      [0, 1],
    );
  });

  it("says what cannot be trained on", async () => {
    const one = write("one.csv", "text,label\na,p\n");
    await failsWith(load(one, "classification"), /^one\.csv: All rows have the label "p"/);
    const both = write("both.csv", "text,label\na,p\na,q\n");
    await failsWith(load(both, "classification"), /No row is left/);
    await failsWith(load(one, "classification", { dev: one }), /used for two parts/);
    await failsWith(load(one, "classification", { devShare: 0.5, testShare: 0.5 }), /less than 1/, "invalidRequest");
    await failsWith(load(one, "classification", { limit: 0 }), /limit/, "invalidRequest");
    await failsWith(load(join(folder, "none.csv"), "classification"), /^none\.csv: .*cannot be read/);
    const many = write("many.csv", `text,label\n${Array.from({ length: 1500 }, (_, i) => `t${i},${i}`).join("\n")}`);
    await failsWith(load(many, "classification"), /more than 1000 values/);
  });

  it("splits a large file off, takes as many as asked for, and ends when it is asked to", async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => ({ text: `text ${i}`, label: ["p", "q"][i % 2] }));
    const path = jsonLines("large.jsonl", rows);
    const shares = { devShare: 0.1, testShare: 0.1, limit: 500 };
    const progress: number[] = [];
    const { splits } = await loadTrainingData(dataOf(path, "classification", shares), {
      onProgress: (done, total) => progress.push(done / total),
    });
    assert.deepEqual(
      Object.values(splits).map(({ length }) => length),
      [500, 2000, 2000],
    );
    assert.equal(splits.train.filter(({ label }) => label === 0).length, 250);
    assert.ok(progress.length > 1 && progress.at(-1) === 1);
    const stop = new AbortController();
    const options = { signal: stop.signal, onProgress: () => stop.abort() };
    await assert.rejects(loadTrainingData(dataOf(path, "classification"), options), CancelledError);
  });

  it("gives a preview of what will be used", async () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({ text: `w${i} ${"x ".repeat(i)}`, label: ["p", "q"][i % 2] }));
    const again = [rows[0], { ...rows[1], label: "p" }];
    const path = jsonLines(
      "preview.jsonl",
      [...rows, ...again].map((row, id) => ({ id, ...row })),
    );
    const data = dataOf(path, "classification", { devShare: 0.2, testShare: 0.1, labels: { p: "plus" } });
    /** A token a word. */
    const tokenizer = { encode: (text: string) => text.split(" ").map((_, i) => i) };
    const preview = await previewTrainingData({ data, maxLength: 50 }, tokenizer);
    const loaded = await loadTrainingData(data);
    assert.deepEqual(preview.columns, ["id", "text", "label"]);
    assert.deepEqual(preview.labels, ["plus", "q"]);
    for (const { name, items, byLabel } of preview.splits) {
      assert.equal(items, loaded.splits[name].length);
      assert.deepEqual(
        byLabel,
        [0, 1].map((label) => loaded.splits[name].filter((item) => item.label === label).length),
      );
    }
    assert.deepEqual(preview.duplicates, { count: 1, examples: [{ line: 61, sameAs: 1 }] });
    assert.deepEqual(preview.contradictions.examples, [
      { line: 2, sameAs: 62 },
      { line: 62, sameAs: 2 },
    ]);
    // Line 2 is left out; the others up to 60 have i + 1 words and two special tokens.
    assert.deepEqual(preview.tokens, { median: 33, longest: 62, truncated: 12 });
    assert.match(preview.warnings.join("\n"), /will be cut: 12 \(20 %\)/);
    assert.equal(preview.items.length, 20);
    const splitOf = new Map(Object.entries(loaded.splits).flatMap(([name, items]) => items.map((i) => [i.line, name])));
    for (const { line, split, fields } of preview.items) {
      assert.equal(split, splitOf.get(line));
      assert.deepEqual(fields, { text: rows[line - 1]?.text, label: line % 2 === 1 ? "plus" : "q" });
    }
    assert.equal((await previewTrainingData({ data }, null)).tokens, null);
  });

  it("gives a preview of data that are no use, with the reason among the warnings", async () => {
    const path = write("useless.csv", `text,label\n${"a,p\n".repeat(3)}`);
    const { warnings, splits } = await previewTrainingData({ data: dataOf(path, "classification") }, null);
    assert.match(warnings[0] ?? "", /nothing to tell apart/);
    assert.match(warnings.join("\n"), /dev is empty.*\n?.*test is empty/);
    assert.equal(splits[0]?.items, 1);
  });

  it("shows choices, the right one as the label, and counts by its number", async () => {
    const rows = Array.from({ length: 12 }, (_, i) => ({ context: `c${i}`, choices: ["x", "y", "z"], label: i % 2 }));
    const data = dataOf(jsonLines("shown.jsonl", rows), "multipleChoice");
    const { items, labels, splits } = await previewTrainingData({ data }, null);
    assert.deepEqual(items[1]?.fields, { context: "c1", choices: "x | y | z", label: "y" });
    assert.deepEqual([labels, splits[0]?.byLabel], [[], [6, 6, 0]]);
  });

  it("lets others get their turn while it reads, and can be stopped then", async () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => `text number ${i},${i % 2}`);
    const data = dataOf(write("long.csv", `text,label\n${rows.join("\n")}\n`), "classification");
    const stop = new AbortController();
    let turns = 0;
    const ticking = setInterval(() => {
      if (++turns === 3) stop.abort();
    }, 1);
    try {
      // Reading goes on until a timer, which others' turns alone let run, stops it.
      for (;;) {
        await previewTrainingData({ data }, { encode: (text) => [...text].map(() => 0) }, { signal: stop.signal });
      }
    } catch (error) {
      assert.ok(error instanceof CancelledError);
    } finally {
      clearInterval(ticking);
    }
  });
});
