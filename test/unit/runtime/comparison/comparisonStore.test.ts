import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { itemsSha256 } from "../../../../src/runtime/comparison/comparisonData";
import type { ComparisonItem } from "../../../../src/runtime/comparison/comparisonInput";
import {
  ComparisonWriter,
  comparisonFiles,
  listComparisons,
  readComparison,
  readComparisonData,
  readPredictions,
  readTestItems,
} from "../../../../src/runtime/comparison/comparisonStore";
import { countTestReads, noteTestRead } from "../../../../src/runtime/comparison/testReads";
import type {
  ComparisonRecord,
  ComparisonUnit,
  Prediction,
  UnitOutcome,
} from "../../../../src/runtime/comparisonRecord";
import { fineTuneDefaults } from "../../../../src/runtime/training/settings";

const item = (line: number): ComparisonItem => ({
  ...{ file: "a.jsonl", line, label: line % 2, gold: line % 2 === 0 ? "no" : "yes" },
  fields: { text: `text ${line}\n"quoted"`, choices: ["a", "b"] },
});
const data = { train: [item(1), item(2), item(3)], dev: [item(4)], test: [item(5), item(6)] };
const id = (digit: string) => digit.repeat(64);

const record: Omit<ComparisonRecord, "id"> = {
  ...{ version: 1, kind: "comparison", name: "reviews: ∑", startedAt: "2026-11-26T01:02:03.456Z", state: "running" },
  ...{ reason: null, file: "reviews.compare.yaml", text: "data: …\n", device: "cpu" },
  params: {
    source: { path: "/p/reviews.compare.yaml" },
    model: "/m",
    store: "/s",
    device: "auto",
    runs: "/r",
    arms: ["few"],
  },
  versions: { gptWorkbench: "1", onnxruntime: "2" },
  models: [{ name: "m", folder: "/m", sha256: id("a"), contextLength: 24 }],
  data: { "a.jsonl": id("b") },
  ...{ task: "classification", metrics: ["accuracy"], labels: ["no", "yes"] },
  items: { train: 3, dev: 1, test: 2 },
  ...{ testSha256: itemsSha256(data.test), testReadsBefore: 0 },
  arms: [
    {
      ...{ name: "few", kind: "prompt", model: 0, chosen: null, seeds: [0, 1], labels: 3, testReads: 0, trained: null },
      tried: [
        {
          choice: { kind: "prompt", variant: null, k: 2, sampler: "random", rule: "sum", calibration: "none" },
          dev: null,
        },
        { choice: { kind: "finetune", settings: fineTuneDefaults.lora }, dev: 0.5 },
      ],
    },
  ],
  ...{
    units: { done: 0, total: 4 },
    estimate: { ms: 5, peakBytes: 6 },
    actual: { ms: 0, peakBytes: 0 },
    notes: ["few"],
  },
};

function outcome(digit: string, changes: Partial<ComparisonUnit> = {}, score = 0.5): UnitOutcome {
  const choice = { kind: "prompt", variant: null, k: 2, sampler: "random", rule: null, calibration: null } as const;
  return {
    unit: { id: id(digit), arm: 0, purpose: "test", choice, labels: 3, seed: 1, split: "test", ...changes },
    ...{ score, cut: 0, cost: { trainMs: null, itemMs: 1, peakBytes: 2, addedBytes: 0, itemTokens: 3.5 } },
  };
}

const predictions: readonly Prediction[] = [
  { item: 0, label: 1, probabilities: [0.25, 0.75], text: null, logprob: null, tokens: null, ms: 1.5 },
  { item: 1, label: null, probabilities: null, text: "a\nb", logprob: -3, tokens: 2, ms: 0 },
];

