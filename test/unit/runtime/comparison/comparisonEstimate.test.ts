import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openModelFolder } from "../../../../src/runtime/checkpoint/store";
import { type PlanOptions, planComparison } from "../../../../src/runtime/comparison/comparisonEstimate";
import { noteTestRead } from "../../../../src/runtime/comparison/testReads";
import { likelyEpochs } from "../../../../src/runtime/comparison/trainingTimes";
import type { ComparisonPlan } from "../../../../src/runtime/comparisonRecord";
import { loadModel } from "../../../../src/runtime/engine/loadedModel";
import { ComparisonFolder, comparisonText, promptArm } from "./openedComparison";

describe("the plan of a comparison", () => {
  let folder: ComparisonFolder;
  before(async () => {
    folder = await ComparisonFolder.make(await mkdtemp(join(tmpdir(), "gptw-plan-")));
  });
  after(() => rm(folder.folder, { recursive: true, force: true }));

  const { signal } = new AbortController();

  /** Loads a model anew for every use. */
  const useModel: PlanOptions["useModel"] = async (reference, work) => {
    const model = await loadModel(await openModelFolder(reference.folder), "cpu", performance.now(), signal);
    try {
      return await work(model);
    } finally {
      await model.dispose();
    }
  };

  async function plan(arms: readonly string[], rest = "", options: Partial<PlanOptions> = {}): Promise<ComparisonPlan> {
    return planComparison(await folder.open(comparisonText(arms, rest)), { signal, useModel, ...options });
  }

  it("counts every arm's units, and what they take", async () => {
    const arms = [
      promptArm("zero"),
      promptArm("few", "k: [1, 2]"),
      "{ name: head, finetune: { method: head, epochs: [1, 2] } }",
    ];
    const told: string[] = [];
    const found = await plan(arms, "curve: { labels: [8], k: [0, 2] }", {
      onProgress: (done, total) => told.push(`${done}/${total}`),
    });
    // 5 seeds of demonstrations, 3 of training; K = 0 needs one. Zero-shot is looked at on dev beside the other prompt.
    assert.deepEqual(
      found.arms.map(({ choices, units }) => [choices, units]),
      [
        [1, 1 + 1],
        [2, 10 + 5 + 5 + 6],
        [2, 2 + 3 + 3],
      ],
    );
    assert.equal(found.units, 2 + 26 + 8);
    assert.deepEqual(found.items, { train: 36, dev: 12, test: 12 });
    for (const { ms } of found.arms) assert.ok(ms > 0 && Number.isFinite(ms));
    assert.equal(
      found.estimate.ms,
      found.arms.reduce((sum, { ms }) => sum + ms, 0),
    );
    assert.ok(found.estimate.peakBytes > 1e8 && found.fits);
    assert.ok(found.notes.some((note) => note.includes("Test has 12 items")));
    assert.deepEqual(told, ["0/3", "1/3", "2/3", "3/3"]);
  });

  it("does not count twice what two arms have in common", async () => {
    const { arms } = await plan([promptArm("one"), promptArm("other")]);
    assert.ok((arms[0]?.ms ?? 0) > 0);
    assert.deepEqual([arms[1]?.units, arms[1]?.ms], [2, 0]);
  });

  it("reckons trainings from their operations: more epochs and more parameters take longer", async () => {
    const arm = (name: string, keys: string) => `{ name: ${name}, finetune: { ${keys} } }`;
    const { arms } = await plan([
      arm("head", "method: head, epochs: 1"),
      arm("lora", "method: lora, epochs: 1, lmCoef: 0"),
      arm("full", "method: full, epochs: 1, lmCoef: 0"),
      arm("lm", "method: full, epochs: 1"),
      arm("long", "method: full, epochs: 5"),
    ]);
    const times = arms.map(({ ms }) => ms);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
    assert.equal(new Set(times).size, times.length);
  });

  it("counts prompts once that only their scores tell apart", async () => {
    const { arms } = await plan([promptArm("one", "rule: sum"), promptArm("other", "rule: perToken")]);
    assert.ok((arms[0]?.ms ?? 0) > 0);
    assert.deepEqual([arms[1]?.units, arms[1]?.ms], [arms[0]?.units, 0]);
  });

  it("counts a training once that is looked at on dev and then answers test", async () => {
    const arm = (name: string, rate: string) =>
      `{ name: ${name}, finetune: { method: full, epochs: 2, learningRate: ${rate} } }`;
    const { arms } = await plan([arm("one", "3.0e-3"), arm("two", "[1.0e-3, 2.0e-3]")]);
    const [one, two] = arms;
    assert.deepEqual([one?.units, two?.units], [1 + 3, 2 + 3]);
    // Three trainings and four looks against four and five: were they counted with each look, it would be 4 to 5.
    assert.ok(4 * (two?.ms ?? 0) > 5 * (one?.ms ?? 0) * 1.001);
  });

  it("reckons that a training ends early where it may, and never later than it must", () => {
    const epochs = (epochs: number, patience: number, hasDev = true) => likelyEpochs({ epochs, patience }, hasDev);
    assert.deepEqual([epochs(20, 5), epochs(20, 0), epochs(20, 5, false), epochs(2, 5)], [10, 20, 20, 2]);
  });

  it("tells how often the test set was read before", async () => {
    const input = await folder.open(comparisonText([promptArm("a")]));
    await noteTestRead(input.params.runs, input.data.testSha256, { run: "1", arm: "a" });
    assert.equal((await planComparison(input, { signal, useModel })).testReads, 1);
  });

  it("ends when it is cancelled", async () => {
    const controller = new AbortController();
    const cancelled = plan([promptArm("a", "k: [1, 2]")], "", {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await assert.rejects(cancelled, { name: "CancelledError" });
  });
});
