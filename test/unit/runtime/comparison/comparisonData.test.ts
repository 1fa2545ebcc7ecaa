import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { loadComparisonData, poolOf } from "../../../../src/runtime/comparison/comparisonData";
import type { ComparisonFile } from "../../../../src/runtime/comparison/comparisonFile";
import type { ComparisonData, ComparisonItem } from "../../../../src/runtime/comparison/comparisonInput";
import { RuntimeError } from "../../../../src/runtime/errors";

type Row = Readonly<Record<string, unknown>>;
const { signal } = new AbortController();

const dataOf = (train: readonly ComparisonItem[]): ComparisonData => ({
  ...{ task: "classification", labels: ["0", "1", "2", "3"], choices: null, train, dev: [], test: [] },
  ...{ sha256: {}, testSha256: "", notes: [] },
});

describe("the data of a comparison", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "gptw-comparison-data-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function write(name: string, rows: readonly Row[]): Promise<void> {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  }

  const load = (data: ComparisonFile["data"], shown?: readonly string[]) =>
    loadComparisonData(
      data,
      { path: join(folder, "sub", "a.compare.yaml"), text: "", root: folder },
      { signal, ...(shown && { shown }) },
    );
  const texts = (items: readonly ComparisonItem[]) => items.map(({ fields }) => String(fields.text));
  const reviews = (count: number, from = 0): Row[] =>
    Array.from({ length: count }, (_, i) => ({ text: `text ${from + i}`, label: i % 4 === 0 ? "bad" : "good" }));
  const task = "classification" as const;

  it("is split by content, told apart by file and line, and said by its labels' names", async () => {
    await write("a.jsonl", reviews(100));
    const data = await load({ file: "../a.jsonl", task });
    assert.deepEqual(data.labels, ["bad", "good"]);
    assert.equal(data.train.length + data.dev.length + data.test.length, 100);
    assert.deepEqual([data.dev.length, data.test.length], [20, 20]);
    const all = [...data.train, ...data.dev, ...data.test];
    assert.equal(new Set(texts(all)).size, 100);
    for (const { line, fields, label, gold, file } of all) {
      assert.equal(fields.text, `text ${line - 1}`);
      assert.equal(gold, (line - 1) % 4 === 0 ? "bad" : "good");
      assert.equal(data.labels[label ?? -1], gold);
      assert.equal(file, "../a.jsonl");
    }
    for (const part of [data.train, data.dev, data.test])
      assert.deepEqual(
        part.map(({ line }) => line),
        part.map(({ line }) => line).sort((a, b) => a - b),
      );
    assert.deepEqual(Object.keys(data.sha256), ["../a.jsonl"]);
  });

  it("takes columns, templates and names of labels", async () => {
    await write(
      "b.jsonl",
      Array.from({ length: 30 }, (_, i) => ({ a: `x${i}`, b: "y", l: i % 3 })),
    );
    const columns = { text: "{{a}} and {{b}}", label: "l" };
    const data = await load({ file: "../b.jsonl", task, columns, labels: { "0": "none", "1": "one" } });
    assert.deepEqual(data.labels, ["2", "none", "one"]);
    assert.match(texts(data.test)[0] ?? "", /^x\d+ and y$/);
  });

  it("leaves out of train what dev or test hold, and out of dev what test holds, and says so", async () => {
    await write("train.jsonl", [...reviews(40), ...reviews(1)]);
    await write("dev.jsonl", reviews(6, 38));
    await write("test.jsonl", reviews(5, 42));
    const data = await load({ file: "../train.jsonl", dev: "../dev.jsonl", test: "../test.jsonl", task });
    assert.deepEqual(texts(data.dev), ["text 38", "text 39", "text 40", "text 41"]);
    assert.equal(data.train.length, 38);
    assert.deepEqual([...new Set(data.dev.map(({ file }) => file))], ["../dev.jsonl"]);
    assert.ok(data.notes.some((note) => note.includes("test holds too: 2. They are left out of dev.")));
    assert.ok(data.notes.some((note) => note.includes("Items that stand on an earlier line too: 1")));
  });

  it("takes as many of dev and test as it is told: dev evenly, test as it falls, both in their order", async () => {
    await write("c.jsonl", reviews(400));
    const few = await load({ file: "../c.jsonl", task, devItems: 10, testItems: 30 });
    const more = await load({ file: "../c.jsonl", task, devItems: 20, testItems: 60 });
    const all = await load({ file: "../c.jsonl", task });
    assert.equal(few.dev.filter(({ label }) => label === 0).length, 5);
    for (const part of ["dev", "test"] as const) {
      const places = (items: readonly ComparisonItem[], of: readonly ComparisonItem[]) =>
        items.map(({ line }) => of.findIndex((item) => item.line === line));
      for (const found of [places(few[part], more[part]), places(more[part], all[part])]) {
        assert.ok(found.every((place) => place >= 0));
        assert.deepEqual(
          found,
          [...found].sort((a, b) => a - b),
        );
      }
    }
    assert.equal(few.test.length, 30);
    const other = await load({ file: "../c.jsonl", task, testItems: 30, split: { seed: 1 } });
    assert.notDeepEqual(texts(other.test), texts(few.test));
    assert.notEqual(other.testSha256, few.testSha256);
  });

  it("has the same test set wherever it stands", async () => {
    await write("d.jsonl", reviews(20, 100));
    await write("test1.jsonl", reviews(9));
    await write(
      "test2.jsonl",
      reviews(9).map((row) => ({ id: 7, ...row })),
    );
    const [one, two] = await Promise.all(
      ["../test1.jsonl", "../test2.jsonl"].map((test) => load({ file: "../d.jsonl", test, task })),
    );
    assert.equal(one?.testSha256, two?.testSha256);
  });

  it("keeps choices, and the number of the right one", async () => {
    await write(
      "e.jsonl",
      Array.from({ length: 20 }, (_, i) => ({ context: `c${i}`, choices: ["a", `b${i}`], label: i % 2 })),
    );
    const data = await load({ file: "../e.jsonl", task: "multipleChoice" });
    assert.deepEqual([data.labels, data.choices], [[], 2]);
    const [item] = data.test;
    assert.ok(item);
    assert.deepEqual(item.fields.choices, ["a", `b${item.line - 1}`]);
    assert.equal(item.gold, String((item.line - 1) % 2));
  });

  it("reads texts with every column, told apart by what prompts show", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ id: i, q: `q${i % 20}`, a: `a${i}`, n: 3 }));
    await write("f.jsonl", rows);
    const file = { file: "../f.jsonl", task: "generation", columns: { answer: "a", both: "{{q}}/{{n}}" } } as const;
    const data = await load(file, ["both"]);
    assert.equal(data.train.length + data.dev.length + data.test.length, 20);
    const [item] = data.test;
    assert.ok(item);
    const i = item.line - 1;
    // The column with the answers is no field: a prompt would give them away.
    assert.deepEqual(item.fields, { id: String(i), q: `q${i}`, n: "3", both: `q${i}/3` });
    assert.deepEqual([item.gold, item.label], [`a${i}`, null]);
    assert.deepEqual([data.labels, data.choices], [[], null]);
    const every = await load(file);
    assert.equal(every.train.length + every.dev.length + every.test.length, 40);
  });

  it("names rows without an answer, and leaves them out when told to", async () => {
    await write("g.jsonl", [
      { q: "a", answer: "b" },
      { q: "c", answer: " " },
      ...Array.from({ length: 9 }, (_, i) => ({ q: i, answer: "x" })),
    ]);
    const file = { file: "../g.jsonl", task: "generation" } as const;
    await assert.rejects(load(file), /g\.jsonl:2: .*The field "answer" is empty/);
    const data = await load({ ...file, skipBadRows: true });
    assert.ok(data.notes.some((note) => note.includes("rows left out: 1")));
  });

  it("refuses files outside of the root, also behind links, and parts that are empty", async () => {
    const outside = await mkdtemp(join(tmpdir(), "gptw-outside-"));
    try {
      await writeFile(join(outside, "x.jsonl"), '{"text":"a","label":"b"}\n');
      await symlink(join(outside, "x.jsonl"), join(folder, "link.jsonl"));
      for (const file of ["../link.jsonl", join(outside, "x.jsonl"), "../../x.jsonl"])
        await assert.rejects(load({ file, task }), { code: "invalidDataset" });
    } finally {
      await rm(outside, { recursive: true, force: true });
    }
    await write("h.jsonl", reviews(3));
    await assert.rejects(load({ file: "../h.jsonl", task, split: { test: 0.01 } }), /No item is left to measure with/);
    await write(
      "i.jsonl",
      reviews(3).map((row) => ({ ...row, label: "one" })),
    );
    await assert.rejects(load({ file: "../i.jsonl", task }), (error) => error instanceof RuntimeError);
  });

  it("gives budgets nested pools, as even over the labels as there are, the same for a seed", () => {
    const item = (label: number, line: number): ComparisonItem => ({ file: "", line, fields: {}, label, gold: "" });
    fc.assert(
      fc.property(
        fc.array(fc.nat(3), { minLength: 2, maxLength: 60 }),
        fc.nat(9),
        fc.nat(60),
        (labels, seed, small) => {
          const train = labels.map(item);
          const data = dataOf(train);
          const count = Math.min(small, train.length);
          const pool = poolOf(data, count, seed);
          assert.equal(pool.length, count);
          assert.deepEqual(poolOf(dataOf(train), count, seed), pool);
          assert.deepEqual(
            [...pool].sort((a, b) => a.line - b.line),
            pool,
          );
          const larger = new Set(poolOf(data, count + 1, seed));
          assert.ok(pool.every((one) => larger.has(one)));
          const counts = [0, 1, 2, 3].map((label) => ({
            taken: pool.filter((one) => one.label === label).length,
            all: labels.filter((one) => one === label).length,
          }));
          const most = Math.max(...counts.map(({ taken }) => taken));
          for (const { taken, all } of counts) assert.ok(taken === all || taken >= most - 1);
        },
      ),
      { numRuns: 100 },
    );
    const data = dataOf(Array.from({ length: 30 }, (_, i) => item(i % 2, i)));
    assert.notDeepEqual(poolOf(data, 10, 0), poolOf(data, 10, 1));
    assert.equal(poolOf(data, 31, 0), data.train);
  });
});