describe("stored comparisons", () => {
  let runs: string;
  beforeEach(async () => {
    runs = join(await mkdtemp(join(tmpdir(), "gptw-comparisons-")), "deeper");
  });
  afterEach(() => rm(join(runs, ".."), { recursive: true, force: true }));

  const create = () => ComparisonWriter.create(runs, record, data);

  it("are read back as they were written", async () => {
    const writer = await create();
    assert.equal(writer.id, "2026-11-26T01-02-03-reviews");
    await writer.outcome(outcome("1"), predictions);
    await writer.outcome(outcome("1", { purpose: "labelCurve" }));
    await writer.update({ state: "completed", units: { done: 2, total: 4 } });
    const { folder, record: read, outcomes } = await readComparison(writer.folder);
    assert.deepEqual(read, { ...record, id: writer.id, state: "completed", units: { done: 2, total: 4 } });
    assert.deepEqual(read, writer.record);
    assert.deepEqual(outcomes, [outcome("1"), outcome("1", { purpose: "labelCurve" })]);
    assert.deepEqual(await readPredictions(folder, id("1")), predictions);
    assert.deepEqual(await readTestItems(folder, read), data.test);
    const kept = await readComparisonData(folder, read);
    assert.deepEqual([kept.train, kept.dev, kept.test], [data.train, data.dev, data.test]);
    assert.deepEqual([kept.labels, kept.choices, kept.testSha256], [["no", "yes"], null, record.testSha256]);
  });

  it("have folders of their own, and are listed newest first, without what is none", async () => {
    const [one, two] = [await create(), await create()];
    await mkdir(join(runs, "other"));
    await mkdir(join(runs, "prompts"));
    await writeFile(join(runs, "prompts", "run.json"), '{"version":1}');
    const later = await ComparisonWriter.create(runs, { ...record, startedAt: "2026-11-27T01:02:03.456Z" }, data);
    const found = (await listComparisons(runs)).map(({ record }) => record.id);
    assert.equal(found[0], later.id);
    assert.deepEqual(new Set(found), new Set([one.id, two.id, later.id]));
    assert.deepEqual(await listComparisons(join(runs, "none")), []);
  });

  it("keep the last outcome of each arm, purpose and unit", async () => {
    const writer = await create();
    await writer.outcome(outcome("1"), predictions);
    await writer.outcome(outcome("1", {}, 0.75));
    const { outcomes } = await readComparison(writer.folder);
    assert.deepEqual(outcomes, [outcome("1", {}, 0.75)]);
  });

  it("lose no more than a torn line to a crash, also when they are gone on with", async () => {
    const writer = await create();
    await writer.outcome(outcome("1"), predictions);
    await writer.outcome(outcome("2"), predictions);
    const units = join(writer.folder, comparisonFiles.units);
    await truncate(units, (await readFile(units)).length - 5);
    const stored = await readComparison(writer.folder);
    assert.deepEqual(stored.outcomes, [outcome("1")]);
    const again = await ComparisonWriter.reopen(stored);
    assert.deepEqual(again.record, writer.record);
    await again.outcome(outcome("3"), predictions);
    assert.deepEqual((await readComparison(writer.folder)).outcomes, [outcome("1"), outcome("3")]);
  });

  it("know no outcome whose predictions are not there, or of an arm that there is not", async () => {
    const writer = await create();
    await writer.outcome(outcome("1"), predictions);
    await writer.outcome(outcome("2"));
    await writer.outcome(outcome("1", { arm: 1 }));
    assert.deepEqual((await readComparison(writer.folder)).outcomes, [outcome("1")]);
    await assert.rejects(readPredictions(writer.folder, id("2")), { code: "storeFailed" });
  });

  it("keep scores that JSON has no number for", async () => {
    const writer = await create();
    await writer.outcome(outcome("1", {}, Number.POSITIVE_INFINITY), predictions);
    assert.equal((await readComparison(writer.folder)).outcomes[0]?.score, Number.POSITIVE_INFINITY);
  });

  it("say which file and key is wrong", async () => {
    const { folder } = await create();
    const file = join(folder, comparisonFiles.record);
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace('"cpu"', "3"));
    await assert.rejects(readComparison(folder), /run\.json: "device"/);
    await writeFile(file, text.replace('"trained": null', '"trained": "../../etc"'));
    await assert.rejects(readComparison(folder), /run\.json: "arms\.0\.trained"/);
    await writeFile(file, "{");
    await assert.rejects(readComparison(folder), /is not JSON/);
    await rm(file);
    await assert.rejects(readComparison(folder), /is no comparison: run\.json is missing/);
  });

  it("refuse data and predictions that are not what was written", async () => {
    const { folder, record: written } = await create();
    const items = join(folder, comparisonFiles.test);
    const text = await readFile(items, "utf8");
    await writeFile(items, text.replace("text 5", "text 7"));
    await assert.rejects(readTestItems(folder, written), /does not hold the items that the record names/);
    await writeFile(items, text.split("\n").slice(1).join("\n"));
    await assert.rejects(readTestItems(folder, written), /has 1 items, and the record says 2/);
    await writeFile(join(folder, comparisonFiles.predictions, `${id("1")}.jsonl`), '{"item":0}\n');
    await assert.rejects(readPredictions(folder, id("1")), /line 1 cannot be read/);
    await assert.rejects(readPredictions(folder, "../run"), { code: "storeFailed" });
  });

  it("follow no links", async () => {
    const writer = await create();
    await writer.outcome(outcome("1"), predictions);
    const outside = join(runs, "..", "outside");
    await mkdir(outside);
    await writeFile(join(outside, `${id("1")}.jsonl`), "");
    const inside = join(writer.folder, comparisonFiles.predictions);
    await rm(inside, { recursive: true });
    await symlink(outside, inside);
    await assert.rejects(readPredictions(writer.folder, id("1")), /is a link/);
    await assert.rejects(readComparison(writer.folder), /is a link/);
    await rm(join(writer.folder, comparisonFiles.record));
    await writeFile(join(outside, "run.json"), JSON.stringify(writer.record));
    await symlink(join(outside, "run.json"), join(writer.folder, comparisonFiles.record));
    await assert.rejects(readComparison(writer.folder), /is a link/);
  });
});

describe("the ledger of test reads", () => {
  let runs: string;
  beforeEach(async () => {
    runs = join(await mkdtemp(join(tmpdir(), "gptw-reads-")), "deeper");
  });
  afterEach(() => rm(join(runs, ".."), { recursive: true, force: true }));

  it("counts every arm of every run once, by test set", async () => {
    assert.equal(await countTestReads(runs, id("a")), 0);
    assert.equal(await noteTestRead(runs, id("a"), { run: "1", arm: "few" }), 1);
    assert.equal(await noteTestRead(runs, id("a"), { run: "1", arm: "few" }), 1);
    assert.equal(await noteTestRead(runs, id("a"), { run: "1", arm: "head" }), 2);
    assert.equal(await noteTestRead(runs, id("a"), { run: "2", arm: "few" }), 3);
    assert.equal(await noteTestRead(runs, id("b"), { run: "2", arm: "few" }), 1);
    assert.equal(await countTestReads(runs, id("a")), 3);
  });

  it("loses nothing where many write at once, nor after a torn line", async () => {
    await noteTestRead(runs, id("a"), { run: "0", arm: "a" });
    await appendFile(join(runs, "testReads.jsonl"), '{"test":"aa');
    await Promise.all(Array.from({ length: 20 }, (_, i) => noteTestRead(runs, id("a"), { run: `${i + 1}`, arm: "a" })));
    assert.equal(await countTestReads(runs, id("a")), 21);
  });
});
