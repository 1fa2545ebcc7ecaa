import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ComparisonInput } from "../../../../src/runtime/comparison/comparisonInput";
import { chooseUnits, curveUnits, testUnits } from "../../../../src/runtime/comparison/comparisonUnits";
import type { ComparisonUnit } from "../../../../src/runtime/comparisonRecord";
import { ComparisonFolder, comparisonText, promptArm } from "./openedComparison";

const head = (keys = "") => `{ name: head, finetune: { method: head${keys && `, ${keys}`} } }`;
const ids = (units: readonly ComparisonUnit[]) => units.map(({ id }) => id);
const seeds = (units: readonly ComparisonUnit[]) => units.map(({ seed }) => seed);

describe("the units of a comparison", () => {
  let folder: ComparisonFolder;
  before(async () => {
    folder = await ComparisonFolder.make(await mkdtemp(join(tmpdir(), "gptw-units-")));
  });
  after(() => rm(folder.folder, { recursive: true, force: true }));

  const open = (arms: readonly string[], rest = "") => folder.open(comparisonText(arms, rest));
  const idOf = async (arm: string, rest = "") => ids(testUnits(await open([arm], rest), 0, 0))[0];

  it("choose on dev alone, and test with one choice", async () => {
    const input = await open([promptArm("few", "k: [1, 2, 4]"), head("epochs: [1, 2]"), promptArm("zero")]);
    const tried = [0, 1, 2].map((arm) => chooseUnits(input, arm));
    assert.deepEqual(
      tried.map(({ length }) => length),
      // The last has nothing to choose: dev says which of the two prompts is the better one.
      [3 * 5, 2, 1],
    );
    assert.deepEqual(chooseUnits(await open([promptArm("zero"), head("epochs: 1")]), 0), []);
    for (const { split, purpose } of tried.flat()) assert.deepEqual([split, purpose], ["dev", "choose"]);
    const tested = [0, 1, 2].map((arm) => testUnits(input, arm, arm === 2 ? 0 : 1));
    assert.deepEqual(tested.map(seeds), [[0, 1, 2, 3, 4], [0, 1, 2], [0]]);
    for (const { split, purpose } of tested.flat()) assert.deepEqual([split, purpose], ["test", "test"]);
    for (const { choice } of tested[0] ?? []) assert.deepEqual(choice, input.arms[0]?.choices[1]);
    assert.throws(() => testUnits(input, 2, 1), RangeError);
  });

  it("are done once where nothing hangs on the seed", async () => {
    const arms = [
      promptArm("fixed", "k: 2, sampler: fixed"),
      promptArm("near", "k: 2, sampler: nearest"),
      promptArm("zero"),
    ];
    const all = await open(arms);
    assert.deepEqual(
      [0, 1, 2].map((arm) => testUnits(all, arm, 0).length),
      [1, 1, 1],
    );
    // A budget draws other labels for every seed.
    const some = await open(arms, "labels: 8");
    assert.deepEqual(
      [0, 1, 2].map((arm) => testUnits(some, arm, 0).length),
      [5, 5, 1],
    );
  });

  it("have an id of all that they hang on, and of nothing else", async () => {
    const few = promptArm("few", "k: 2");
    const first = await idOf(few);
    assert.match(first ?? "", /^[0-9a-f]{64}$/);
    assert.equal(await idOf(promptArm("other", "k: 2")), first);
    assert.equal(await idOf(few, "metrics: [logLoss]\nresamples: 500"), first);
    // A seed is the same whichever comes first.
    const seedOne = await idOf(few, "seeds: { first: 1 }");
    assert.equal(ids(testUnits(await open([few.replace("few", "few, model: ./tiny")]), 0, 0))[1], seedOne);
    const changed = await Promise.all([
      idOf(promptArm("few", "k: 3")),
      idOf(promptArm("few", "k: 2, rule: sum")),
      idOf(promptArm("few", "k: 2, fresh: false")),
      idOf(promptArm("few", "k: 2, labels: { positive: a, negative: b }")),
      idOf(few, "labels: 8"),
      seedOne,
      idOf(few.replace("text }}:", "text }} =>")),
      folder.open(comparisonText([few]), { contextLength: 20 }).then((input) => ids(testUnits(input, 0, 0))[0]),
      folder
        .open(comparisonText([few]).replace("task:", "testItems: 5, task:"))
        .then((input) => ids(testUnits(input, 0, 0))[0]),
    ]);
    assert.equal(new Set([first, ...changed]).size, changed.length + 1);
  });

  it("take over zero-shot answers whatever the budget and the seeds", async () => {
    const zero = promptArm("zero");
    assert.equal(await idOf(zero, "labels: 8\nseeds: { first: 3 }"), await idOf(zero));
    const trained = await idOf(head());
    assert.notEqual(await idOf(head(), "labels: 8"), trained);
    assert.notEqual(await idOf(head(), "seeds: { first: 1 }"), trained);
  });

  it("draw curves of arms that learn, whose points beyond the data are left out", async () => {
    const arms = [promptArm("zero"), promptArm("few", "k: 2"), head()];
    const input: ComparisonInput = await open(arms, "labels: 8\ncurve: { labels: [4, 8, 1000], k: [0, 1, 2] }");
    assert.ok(input.notes.some((note) => note.includes("curve.labels: 1000")));
    const curves = [0, 1, 2].map((arm) => curveUnits(input, arm, 0));
    assert.deepEqual(curves[0], []);
    const points = (units: readonly ComparisonUnit[] = []) => [
      ...new Set(
        units.map(({ purpose, labels, choice }) => `${purpose} ${labels} ${choice.kind === "prompt" ? choice.k : "-"}`),
      ),
    ];
    assert.deepEqual(points(curves[1]), ["labelCurve 4 2", "labelCurve 8 2", "kCurve 8 0", "kCurve 8 1", "kCurve 8 2"]);
    assert.deepEqual(points(curves[2]), ["labelCurve 4 -", "labelCurve 8 -"]);
    assert.ok(curves.flat().every(({ split }) => split === "test"));
    // K = 0 needs one seed, all other points of a prompt five.
    assert.equal(curves[1]?.length, 4 * 5 + 1);
    const tested = ids(testUnits(input, 1, 0));
    const at = (purpose: string, want: (unit: ComparisonUnit) => boolean) =>
      ids((curves[1] ?? []).filter((unit) => unit.purpose === purpose && want(unit)));
    assert.deepEqual(
      at("labelCurve", ({ labels }) => labels === 8),
      tested,
    );
    assert.deepEqual(
      at("kCurve", ({ choice }) => choice.kind === "prompt" && choice.k === 2),
      tested,
    );
    assert.deepEqual(
      at("kCurve", ({ choice }) => choice.kind === "prompt" && choice.k === 0),
      ids(testUnits(input, 0, 0)),
    );
  });
});
